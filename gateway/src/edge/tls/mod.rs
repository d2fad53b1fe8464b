//! TLS on the listener: certificates that are read again when their files change, and clients that
//! are known by theirs.

mod config;
mod files;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contracts::Hash;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

pub use self::config::{ClientCertificates, Config};
pub use self::files::{Loaded, TlsError, load, names};
use super::Metrics;
use super::health::{Part, PartState};

const DAY_S: i64 = 86_400;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Certificate and key as they are now.
pub struct Tls {
    config: Config,
    current: RwLock<Loaded>,
    /// What the files held when they were last looked at, and why that cannot be used.
    seen: Mutex<(Option<Hash>, Option<String>)>,
    ends: Gauge,
    reloads: Family<Outcome, Counter>,
}

impl Tls {
    /// Reads what `config` names; `None` when the listener is to speak no TLS.
    ///
    /// # Errors
    /// As [`load`].
    pub fn open(config: &Config) -> Result<Option<Arc<Self>>, TlsError> {
        if !config.is_on() {
            return Ok(None);
        }
        let seen = (files::fingerprint(config), None);
        let loaded = load(config)?;
        let (ends, reloads) = (Gauge::default(), Family::<Outcome, Counter>::default());
        ends.set(loaded.ends_s);
        let tls = Self {
            config: config.clone(),
            current: RwLock::new(loaded),
            seen: Mutex::new(seen),
            ends,
            reloads,
        };
        tls.warn();
        Ok(Some(Arc::new(tls)))
    }

    /// Adds its metrics.
    pub fn register(&self, metrics: &Metrics) {
        metrics.register(|registry| {
            let help = "When the certificate ends, in seconds since 1970";
            registry.register("cambium_tls_certificate_ends_seconds", help, self.ends.clone());
            let help = "How often changed certificates were read again";
            registry.register("cambium_tls_reloads", help, self.reloads.clone());
        });
    }

    /// Answers handshakes with the certificate of now.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current.server))
    }

    /// Looks at the files again and again, and at once on SIGHUP. Runs until it is aborted.
    pub async fn watch(self: Arc<Self>) {
        let interval = Duration::from_millis(self.config.reload_interval_ms.max(10));
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut warned_on = today();
        loop {
            let told = async {
                match &mut hangup {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                _ = told => {}
            }
            let tls = Arc::clone(&self);
            // Files may lie on a disk that is far away.
            let looked = tokio::task::spawn_blocking(move || tls.look()).await;
            if let Err(error) = looked {
                tracing::error!(%error, "the certificate could not be looked at");
            }
            if today() != warned_on {
                warned_on = today();
                self.warn();
            }
        }
    }

    /// Reads the files when they hold something else than at the last look. What cannot be used
    /// changes nothing: the old certificate goes on.
    pub fn look(&self) {
        let now = files::fingerprint(&self.config);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 == now {
            return;
        }
        let outcome = match load(&self.config) {
            Ok(loaded) => {
                tracing::info!(tls.names = ?loaded.names, "the certificate was read again");
                self.ends.set(loaded.ends_s);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
                *seen = (now, None);
                "good"
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate cannot be used; the old one goes on");
                *seen = (now, Some(error.to_string()));
                "bad"
            }
        };
        drop(seen);
        self.reloads.get_or_create(&Outcome { outcome }).inc();
        if outcome == "good" {
            self.warn();
        }
    }

    /// How long the certificate lasts, in whole days; below zero once it has ended.
    #[must_use]
    pub fn days_left(&self) -> i64 {
        let ends_s = self.current.read().unwrap_or_else(PoisonError::into_inner).ends_s;
        days_left(ends_s)
    }

    /// How it is, for `/readyz`. An ended certificate keeps no client out that does not look at it,
    /// so it takes nothing out of service.
    #[must_use]
    pub fn part(&self) -> Part {
        let days = self.days_left();
        let trouble = self.seen.lock().unwrap_or_else(PoisonError::into_inner).1.is_some();
        let mut detail = if days < 0 {
            "the certificate has ended".to_owned()
        } else {
            format!("the certificate lasts for {days} days")
        };
        if trouble {
            detail.push_str("; the new one cannot be used, see the log");
        }
        let facts = serde_json::json!({
            "days_left": days, "expiring": self.is_expiring(), "reload_failed": trouble,
        });
        Part::new("tls", PartState::Ready).detail(detail).facts(facts)
    }

    fn is_expiring(&self) -> bool {
        self.days_left() < i64::from(self.config.expiry_warning_days)
    }

    fn warn(&self) {
        if self.is_expiring() {
            let days = self.days_left();
            tracing::warn!(tls.days_left = days, "the certificate ends soon, or has ended");
        }
    }
}

/// Whole days from now until `ends_s`, below zero once it is past.
#[must_use]
pub fn days_left(ends_s: i64) -> i64 {
    (ends_s - now_s()).div_euclid(DAY_S)
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn today() -> i64 {
    now_s() / DAY_S
}
