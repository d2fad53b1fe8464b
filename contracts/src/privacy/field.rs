use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DataClass;
use crate::ids::{CommandName, Kind};

/// The longest pointer, in bytes.
pub const POINTER_BYTES_MAX: usize = 256;

/// Whose data a member is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectOf {
    /// Of whoever sends the command.
    #[default]
    Caller,
    /// Of the one whom the actor is called after: a principal, or a subject.
    Actor,
    /// Of the one whose id stands at this JSON pointer of the input; of the caller when nobody's
    /// does.
    At(#[schemars(length(min = 1, max = 256))] Cow<'static, str>),
}

/// One member of a command's input that is protected before anything is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The command.
    pub command: Cow<'static, str>,
    /// A JSON pointer into its input, in which `*` stands for every member of an object or item of
    /// an array. What is found there is protected whole: a text as a text, anything else as JSON,
    /// so that the member must be one that takes a text.
    pub pointer: Cow<'static, str>,
    /// How much.
    pub class: DataClass,
    /// Whose.
    pub subject: SubjectOf,
}

impl Field {
    /// A member of a page.
    #[must_use]
    pub const fn new(
        command: &'static str,
        pointer: &'static str,
        class: DataClass,
        subject: SubjectOf,
    ) -> Self {
        let (command, pointer) = (Cow::Borrowed(command), Cow::Borrowed(pointer));
        Self { command, pointer, class, subject }
    }
}

/// A member that an organization classes beyond what the pages do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Classed {
    /// Of which kind.
    pub kind: Kind,
    /// In the input of which command.
    pub command: CommandName,
    /// A JSON pointer, in which `*` stands for every member of an object or item of an array, such
    /// as `/text` or `/members/*/name`.
    #[schemars(length(min = 2, max = 256))]
    pub pointer: String,
    /// How much; `none` takes back what was said before, never what a page says.
    pub class: DataClass,
    /// Whose; of the caller when left out.
    #[serde(default)]
    pub subject: SubjectOf,
}

impl Classed {
    /// Whether it speaks of the same member as `other`.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        self.kind == other.kind && self.command == other.command && self.pointer == other.pointer
    }

    /// The same as a page says it.
    #[must_use]
    pub fn field(&self) -> Field {
        Field {
            command: Cow::Owned(self.command.to_string()),
            pointer: Cow::Owned(self.pointer.clone()),
            class: self.class,
            subject: self.subject.clone(),
        }
    }
}
