//! Settings that cannot be used.

/// What is wrong with the settings, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the settings file {file} cannot be read: {reason}")]
    File {
        /// Which.
        file: String,
        /// Why.
        reason: String,
    },
    /// There is no such setting.
    #[error("there is no setting {key} ({origin}){}", hint(.near.as_deref()))]
    Unknown {
        /// Its name.
        key: String,
        /// Where it is set.
        origin: String,
        /// The name that was perhaps meant.
        near: Option<String>,
    },
    /// A secret that everybody could guess, in a system that others can reach.
    #[error("the secret {key} ({origin}) is no secret: {reason}")]
    Weak {
        /// Its name.
        key: String,
        /// Where it is set.
        origin: String,
        /// What is wrong, without the secret.
        reason: String,
    },
    /// The value is not of its type, or makes no sense.
    #[error("the setting {key} ({origin}): {reason}")]
    Invalid {
        /// Its name.
        key: String,
        /// Where it is set.
        origin: String,
        /// What is wrong.
        reason: String,
    },
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near}?"))
}
