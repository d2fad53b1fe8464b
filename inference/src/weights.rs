//! Where the numbers of a model stand, read when they are first needed and kept as long as they are
//! there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use contracts::Refusal;

/// Checks that a file is the one that is meant, before it is believed.
type Check = Box<dyn Fn() -> Result<PathBuf, Refusal> + Send + Sync>;

/// The file of a model, and what was made of it.
pub struct Weights<T> {
    path: PathBuf,
    absent: Refusal,
    check: Check,
    loaded: Mutex<Option<Arc<T>>>,
}

impl<T> Weights<T> {
    /// The file at `path`. While it is not there, `absent` is said; `check` reads all of it once,
    /// before it is used, and gives its path.
    #[must_use]
    pub fn new(
        path: PathBuf,
        absent: Refusal,
        check: impl Fn() -> Result<PathBuf, Refusal> + Send + Sync + 'static,
    ) -> Self {
        Self { path, absent, check: Box::new(check), loaded: Mutex::new(None) }
    }

    /// Whether the file is there.
    ///
    /// # Errors
    /// What was given for it.
    pub fn ready(&self) -> Result<(), Refusal> {
        if self.path.is_file() { Ok(()) } else { Err(self.absent.clone()) }
    }

    /// What `load` made of the file, now or before. Whoever comes meanwhile waits.
    ///
    /// # Errors
    /// As [`Weights::ready`], what the check says, and `model_internal` with what `load` says.
    pub fn get<E: fmt::Display>(
        &self,
        load: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Result<Arc<T>, Refusal> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(absent) = self.ready() {
            // What was taken away is not kept in memory either.
            *loaded = None;
            return Err(absent);
        }
        if let Some(loaded) = &*loaded {
            return Ok(Arc::clone(loaded));
        }
        let path = (self.check)()?;
        let fresh = load(&path).map(Arc::new).map_err(|error| failed(&error))?;
        *loaded = Some(Arc::clone(&fresh));
        Ok(fresh)
    }
}

impl<T> fmt::Debug for Weights<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A fault of ours, or of the machine.
pub(crate) fn failed(error: &dyn fmt::Display) -> Refusal {
    Refusal::new(
        contracts::RefusalClass::Internal,
        "model_internal",
        format!("the model adapter failed: {error}"),
    )
}

/// What the model cannot be asked.
pub(crate) fn unable(what: &str) -> Refusal {
    Refusal::rejected("model_validation", format!("the request cannot be answered: {what}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use contracts::Refusal;

    use super::Weights;

    #[test]
    fn a_model_is_read_once_and_forgotten_when_it_is_taken_away() {
        let path = std::env::temp_dir().join(format!("cambium-weights-{}", std::process::id()));
        let (file, checks) = (path.clone(), AtomicUsize::new(0));
        let weights =
            Weights::new(path.clone(), Refusal::rejected("absent", "absent"), move || {
                Ok(file.clone())
            });
        let load = |path: &std::path::Path| {
            checks.fetch_add(1, Ordering::SeqCst);
            fs::read_to_string(path)
        };
        assert_eq!(weights.get(load).expect_err("it is not there").code, "absent");
        fs::write(&path, "numbers").expect("written");
        assert_eq!(*weights.get(load).expect("read"), "numbers");
        assert_eq!(*weights.get(load).expect("kept"), "numbers");
        assert_eq!(checks.load(Ordering::SeqCst), 1);
        fs::remove_file(&path).expect("removed");
        assert_eq!(weights.get(load).expect_err("it is gone").code, "absent");
        fs::write(&path, "others").expect("written");
        assert_eq!(*weights.get(load).expect("read anew"), "others");
        fs::remove_file(&path).expect("removed");
    }
}
