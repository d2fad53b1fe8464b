//! The codes of what goes wrong in this program itself. Each has a page in `docs/errors`.

use std::borrow::Cow;

use contracts::Refusal;
use nats::server::ServerError;

use crate::auth::AdminKeyError;
use crate::home::ClaimError;

/// It failed, and there is no more to say than the sentence.
pub const FAILED: &str = "failed";
/// The arguments make no sense.
pub const USAGE: &str = "usage";
/// No server answers.
pub const UNREACHABLE: &str = "unreachable";
/// A secret that everybody could guess.
pub const SECRET_WEAK: &str = "secret_weak";
/// The settings make no sense.
pub const SETTINGS: &str = "settings_invalid";

/// All codes of this module and what it asks, in order.
#[cfg(test)]
pub const ALL: &[&str] = &[
    "broker_not_found",
    "broker_not_started",
    "broker_unusable",
    "data_in_use",
    "data_newer",
    "data_unusable",
    "diff_kinds_differ",
    "disk_full",
    FAILED,
    "key_unusable",
    "model_fetch_failed",
    "model_hash_mismatch",
    "model_install_busy",
    "model_not_installed",
    "model_wheel_unusable",
    SECRET_WEAK,
    SETTINGS,
    UNREACHABLE,
    USAGE,
];

/// The code of the innermost cause that has one.
pub fn of(error: &anyhow::Error) -> Cow<'static, str> {
    let named = error.chain().filter_map(|cause| {
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return Some(refusal.code.clone());
        }
        let broker = cause.downcast_ref::<nats::Error>().map(nats::Error::code);
        let server = || cause.downcast_ref::<ServerError>().map(of_server);
        let claim = || cause.downcast_ref::<ClaimError>().map(of_claim);
        let key = || cause.downcast_ref::<AdminKeyError>().map(|_| "key_unusable");
        broker.or_else(server).or_else(claim).or_else(key).map(Cow::Borrowed)
    });
    named.last().unwrap_or(Cow::Borrowed(FAILED))
}

/// The code of a data directory that cannot be had.
pub const fn of_claim(error: &ClaimError) -> &'static str {
    match error {
        ClaimError::Taken(..) => "data_in_use",
        ClaimError::Newer(..) => "data_newer",
        ClaimError::Io(..) => "data_unusable",
    }
}

const fn of_server(error: &ServerError) -> &'static str {
    match error {
        ServerError::NotFound { .. } => "broker_not_found",
        ServerError::Unusable { .. } => "broker_unusable",
        ServerError::InUse(_) => "data_in_use",
        ServerError::File { .. } => "data_unusable",
        ServerError::Reload(_) => "broker_refused",
        ServerError::Start { .. } => "broker_not_started",
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn every_code_has_a_page() {
        for code in ALL {
            let page = crate::problem::pages::page(code);
            assert!(page.is_some_and(|page| page.contains(code)), "docs/errors/{code}.md");
        }
    }

    #[test]
    fn the_code_of_a_cause_is_found_behind_what_was_said_of_it() {
        let error = nats::Error::Api("no".to_owned());
        let told = Err::<(), _>(error).context("the broker cannot be used").unwrap_err();
        assert_eq!(of(&told), "broker_refused");
        let error = Refusal::internal("it went back");
        let told = Err::<(), _>(error).context("it cannot start").unwrap_err();
        assert_eq!(of(&told), "internal");
        assert_eq!(of(&anyhow::anyhow!("whatever")), FAILED);
    }
}
