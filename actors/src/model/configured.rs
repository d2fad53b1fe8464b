//! The providers that the settings name.

use std::sync::Arc;

use contracts::model::LOCAL_PROVIDER;
use contracts::{Refusal, SecretName};

use super::config::{ModelsConfig, ProviderConfig};
use super::formats;
use super::local::Local;
use super::providers::Providers;
use super::wire::{Door, OpenKey, Remote};

/// The longest name of a provider, in bytes.
const NAME_BYTES_MAX: usize = 64;

impl Providers {
    /// The built-in provider, and those that the settings name.
    ///
    /// # Errors
    /// The setting that makes no sense, and why; never a value that may be a secret.
    pub fn configured(config: &ModelsConfig) -> Result<Self, (String, String)> {
        Self::opening(config, &|_| {
            Arc::new(|| Box::pin(async { Err(Refusal::internal("nothing is sealed here")) }))
        })
    }

    /// The same, where `sealed` opens the keys that the settings name as `secret:<name>`.
    ///
    /// # Errors
    /// As [`Providers::configured`].
    pub fn opening(
        config: &ModelsConfig,
        sealed: &dyn Fn(SecretName) -> OpenKey,
    ) -> Result<Self, (String, String)> {
        let providers = Self::default()
            .saying(config)
            .with(Arc::new(Local::new(config.local.clone())))
            .falling_back(config.fallbacks.clone());
        for (name, settings) in &config.providers {
            let setting = || format!("models.providers.{name}");
            let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let begun = name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
            if !begun || !name.bytes().all(sign) || name.len() > NAME_BYTES_MAX {
                let told = "a provider's name is letters, digits, `-` and `_`".to_owned();
                return Err((setting(), told));
            }
            if name == LOCAL_PROVIDER {
                return Err((setting(), "the built-in provider cannot be another".to_owned()));
            }
            let key = secret(settings).map_err(|why| (setting(), why))?;
            let door = Door { key: key.map(sealed), guarded: None };
            let remote = Remote::through(name, formats::of(settings.kind), settings.clone(), door);
            let remote = remote.map_err(|why| (setting(), why))?;
            providers.guard(Arc::new(remote), settings);
        }
        let inner = config.providers.iter().map(|(name, settings)| (name, &settings.fallbacks));
        for (asked, models) in config.fallbacks.iter().chain(inner) {
            let stranger = models.iter().find(|model| {
                !providers.has(model.split_once('/').map_or(model.as_str(), |(name, _)| name))
            });
            // What is found on this machine at the start may be named though it is not there yet.
            if let Some(model) = stranger.filter(|_| !config.detect) {
                let told = format!("there is no provider of {model}");
                return Err((format!("models.fallbacks.{asked}"), told));
            }
        }
        Ok(providers)
    }
}

/// The sealed secret that holds a provider's key.
fn secret(settings: &ProviderConfig) -> Result<Option<SecretName>, String> {
    let Some(key) = &settings.key else { return Ok(None) };
    // What stands here may be a key that somebody has put in the wrong place.
    let wrong = || "key does not name a sealed value; a key itself stands elsewhere".to_owned();
    let name = key.strip_prefix("secret:").ok_or_else(wrong)?;
    SecretName::new(name).map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::Providers;
    use crate::model::config::{ModelsConfig, ProviderConfig, ProviderKind};

    fn configured(name: &str, settings: ProviderConfig) -> Result<Providers, (String, String)> {
        let providers = [(name.to_owned(), settings)].into();
        Providers::configured(&ModelsConfig { providers, ..ModelsConfig::default() })
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let at = |url: &str| ProviderConfig {
            base_url: Some(url.to_owned()),
            ..ProviderConfig::default()
        };
        let header = |name: &str| ProviderConfig {
            headers: [(name.to_owned(), "secret".to_owned())].into(),
            ..at("https://models.example")
        };
        for (name, settings) in [
            ("local", at("https://models.example")),
            ("a/b", at("https://models.example")),
            ("mine", ProviderConfig::default()),
            ("mine", at("ftp://models.example")),
            ("mine", at("https://models.example/?key=secret")),
            ("mine", at("https://user:secret@models.example/")),
            ("mine", header("Authorization")),
            ("mine", header("x y")),
            (
                "mine",
                ProviderConfig {
                    key: Some("sk-secret".to_owned()),
                    ..at("https://models.example")
                },
            ),
            ("vertex", ProviderConfig { kind: ProviderKind::Vertex, ..ProviderConfig::default() }),
        ] {
            let (setting, why) = configured(name, settings).expect_err("it makes no sense");
            assert_eq!(setting, format!("models.providers.{name}"));
            assert!(!why.contains("secret"), "{why}");
        }
        assert!(configured("mine", at("https://models.example/v1/")).is_ok());
        let kind = ProviderKind::Anthropic;
        assert!(configured("claude", ProviderConfig { kind, ..ProviderConfig::default() }).is_ok());
    }
}
