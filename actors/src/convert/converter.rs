//! Where conversions run: on threads that may block, no more at once than is allowed, whether or
//! not anybody still waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contracts::Refusal;
use tokio::sync::Semaphore;

use super::{Config, fault};

/// Says that nobody waits for a conversion any more.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Goes on, unless nobody waits.
    ///
    /// # Errors
    /// `conversion_cut`.
    pub fn ensure(&self) -> Result<(), Refusal> {
        if self.0.load(Ordering::Relaxed) {
            return Err(Refusal::unavailable("conversion_cut", "nobody waits for it any more"));
        }
        Ok(())
    }
}

/// Says so when it is dropped.
struct Waits(Stop);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Runs conversions.
#[derive(Clone)]
pub struct Converter {
    /// The limits.
    pub config: Config,
    places: Arc<Semaphore>,
}

impl Converter {
    /// A converter within these limits.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let places = Arc::new(Semaphore::new(config.concurrent_max.clamp(1, 64)));
        Self { config: config.clone(), places }
    }

    /// Does `work` on a thread of its own. When this is dropped the work ends at its next step,
    /// and keeps its place until then.
    ///
    /// # Errors
    /// What the work is refused with; `file_damaged` when a file brings its reader down.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Config, &Stop) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Refusal::internal("the places of conversions are closed"))?;
        let (config, stop) = (self.config.clone(), Stop::default());
        let waits = Waits(stop.clone());
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&config, &stop)
        });
        let done = done.await;
        drop(waits);
        done.unwrap_or_else(|_| Err(fault::damaged("its reader gave up on it")))
    }
}
