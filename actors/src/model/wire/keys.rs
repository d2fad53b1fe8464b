//! The key of a provider: from a file, a variable of the environment or a command. It is held in
//! memory for a while and stands in no error and no log.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use contracts::ports::Fut;
use contracts::{Refusal, RefusalClass, Secret};
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::model::config::ProviderConfig;
use crate::model::error::ModelError;

/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 16 * 1_024;

/// Opens a key that is sealed; `None` = there is none.
pub type OpenKey = Arc<dyn Fn() -> Fut<'static, Result<Option<Secret>, Refusal>> + Send + Sync>;

/// What stands where a provider repeats its key.
pub(super) const GONE: &str = "…";

/// Where a key comes from.
#[derive(Clone)]
enum Source {
    Sealed(OpenKey),
    Nowhere,
    File(PathBuf),
    Variable(String),
    Command(Vec<String>),
}

/// The key of a provider.
pub struct Keys {
    source: Source,
    fresh: Duration,
    command_within: Duration,
    kept: Mutex<Option<(Instant, Arc<str>)>>,
    /// The last one that was sent, so that it can be told from words.
    sent: std::sync::Mutex<Option<Arc<str>>>,
}

impl Keys {
    /// As the settings of a provider say; `usual` is its usual variable.
    #[must_use]
    pub fn of(config: &ProviderConfig, usual: Option<&'static str>) -> Self {
        let variable = config.key_env.clone().or_else(|| usual.map(str::to_owned));
        let source = match (&config.key_file, config.key_command.is_empty(), variable) {
            (Some(file), _, _) => Source::File(file.clone()),
            (None, false, _) => Source::Command(config.key_command.clone()),
            (None, true, Some(variable)) => Source::Variable(variable),
            (None, true, None) => Source::Nowhere,
        };
        Self {
            source,
            fresh: Duration::from_millis(config.key_ms_max),
            command_within: Duration::from_millis(config.key_command_ms_max),
            kept: Mutex::new(None),
            sent: std::sync::Mutex::new(None),
        }
    }

    /// A key that is sealed, whatever else the settings say.
    #[must_use]
    pub fn sealed(config: &ProviderConfig, open: OpenKey) -> Self {
        Self { source: Source::Sealed(open), ..Self::of(&ProviderConfig::default(), None) }
            .fresh_for(config.key_ms_max)
    }

    /// No key at all.
    #[must_use]
    pub fn none() -> Self {
        Self::of(&ProviderConfig::default(), None)
    }

    /// A key that is sealed.
    #[must_use]
    pub fn opened(open: OpenKey) -> Self {
        Self::sealed(&ProviderConfig::default(), open)
    }

    /// A key of a file, or of a variable of the environment.
    #[must_use]
    pub fn outside(key_file: Option<PathBuf>, key_env: Option<String>) -> Self {
        Self::of(&ProviderConfig { key_file, key_env, ..ProviderConfig::default() }, None)
    }

    fn fresh_for(self, ms: u64) -> Self {
        Self { fresh: Duration::from_millis(ms), ..self }
    }

    /// Words of a provider without the key that it was sent.
    #[must_use]
    pub fn masked(&self, words: &str) -> String {
        match self.sent() {
            Some(key) => words.replace(&*key, GONE),
            None => words.to_owned(),
        }
    }

    /// The key that was sent last.
    #[must_use]
    pub fn sent(&self) -> Option<Arc<str>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, key: &Arc<str>) {
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
    }

    /// The key; `None` where the settings name none, or the usual variable is not set.
    ///
    /// # Errors
    /// `model_auth` or `model_internal` when it cannot be read. Nothing of it is said.
    pub async fn get(&self) -> Result<Option<Arc<str>>, ModelError> {
        let mut kept = self.kept.lock().await;
        if let Some((at, key)) = &*kept
            && at.elapsed() < self.fresh
        {
            return Ok(Some(key.clone()));
        }
        let Some(text) = self.read().await? else { return Ok(None) };
        let key = text.trim();
        let plain = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > KEY_BYTES_MAX || !plain {
            return Err(unreadable("is no key: one line of visible signs"));
        }
        let key: Arc<str> = key.into();
        self.keep(&key);
        *kept = Some((Instant::now(), key.clone()));
        Ok(Some(key))
    }

    /// Forgets it: the provider has refused it, and there may be a new one by now.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    async fn read(&self) -> Result<Option<String>, ModelError> {
        match &self.source {
            Source::Nowhere => Ok(None),
            Source::Sealed(open) => {
                let opened = open().await.map_err(|refusal| unopened(&refusal))?;
                let key = opened.ok_or_else(|| unreadable("is not among the sealed ones"))?;
                Ok(Some(key.reveal().to_owned()))
            }
            Source::Variable(name) => Ok(std::env::var(name).ok().filter(|key| !key.is_empty())),
            Source::File(path) => match tokio::fs::read_to_string(path).await {
                Ok(text) => Ok(Some(text)),
                Err(error) => Err(unreadable(&format!("cannot be read: {}", error.kind()))),
            },
            Source::Command(command) => self.run(command).await.map(Some),
        }
    }

    async fn run(&self, command: &[String]) -> Result<String, ModelError> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(unreadable("has no command"));
        };
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(self.command_within, output).await;
        let output = output.map_err(|_| unreadable("comes from a command that does not end"))?;
        let output = output.map_err(|error| {
            unreadable(&format!("comes from a command that cannot be run: {}", error.kind()))
        })?;
        if !output.status.success() {
            return Err(unreadable("comes from a command that fails"));
        }
        String::from_utf8(output.stdout).map_err(|_| unreadable("is no text"))
    }
}

/// Why a sealed key was not opened: the store may be away, which passes.
fn unopened(refusal: &Refusal) -> ModelError {
    match refusal.class {
        RefusalClass::Unavailable => ModelError::Network("the sealed key is away".to_owned()),
        _ => unreadable("cannot be opened"),
    }
}

fn unreadable(why: &str) -> ModelError {
    ModelError::Internal(format!("the key of the provider {why}"))
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;
    use crate::model::config::ProviderConfig;

    fn command(words: &[&str]) -> ProviderConfig {
        let key_command = words.iter().map(|word| (*word).to_owned()).collect();
        ProviderConfig { key_command, key_command_ms_max: 5_000, ..ProviderConfig::default() }
    }

    #[tokio::test]
    async fn a_command_prints_a_key_and_its_troubles_say_nothing_of_it() {
        let keys = Keys::of(&command(&["echo", "abc123"]), None);
        assert_eq!(keys.get().await.expect("printed").as_deref(), Some("abc123"));
        assert!(!format!("{keys:?}").contains("abc123"));
        for words in [&["false"][..], &["echo", "two words"], &["echo"], &["/no/such/program"]] {
            let error = Keys::of(&command(words), None).get().await.expect_err("no key");
            assert!(!error.to_string().contains("two words"), "{error}");
            assert!(!error.to_string().contains("/no/such"), "{error}");
        }
    }

    #[tokio::test]
    async fn without_a_source_there_is_none_and_a_missing_file_is_said() {
        assert_eq!(Keys::of(&ProviderConfig::default(), None).get().await, Ok(None));
        let file = Some("/no/such/file".into());
        let config = ProviderConfig { key_file: file, ..ProviderConfig::default() };
        let error = Keys::of(&config, None).get().await.expect_err("no file");
        assert!(!error.to_string().contains("/no/such"), "{error}");
    }
}
