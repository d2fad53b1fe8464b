//! Slowing down who guesses: some tries are free, then each takes longer than the one before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use contracts::{Refusal, Tenant};
use serde::{Deserialize, Serialize};

use super::codes;

/// How often somebody may be wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How often one name may be tried with a wrong password before each try has to wait.
    pub name_free: u32,
    /// How often one address may be wrong, whatever the names, before each try has to wait.
    pub peer_free: u32,
    /// The first wait, in milliseconds; each further one is twice as long.
    pub wait_ms: u64,
    /// The longest wait of a name, in milliseconds: nobody is locked out for longer by others.
    pub name_wait_ms_max: u64,
    /// The longest wait of an address, in milliseconds.
    pub peer_wait_ms_max: u64,
    /// After how long without a failure all is forgotten, in seconds.
    pub forget_s: u32,
    /// How many names and addresses are remembered.
    pub keys_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name_free: 8,
            peer_free: 40,
            wait_ms: 1_000,
            name_wait_ms_max: 60_000,
            peer_wait_ms_max: 600_000,
            forget_s: 3_600,
            keys_max: 20_000,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
    until: Instant,
}

/// Who was wrong how often, on this node.
pub struct Throttle {
    limits: Limits,
    known: Mutex<HashMap<Key, Failures>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Name(Tenant, String),
    Peer(String),
}

/// A try that is under way: counted as a failure at once, so that many at a time gain nothing.
pub struct Try {
    name: Key,
    peer: Key,
    /// What the address had to wait for before it, and has to wait for since.
    peer_until: (Instant, Instant),
}

impl Throttle {
    /// As `limits` says.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, known: Mutex::default() }
    }

    /// Lets a try of `name` from `peer` begin.
    ///
    /// # Errors
    /// `login_throttled`, with the time to wait.
    pub fn begin(
        &self,
        (tenant, name): (&Tenant, &str),
        peer: &str,
        now: Instant,
    ) -> Result<Try, Refusal> {
        let name = Key::Name(tenant.clone(), name.to_owned());
        let peer = Key::Peer(peer.to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = [&name, &peer].into_iter().filter_map(|key| known.get(key));
        let wait = wait.map(|failures| failures.until.saturating_duration_since(now)).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
            return Err(codes::login_throttled(ms));
        }
        if known.len() + 2 > self.limits.keys_max {
            self.forget(&mut known, now);
        }
        let Limits { name_free, name_wait_ms_max, peer_free, peer_wait_ms_max, .. } = self.limits;
        self.failed(&mut known, &name, (name_free, name_wait_ms_max), now);
        let peer_until = self.failed(&mut known, &peer, (peer_free, peer_wait_ms_max), now);
        Ok(Try { name, peer, peer_until })
    }

    /// Counts a failure: until when the key had to wait before it, and has to since.
    fn failed(
        &self,
        known: &mut HashMap<Key, Failures>,
        key: &Key,
        (free, most_ms): (u32, u64),
        now: Instant,
    ) -> (Instant, Instant) {
        let fresh = Failures { count: 0, last: now, until: now };
        let failures = known.entry(key.clone()).or_insert(fresh);
        let forget = Duration::from_secs(self.limits.forget_s.into());
        if now.saturating_duration_since(failures.last) > forget {
            *failures = fresh;
        }
        let before = failures.until;
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        let beyond = failures.count.saturating_sub(free);
        if beyond > 0 {
            let factor = 1_u64 << (beyond - 1).min(32);
            let ms = self.limits.wait_ms.saturating_mul(factor).min(most_ms);
            failures.until = now + Duration::from_millis(ms);
        }
        (before, failures.until)
    }

    /// The try was right: what the name failed before is forgotten, and the address has not failed
    /// with this one. What it has failed with other names it waits for as before.
    pub fn succeeded(&self, attempt: &Try) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&attempt.name);
        if let Some(failures) = known.get_mut(&attempt.peer) {
            failures.count = failures.count.saturating_sub(1);
            let (before, since) = attempt.peer_until;
            if failures.until == since {
                failures.until = before;
            }
        }
    }

    /// Drops who waits for nothing; all, when that is not enough: a flood of names must not grow
    /// without bound.
    fn forget(&self, known: &mut HashMap<Key, Failures>, now: Instant) {
        known.retain(|_, failures| failures.until > now);
        if known.len() + 2 > self.limits.keys_max {
            known.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use contracts::Tenant;

    use super::{Limits, Throttle};

    const ACME: Tenant = Tenant::from_static("acme");

    #[test]
    fn each_wrong_try_beyond_the_free_ones_waits_twice_as_long() {
        let limits = Limits { name_free: 2, peer_free: 100, ..Limits::default() };
        let (throttle, start) = (Throttle::new(limits), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        let wait = |name: &str, now| {
            let refused = throttle.begin((&ACME, name), "10.0.0.1", now).err();
            refused.map(|refusal| refusal.retry_after_ms.unwrap_or_default())
        };
        for _ in 0..3 {
            assert_eq!(wait("ada", start), None);
        }
        assert_eq!(wait("ada", start), Some(1_000));
        assert_eq!(wait("eve", start), None, "another name is another matter");
        assert_eq!(wait("ada", at(1_000)), None);
        assert_eq!(wait("ada", at(1_001)), Some(1_999), "twice as long");
        let attempt = throttle.begin((&ACME, "ada"), "10.0.0.1", at(3_000)).unwrap();
        throttle.succeeded(&attempt);
        for _ in 0..3 {
            assert_eq!(wait("ada", at(3_001)), None, "who was right begins anew");
        }
    }

    #[test]
    fn an_address_that_tries_many_names_waits_too() {
        let limits = Limits { peer_free: 3, ..Limits::default() };
        let (throttle, now) = (Throttle::new(limits), Instant::now());
        let mut refused = 0;
        for number in 0..10 {
            let name = format!("name-{number}");
            refused += u32::from(throttle.begin((&ACME, &name), "10.0.0.1", now).is_err());
        }
        assert_eq!(refused, 6);
        assert!(throttle.begin((&ACME, "name-1"), "10.0.0.2", now).is_ok());
    }

    #[test]
    fn a_right_password_does_not_pay_for_wrong_ones_of_other_names() {
        let limits = Limits { peer_free: 3, ..Limits::default() };
        let (throttle, start) = (Throttle::new(limits), Instant::now());
        let begin = |name: &str, now| throttle.begin((&ACME, name), "10.0.0.1", now);
        let own = begin("mallory", start).unwrap();
        for name in ["ada", "bob", "eve"] {
            begin(name, start).unwrap();
        }
        throttle.succeeded(&own);
        let refused = begin("joe", start).err().expect("the fourth failure waits");
        assert_eq!(refused.retry_after_ms, Some(1_000));
        // His own account costs him nothing, and wins nothing either.
        let after = start + Duration::from_secs(1);
        let own = begin("mallory", after).unwrap();
        assert!(begin("joe", after).is_err(), "one at a time");
        throttle.succeeded(&own);
        begin("joe", after).unwrap();
        let own = begin("mallory", after);
        assert!(own.is_err(), "a further guess makes the address wait, whoever comes from it");
    }

    #[test]
    fn a_flood_of_names_does_not_grow_without_bound() {
        let limits = Limits { keys_max: 16, peer_free: u32::MAX, ..Limits::default() };
        let (throttle, now) = (Throttle::new(limits), Instant::now());
        for number in 0..1_000 {
            let _ = throttle.begin((&ACME, &number.to_string()), "10.0.0.1", now);
        }
        assert!(throttle.known.lock().unwrap().len() <= 16);
    }
}
