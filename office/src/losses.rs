//! What a file or a document has that its other form does not hold, named and counted.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many places of one loss are told apart; those beyond are counted without a place.
pub const PLACES_MAX: usize = 100;

/// Something that did not survive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// What, by a stable word such as `macros` or `comments`.
    pub what: &'static str,
    /// Where it stood, such as the name of a part or the words of a heading; empty where nobody can
    /// tell.
    pub place: String,
    /// How often.
    pub count: u64,
}

/// All that did not survive, in the order of the alphabet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Losses {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one more `what` that nobody can place.
    pub fn add(&mut self, what: &'static str) {
        self.at(what, "", 1);
    }

    /// Tells of `what`, which has no number: however often it is told, it counts once.
    pub fn once(&mut self, what: &'static str) {
        if !self.0.contains_key(what) {
            self.add(what);
        }
    }

    /// Counts `count` more `what` at `place`.
    pub fn at(&mut self, what: &'static str, place: &str, count: u64) {
        if count == 0 {
            return;
        }
        let places = self.0.entry(what).or_default();
        let known = places.contains_key(place) || places.len() < PLACES_MAX;
        let place = if known { place } else { "" };
        let counted = places.entry(place.to_owned()).or_default();
        *counted = counted.saturating_add(count);
    }

    /// Counts all that `others` have, too.
    pub fn extend(&mut self, others: &Self) {
        for loss in others.list() {
            self.at(loss.what, &loss.place, loss.count);
        }
    }

    /// How often `what` was lost, at all places.
    #[must_use]
    pub fn count(&self, what: &str) -> u64 {
        let places = self.0.get(what);
        places.into_iter().flatten().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Whether all survived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each by itself.
    #[must_use]
    pub fn list(&self) -> Vec<Loss> {
        let told = |(what, places): (&&'static str, &BTreeMap<String, u64>)| {
            let what: &'static str = what;
            let told = |(place, count): (&String, &u64)| Loss {
                what,
                place: place.clone(),
                count: *count,
            };
            places.iter().map(told).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Losses, PLACES_MAX};

    #[test]
    fn losses_are_counted_by_name_and_place() {
        let mut losses = Losses::new();
        assert!(losses.is_empty());
        losses.add("macros");
        losses.at("links", "Roof", 2);
        losses.at("links", "Wall", 0);
        let mut all = Losses::new();
        all.at("links", "Roof", 1);
        all.extend(&losses);
        let list = all.list();
        let told: Vec<_> =
            list.iter().map(|loss| (loss.what, loss.place.as_str(), loss.count)).collect();
        assert_eq!(told, [("links", "Roof", 3), ("macros", "", 1)]);
        assert_eq!(all.count("links"), 3);
    }

    #[test]
    fn places_are_bounded_and_counts_are_not_lost() {
        let mut losses = Losses::new();
        (0..1_000).for_each(|number| losses.at("links", &number.to_string(), 1));
        assert_eq!(losses.list().len(), PLACES_MAX + 1);
        assert_eq!(losses.count("links"), 1_000);
    }
}
