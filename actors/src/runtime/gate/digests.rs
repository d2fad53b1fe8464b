//! What tells the rules in force for a tenant from others: it stands in every commit, and is hashed
//! once for each set of policies, not for each command.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use contracts::{Hash, Tenant};

use crate::policy::Standing;

/// How many sets of policies are remembered; beyond that all are forgotten.
const KNOWN_MAX: usize = 1_024;

/// The digests of sets of policies.
pub(super) struct Digests {
    /// That of the gate's own rules.
    own: Hash,
    known: RwLock<BTreeMap<[Hash; 2], Hash>>,
}

impl Digests {
    pub(super) fn new(own: Hash) -> Self {
        Self { own, known: RwLock::default() }
    }

    /// The digest of the gate's rules and of the policies in force for `tenant`.
    pub(super) fn of(&self, policies: &Standing, tenant: &Tenant) -> Hash {
        let of = policies.digests(tenant);
        if of == [Hash::ZERO; 2] {
            return self.own;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&of).copied();
        known.unwrap_or_else(|| {
            let parts = [self.own.to_string(), policies.digest(tenant).to_string()];
            let digest = Hash::of_parts("cambium gate and policies v1", &[&parts[0], &parts[1]]);
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
            known.insert(of, digest);
            digest
        })
    }
}
