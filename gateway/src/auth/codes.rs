//! The refusals that signing in gives. Each has a page in `docs/errors`.

use contracts::{Refusal, RefusalClass};

/// Name or password is wrong: the answer does not tell which.
#[must_use]
pub fn login_failed() -> Refusal {
    let message = "there is nobody of this name with this password";
    Refusal::new(RefusalClass::Unauthenticated, "login_failed", message)
}

/// Too many wrong tries of a name, or from an address.
#[must_use]
pub fn login_throttled(retry_after_ms: u64) -> Refusal {
    let message = "too many wrong tries; each further one has to wait longer";
    Refusal::new(RefusalClass::Overloaded, "login_throttled", message).retry_after(retry_after_ms)
}

/// A text that may be nobody's password.
#[must_use]
pub fn password_unfit(wanted: impl Into<String>) -> Refusal {
    let wanted = wanted.into();
    Refusal::rejected("password_unfit", format!("a password {wanted}")).field("password", wanted)
}

/// A refresh token that was used before: its session is over, for whoever has it.
#[must_use]
pub fn refresh_reused() -> Refusal {
    let message = "this refresh token was used before, so its session has ended; sign in again";
    Refusal::new(RefusalClass::Unauthenticated, "refresh_reused", message)
}

/// Strangers may not register here.
#[must_use]
pub fn registration_closed() -> Refusal {
    let message = "nobody registers himself here; ask somebody who may register you";
    Refusal::new(RefusalClass::Forbidden, "registration_closed", message)
}

/// The token of a reset is nobody's, was used, or has expired: the answer does not tell which.
#[must_use]
pub fn reset_invalid() -> Refusal {
    let message = "this link for another password counts no longer; ask for a new one";
    Refusal::new(RefusalClass::Unauthenticated, "reset_invalid", message)
}

/// Who has signed in from outside has no password here.
#[must_use]
pub fn no_password() -> Refusal {
    let message = "only a principal at home here, who has a password, can change it";
    Refusal::new(RefusalClass::Conflict, "password_none", message)
}

/// No message waits under this ticket, or not any more.
#[must_use]
pub fn ticket_unknown() -> Refusal {
    let message = "no message waits under this ticket; it is handed out once, and not for long";
    Refusal::not_found("ticket_unknown", message)
}
