//! What is wrong with a token.

use contracts::{Refusal, RefusalClass};

/// What is wrong with a token. Before its signature is known to be good, nothing that it says is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Longer than the limit, in bytes.
    TooLong(usize),
    /// It cannot be read, or says something twice.
    Malformed,
    /// Signed with a key that is not known, or no longer.
    Key,
    /// Signed otherwise than its key signs: `none`, or another's algorithm.
    Algorithm,
    /// The signature is not that of its words.
    Signature,
    /// From somebody whose word does not count here.
    Issuer,
    /// For somebody else.
    Audience,
    /// Of another sort: a refresh token where an access token is wanted, or the other way round.
    Type,
    /// It has expired.
    Expired,
    /// It does not count yet.
    Early,
    /// Its session has ended, its key was revoked, or its principal may do nothing.
    Revoked,
    /// Of an outside issuer, for somebody who is not known here.
    Stranger,
}

impl Fault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) | Self::Malformed => "token_malformed",
            Self::Key => "token_key_unknown",
            Self::Algorithm => "token_algorithm_refused",
            Self::Signature => "token_signature_invalid",
            Self::Issuer => "token_issuer_unknown",
            Self::Audience => "token_audience_wrong",
            Self::Type => "token_type_wrong",
            Self::Expired => "token_expired",
            Self::Early => "token_not_yet_valid",
            Self::Revoked => "token_revoked",
            Self::Stranger => "token_principal_unknown",
        }
    }

    /// One sentence for people.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::TooLong(bytes_max) => return format!("a token has at most {bytes_max} bytes"),
            Self::Malformed => "the token cannot be read as one",
            Self::Key => "the token is signed with a key that is not known here, or no longer",
            Self::Algorithm => "the token is signed otherwise than its key signs",
            Self::Signature => "the token is not as it was signed",
            Self::Issuer => "the token is from somebody whose word does not count here",
            Self::Audience => "the token is for somebody else",
            Self::Type => "this is another sort of token than is wanted here",
            Self::Expired => "the token has expired; refresh it or sign in again",
            Self::Early => "the token does not count yet; the clocks may differ",
            Self::Revoked => "the session of this token has ended; sign in again",
            Self::Stranger => "the token is good, and nobody here is whom it is about",
        }
        .to_owned()
    }

    /// As the edge tells it.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::new(RefusalClass::Unauthenticated, self.code(), self.message())
    }
}
