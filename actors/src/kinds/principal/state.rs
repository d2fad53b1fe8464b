use contracts::Timestamp;
use contracts::kinds::principal::{Event, Profile};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access::Access;

/// What a principal is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Whether there is one.
    pub registered: bool,
    /// What it may, and what it proves itself with.
    pub access: Access,
    /// How it is shown.
    pub profile: Profile,
    /// What it has set.
    pub settings: Map<String, Value>,
    /// The argon2id hash of its password as a PHC string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

impl State {
    /// The principal after `event`, which happened at `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        self.access.follow(event, at);
        match event {
            Event::Registered { display, email, .. } => {
                self.registered = true;
                let (display, email) = (display.clone(), email.clone());
                self.profile = Profile { display, email, about: None };
            }
            Event::ProfileChanged(changed) => {
                let Profile { display, email, about } = changed.clone();
                let old = std::mem::take(&mut self.profile);
                self.profile = Profile {
                    display: display.or(old.display),
                    email: email.or(old.email),
                    about: about.or(old.about),
                };
            }
            Event::SettingsChanged { settings } => {
                for (name, value) in settings {
                    if value.is_null() {
                        self.settings.remove(name);
                    } else {
                        self.settings.insert(name.clone(), value.clone());
                    }
                }
            }
            Event::PasswordSet { hash } => self.password = Some(hash.clone()),
            _ => {}
        }
        self
    }
}
