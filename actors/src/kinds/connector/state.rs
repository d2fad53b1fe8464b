use contracts::kinds::connector::{Auth, Checked, Create, Event, Service, Standing, Tokens};
use contracts::{CommandId, Principal, SecretName, Timestamp};
use serde::{Deserialize, Serialize};

/// What a connector is. It names secrets and holds none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What the account is of, and how its credential is come by.
    pub create: Option<Box<Create>>,
    /// Whose it is.
    pub owner: Option<Principal>,
    /// Whether everybody of the organization may use it.
    pub shared: bool,
    /// Where it stands.
    pub status: Status,
    /// What the credential is called that counts: a key, or tokens.
    pub secret: Option<SecretName>,
    /// What the secret of the client is called, of one that asks the service itself.
    pub client: Option<SecretName>,
    /// Until when the credential is good.
    pub expires_at: Option<Timestamp>,
    /// Whether another can be had without asking the user.
    pub refreshable: bool,
    /// Whether that is under way.
    pub refreshing: bool,
    /// How often in a row it has failed.
    pub failures: u32,
    /// The commands that wait for a check.
    pub checks: Vec<CommandId>,
    /// What the last check came to.
    pub checked: Option<Checked>,
}

/// Where a connector stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for a credential.
    #[default]
    Waiting,
    /// It has one.
    Ready,
    /// It had one that is no longer taken: somebody has to connect it anew.
    Expired,
    /// It was ended.
    Revoked,
}

impl Status {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl State {
    /// What the account is of.
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        self.create.as_ref().map(|create| &create.service)
    }

    /// How its credential is come by.
    #[must_use]
    pub fn auth(&self) -> &Auth {
        self.create.as_ref().map_or(&Auth::Key, |create| &create.auth)
    }

    /// Whether its credential may be used by `principal`.
    #[must_use]
    pub fn serves(&self, principal: &Principal) -> bool {
        self.status == Status::Ready && (self.shared || self.owner.as_ref() == Some(principal))
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing { status: self.status.as_str().to_owned(), shared: self.shared }
    }

    /// The connector after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event) -> Self {
        match event {
            Event::Created { create, owner } => {
                self.create = Some(create.clone());
                self.owner = Some(owner.clone());
            }
            Event::Shared { shared, .. } => self.shared = *shared,
            Event::Sealed { secret, .. } if self.auth().is_key() => {
                self.secret = Some(secret.clone());
                self.status = Status::Ready;
            }
            Event::Sealed { secret, .. } => self.client = Some(secret.clone()),
            Event::Authorized { tokens, .. } | Event::Refreshed { tokens, .. } => {
                self.receive(tokens);
            }
            Event::RefreshAsked {} => self.refreshing = true,
            Event::RefreshFailed { again_at, .. } => {
                self.refreshing = false;
                self.failures = self.failures.saturating_add(1);
                if again_at.is_none() {
                    self.status = Status::Expired;
                }
            }
            Event::CheckAsked { command } => self.checks.push(*command),
            Event::Checked { command, checked } => {
                self.checks.retain(|known| known != command);
                self.checked = Some(checked.clone());
            }
            Event::Revoked { .. } => {
                self.status = Status::Revoked;
                (self.secret, self.client, self.expires_at) = (None, None, None);
                (self.refreshable, self.refreshing) = (false, false);
            }
        }
        self
    }

    fn receive(&mut self, tokens: &Tokens) {
        self.secret = Some(tokens.secret.clone());
        self.expires_at = tokens.expires_at;
        self.refreshable = tokens.refreshable;
        self.status = Status::Ready;
        (self.refreshing, self.failures) = (false, 0);
    }
}
