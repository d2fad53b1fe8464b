//! One try to prove who one is: it costs before it is looked at, here and on all nodes, and what it
//! cost comes back when it was right.

use std::time::Instant;

use contracts::{Refusal, Tenant};

use crate::auth::{Try, codes};
use crate::edge::limits::{Charge, Scope, Verdict};
use crate::edge::shared::Shared;

/// A try that is under way, paid for as if it were wrong.
pub(super) struct Attempt {
    here: Try,
    account: String,
    peer: String,
}

impl Attempt {
    /// Lets a try of `name` from `peer` begin. The names of a tenant are counted whether there is
    /// such a principal or not, so that the answer tells nothing.
    ///
    /// # Errors
    /// `login_throttled`, with the time to wait.
    pub(super) fn begin(
        shared: &Shared,
        (tenant, name): (&Tenant, &str),
        peer: &str,
    ) -> Result<Self, Refusal> {
        let (account, peer) = (format!("{tenant}/{name}"), peer.to_owned());
        let limiter = &shared.edge.limiter;
        let charges = charges(&peer, &account);
        let refused = |verdict: &Verdict| !verdict.allowed;
        if let Some(verdict) = limiter.spend_all(&charges).filter(refused) {
            return Err(codes::login_throttled(verdict.retry_after_ms));
        }
        match shared.edge.sign_in.throttle.begin((tenant, name), &peer, Instant::now()) {
            Ok(here) => Ok(Self { here, account, peer }),
            Err(refusal) => {
                // It was not tried: who waits as long as it is told has spent nothing meanwhile.
                limiter.refund_all(&charges);
                Err(refusal)
            }
        }
    }

    /// The try was right.
    pub(super) fn succeeded(self, shared: &Shared) {
        shared.edge.sign_in.throttle.succeeded(&self.here);
        shared.edge.limiter.refund_all(&charges(&self.peer, &self.account));
    }
}

fn charges<'a>(peer: &'a str, account: &'a str) -> [Charge<'a>; 2] {
    [Charge::one(Scope::LoginAddress, peer), Charge::one(Scope::LoginAccount, account)]
}
