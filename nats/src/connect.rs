//! The connection to the broker.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::client::Client;
use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{ConnectOptions, Event};
use contracts::ports::PortError;
use percent_encoding::percent_decode_str;
use tokio::sync::{Notify, watch};

use contracts::Secret;

use crate::choosing::Choosing;
use crate::config::Config;
use crate::error::Error;
use crate::streams::EVENTS;

/// So many servers are a cluster that can lose one.
const CLUSTER_SERVERS_MIN: usize = 3;

/// Where a broker is and how to enter it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Such as `nats://127.0.0.1:4222`.
    pub url: String,
    /// The user, when one is needed.
    pub user: Option<String>,
    /// The password of that user.
    pub password: Option<Secret>,
    /// The broker's monitoring address, such as `http://127.0.0.1:8222`, where it is known: it
    /// tells whether acknowledged messages are synced.
    pub monitor: Option<String>,
}

impl Endpoint {
    /// The operator's broker that `config` names; none when it names none. A user and a password
    /// in the URL count where the config has none of its own, and leave the URL.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let url = config.url.as_ref()?.reveal().to_owned();
        let (in_url, host) = credentials(&url);
        let (user, password) = in_url.unzip();
        Some(Self {
            user: config.user.clone().or(user),
            password: config.password.clone().or(password.map(Secret::new)),
            url: host,
            monitor: config.monitor.clone(),
        })
    }
}

/// What happened to the connection since it was made.
#[derive(Debug, Default)]
pub struct Counters {
    slow_consumers: AtomicU64,
    disconnections: AtomicU64,
    errors: AtomicU64,
}

impl Counters {
    /// How often a subscription was too slow and messages for it were dropped.
    pub fn slow_consumers(&self) -> u64 {
        self.slow_consumers.load(Ordering::Relaxed)
    }

    /// How often the connection was lost.
    pub fn disconnections(&self) -> u64 {
        self.disconnections.load(Ordering::Relaxed)
    }

    /// How many errors the broker or the client reported.
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }
}

/// A live connection with its limits; cheap to clone.
#[derive(Debug, Clone)]
pub struct Connection {
    pub(crate) client: Client,
    pub(crate) context: Context,
    pub(crate) counters: Arc<Counters>,
    /// Counts losses of the connection: what was in flight then has no answer to wait for.
    pub(crate) losses: watch::Receiver<u64>,
    /// Said when the connected server is about to end.
    pub(crate) lame: Arc<Notify>,
    pub(crate) config: Arc<Config>,
}

impl Connection {
    /// Connects to `endpoint`. A lost connection is found again without end, at short intervals.
    ///
    /// # Errors
    /// When the first connection cannot be made.
    pub async fn open(config: &Config, endpoint: &Endpoint) -> Result<Self, Error> {
        let counters = Arc::new(Counters::default());
        let (lost, losses) = watch::channel(0_u64);
        let pause_max = Duration::from_millis(config.reconnect_delay_ms_max);
        let timeout = Duration::from_millis(config.request_timeout_ms);
        let counted = Arc::clone(&counters);
        let lost = Arc::new(lost);
        let lame = Arc::new(Notify::new());
        let (ending, choosing) = (Arc::clone(&lame), Choosing::default());
        let mut options = ConnectOptions::new()
            .name("cambium")
            .custom_inbox_prefix(&config.inbox_prefix)
            .request_timeout(Some(timeout))
            .connection_timeout(Duration::from_millis(config.connect_timeout_ms.max(1)))
            .max_reconnects(None)
            .ignore_discovered_servers()
            .reconnect_delay_callback(move |attempt| pause(attempt, pause_max))
            .reconnect_to_server_callback(move |servers, _| ready(choosing.next(&servers)))
            .event_callback(move |event| {
                note(&event, &counted, &lost);
                if matches!(event, Event::LameDuckMode) {
                    ending.notify_one();
                }
                ready(())
            });
        if let Some(user) = &endpoint.user {
            let password = endpoint.password.as_ref().map_or("", Secret::reveal).to_owned();
            options = options.user_and_password(user.clone(), password);
        }
        let servers: Vec<&str> = endpoint.url.split(',').map(str::trim).collect();
        let client = options.connect(&servers[..]).await.map_err(|error| Error::Unreachable {
            url: without_credentials(&endpoint.url),
            reason: error.to_string(),
        })?;
        let context = ContextBuilder::new().timeout(timeout).build(client.clone());
        let replicas = replicas(config, &client, &context).await;
        let config = Arc::new(Config { replicas, ..config.clone() });
        Ok(Self { client, context, counters, losses, lame, config })
    }

    /// Whether the broker is connected at this moment.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// What `work` answers, or `Unavailable` as soon as the connection is lost: an answer to what
    /// was on its way then never comes, and waiting for its time limit would help nobody.
    pub(crate) async fn whole<T>(
        &self,
        work: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let away = |reason: &str| Err(PortError::Unavailable(reason.to_owned()));
        let mut losses = self.losses.clone();
        losses.borrow_and_update();
        if !self.is_up() {
            return away("the broker is not connected");
        }
        tokio::select! {
            biased;
            answer = work => answer,
            _ = losses.changed() => away("the connection was lost on the way"),
        }
    }

    /// Waits after so many failures in a row to read a stream, before the next attempt.
    pub(crate) async fn pause_after(&self, failures: u32) {
        let max = Duration::from_millis(self.config.reconnect_delay_ms_max);
        tokio::time::sleep(pause(usize::try_from(failures).unwrap_or(usize::MAX), max)).await;
    }

    /// Bytes that a reader may ask for at once: `wanted`, and always room for the largest message.
    pub(crate) fn batch_bytes(&self, wanted: usize) -> usize {
        wanted.max(self.client.max_payload().saturating_mul(2))
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.config.request_timeout_ms)
    }
}

/// How many servers keep each stream, when the settings leave that open. A cluster that has lost a
/// server for a moment keeps as many copies as before.
async fn replicas(config: &Config, client: &Client, context: &Context) -> usize {
    if config.replicas > 0 {
        return config.replicas;
    }
    let log = context.get_stream(EVENTS).await;
    let standing = log.map_or(0, |log| log.cached_info().config.num_replicas);
    let info = client.server_info();
    let servers = info.cluster.map_or(1, |_| info.connect_urls.len());
    standing.max(if servers >= CLUSTER_SERVERS_MIN { CLUSTER_SERVERS_MIN } else { 1 })
}

/// The user and the password in a URL, decoded, and the URL without them.
fn credentials(url: &str) -> (Option<(String, String)>, String) {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (scheme, rest) = url.split_once("://").map_or(("nats", url), |parts| parts);
    match rest.rsplit_once('@') {
        Some((pair, host)) => {
            let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
            (Some((decoded(user), decoded(password))), format!("{scheme}://{host}"))
        }
        None => (None, url.to_owned()),
    }
}

/// Doubles from 10 ms, so that a broker that restarts is found fast and one that is gone is not
/// hammered.
fn pause(attempt: usize, max: Duration) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    Duration::from_millis(10).saturating_mul(1 << doublings).min(max)
}

fn note(event: &Event, counters: &Counters, lost: &watch::Sender<u64>) {
    match event {
        Event::Connected => tracing::info!("connected to the broker"),
        Event::Disconnected => {
            counters.disconnections.fetch_add(1, Ordering::Relaxed);
            lost.send_modify(|losses| *losses += 1);
            tracing::warn!("the connection to the broker is lost");
        }
        Event::SlowConsumer(subscription) => {
            counters.slow_consumers.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(nats.subscription = subscription, "messages were dropped: too slow");
        }
        Event::ServerError(_) | Event::ClientError(_) => {
            counters.errors.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(error = %event, "the broker or its client reports an error");
        }
        Event::LameDuckMode | Event::Draining | Event::Closed => {
            tracing::info!(event = %event, "the connection to the broker changes");
        }
    }
}

/// `url` without the part that may hold a password.
fn without_credentials(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!("{}://{}", &url[..scheme], &url[at + 1..])
        }
        (None, Some(at)) => url[at + 1..].to_owned(),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Endpoint, pause, without_credentials};
    use crate::config::Config;

    #[test]
    fn pauses_grow_to_their_limit() {
        let max = Duration::from_millis(500);
        let pauses: Vec<u128> = (0..9).map(|attempt| pause(attempt, max).as_millis()).collect();
        assert_eq!(pauses, [10, 10, 20, 40, 80, 160, 320, 500, 500]);
        assert_eq!(pause(usize::MAX, max), max);
    }

    #[test]
    fn credentials_leave_the_url() {
        let of = |url: &str| Endpoint::of(&Config { url: Some(url.into()), ..Config::default() });
        let endpoint = of("nats://us%40er:p%3Aw@host:4222").unwrap();
        assert_eq!(endpoint.url, "nats://host:4222");
        assert_eq!(endpoint.user.as_deref(), Some("us@er"));
        assert_eq!(endpoint.password.unwrap().reveal(), "p:w");
        let plain = of("nats://host:4222").unwrap();
        assert_eq!((plain.url.as_str(), plain.user), ("nats://host:4222", None));
    }

    #[test]
    fn a_shown_url_holds_no_password() {
        assert_eq!(without_credentials("nats://u:p@w@h:1"), "nats://h:1");
        assert_eq!(without_credentials("u:p@h:1"), "h:1");
        assert_eq!(without_credentials("nats://h:1"), "nats://h:1");
    }
}
