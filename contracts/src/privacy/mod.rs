//! Personal data: which members of which inputs it stands in, whose it is, and the form in which
//! everything but its readers sees it.

mod field;
mod receipt;
mod text;

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::ActorId;

pub use field::{Classed, Field, POINTER_BYTES_MAX, SubjectOf};
pub use receipt::{RECEIPT_VERSION, Receipt, SignedReceipt};
pub use text::{
    Form, KeyId, MARK, NotProtected, Part, ProtectedText, carries, parts, plain_bytes, plain_size,
    within,
};

/// How much a value is to be protected, the least first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// It says nothing about a person.
    None,
    /// It says something about a person.
    Pii,
    /// It says something about a person's health.
    Phi,
    /// It opens something else: no API ever shows it, whoever asks.
    Secret,
}

impl DataClass {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pii => "pii",
            Self::Phi => "phi",
            Self::Secret => "secret",
        }
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DataClass {
    type Err = NotProtected;
    fn from_str(text: &str) -> Result<Self, NotProtected> {
        let all = [Self::None, Self::Pii, Self::Phi, Self::Secret];
        all.into_iter().find(|class| class.as_str() == text).ok_or(NotProtected)
    }
}

/// What the id of a person begins with who is no principal: `person:<id>`, the id opaque.
pub const PERSON: &str = "person:";

/// The capability area of all that concerns personal data.
pub const AREA: &str = "privacy";

/// How far somebody sees personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who looks: what is its own it sees.
    pub own: Option<ActorId>,
    /// Whether it sees everybody's.
    pub all: bool,
}

impl Viewer {
    /// Somebody who sees nothing.
    #[must_use]
    pub const fn nobody() -> Self {
        Self { own: None, all: false }
    }

    /// Whether a value of `class` that is about `subjects` is shown.
    #[must_use]
    pub fn sees(&self, class: DataClass, subjects: &[ActorId]) -> bool {
        let own = self.own.as_ref().is_some_and(|own| subjects == std::slice::from_ref(own));
        class != DataClass::Secret && (self.all || own)
    }
}
