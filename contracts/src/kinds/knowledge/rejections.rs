//! Why a base says no.

use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a base says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule; each member at fault is named.
    Invalid(Refusal),
    /// It was begun already.
    Exists,
    /// There is no such base.
    NotFound,
    /// There is no such document in it.
    DocumentUnknown,
    /// It is being embedded anew.
    Reembedding,
    /// Nobody embeds here, and nobody was named.
    NoModel,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

/// The rejections, as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("actor_exists", "There is such a base already."),
        ("actor_not_found", "There is no such base."),
        ("document_unknown", "There is no document of that id in the base."),
        ("knowledge_reembedding", "The documents are being embedded anew."),
        ("knowledge_without_model", "Nobody embeds here, and nobody was named."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let conflict = |code, message| Self::new(RefusalClass::Conflict, code, message);
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::Exists => conflict("actor_exists", "there is such a base already"),
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such base"),
            Rejection::DocumentUnknown => {
                Self::not_found("document_unknown", "there is no such document in the base")
            }
            Rejection::Reembedding => conflict(
                "knowledge_reembedding",
                "the documents are being embedded anew; ask again when that is done",
            ),
            Rejection::NoModel => conflict(
                "knowledge_without_model",
                "nobody embeds the documents of this base; name a model",
            ),
        }
    }
}
