//! Who may come in when many want to: places are shared among the tenants that are here, so that
//! the flood of one does not take the share of the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::Tenant;

/// So many places, shared by tenants.
///
/// While less than half of the places are taken, a tenant may have as many as it wants, up to its
/// own limit. Beyond that it has at most an equal share, one share being kept for whoever comes
/// next. Nobody is thrown out: who has too many gets no further one until it is below its share.
pub struct Admission {
    places: usize,
    tenant_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by: HashMap<Tenant, usize>,
}

/// A place, given back when it is dropped.
pub struct Place {
    admission: Arc<Admission>,
    tenant: Tenant,
}

impl Admission {
    /// `places` in all, of which one tenant has at most `tenant_max`.
    #[must_use]
    pub fn new(places: usize, tenant_max: usize) -> Arc<Self> {
        Arc::new(Self { places, tenant_max, taken: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for `tenant`; `None` = it has its share, or there is none left.
    #[must_use]
    pub fn enter(self: &Arc<Self>, tenant: &Tenant) -> Option<Place> {
        let mut taken = self.lock();
        let own = taken.by.get(tenant).copied().unwrap_or_default();
        let others = taken.by.len() - usize::from(own > 0);
        // Those who are here with this one, and one who may come.
        let share = (self.places / (others + 2)).max(1);
        let quiet = taken.all < self.places / 2;
        if taken.all >= self.places || own >= self.tenant_max || (own >= share && !quiet) {
            return None;
        }
        taken.all += 1;
        taken.by.insert(tenant.clone(), own + 1);
        drop(taken);
        Some(Place { admission: Arc::clone(self), tenant: tenant.clone() })
    }

    /// How many places are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.lock().all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.admission.lock();
        taken.all -= 1;
        // No entry stays of a tenant that is gone, so that the table cannot grow.
        match taken.by.get(&self.tenant).copied() {
            Some(own) if own > 1 => drop(taken.by.insert(self.tenant.clone(), own - 1)),
            _ => drop(taken.by.remove(&self.tenant)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        name.parse().unwrap()
    }

    /// All places that `name` can get now.
    fn flood(admission: &Arc<Admission>, name: &str) -> Vec<Place> {
        std::iter::from_fn(|| admission.enter(&tenant(name))).collect()
    }

    #[test]
    fn a_flood_leaves_room_for_others() {
        let admission = Admission::new(120, 120);
        let mut first = flood(&admission, "first");
        assert_eq!(first.len(), 60, "half, and the other half is for whoever comes");
        let second = flood(&admission, "second");
        assert_eq!(second.len(), 40, "a third: those here and one to come");
        let third = flood(&admission, "third");
        assert_eq!(third.len(), 20, "what is left, until the first one has gone below its share");
        // As the first one's requests end, it gets no new ones before the third has its share.
        first.truncate(30);
        assert!(admission.enter(&tenant("first")).is_none(), "30 = a quarter: its share");
        let more = flood(&admission, "third");
        assert_eq!(third.len() + more.len(), 30);
        assert_eq!(admission.taken(), 30 + 40 + 30);
    }

    #[test]
    fn whoever_is_alone_and_modest_meets_no_limit_but_its_own() {
        let admission = Admission::new(100, 10);
        assert_eq!(flood(&admission, "only").len(), 10);
        let admission = Admission::new(1, 10);
        let place = admission.enter(&tenant("a")).unwrap();
        assert!(admission.enter(&tenant("b")).is_none(), "there is none left");
        drop(place);
        assert!(admission.enter(&tenant("b")).is_some());
    }

    #[test]
    fn nothing_is_kept_of_those_who_left() {
        let admission = Admission::new(1_000, 1_000);
        for number in 0..500 {
            drop(admission.enter(&tenant(&format!("t{number}"))));
        }
        let taken = admission.lock();
        assert_eq!((taken.all, taken.by.len()), (0, 0));
    }
}
