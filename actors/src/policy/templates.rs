//! Policies to begin with.

use contracts::kinds::policy::Document;

use super::text;

/// A policy to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: &'static str,
    /// For whom it is, in one sentence.
    pub about: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// All templates.
pub const ALL: &[Template] = &[
    Template {
        name: "sandbox",
        about: "Agents that nobody knows yet: only what is named is allowed, in one directory.",
        text: include_str!("templates/sandbox.yaml"),
    },
    Template {
        name: "solo",
        about: "One person alone: only what has no good use is refused.",
        text: include_str!("templates/solo.yaml"),
    },
    Template {
        name: "team",
        about: "People and agents together: risky things need a second pair of eyes.",
        text: include_str!("templates/team.yaml"),
    },
];

/// The template of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Template> {
    ALL.iter().find(|template| template.name == name)
}

impl Template {
    /// Its document.
    ///
    /// # Panics
    /// Never: a test reads and compiles all of them.
    #[must_use]
    pub fn document(&self) -> Document {
        text::read(self.text).expect("a test reads and compiles every template")
    }
}
