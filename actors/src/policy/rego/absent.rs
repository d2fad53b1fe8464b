//! A program that is built without the engine refuses policies with Rego, rather than to keep them
//! and not ask them.

use contracts::kinds::policy::{Rego, Ruling};

use crate::policy::question::Question;

/// A module; there is none.
#[derive(Debug, Clone)]
pub enum Module {}

impl Module {
    /// Compiles a module.
    ///
    /// # Errors
    /// Always.
    pub fn compile(_: &Rego) -> Result<Self, String> {
        Err("this program is built without Rego; build it with the feature `rego`".to_owned())
    }

    /// What it says of a command.
    #[must_use]
    pub fn evaluate(&self, _: &Question<'_>) -> (Ruling, Option<String>) {
        match *self {}
    }
}
