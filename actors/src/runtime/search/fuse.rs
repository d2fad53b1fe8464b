//! Several rankings as one: reciprocal rank fusion. Scores of different ways of searching cannot be
//! compared; places can.

use std::collections::BTreeMap;

/// How much the first places differ from the later ones: the constant of Cormack, Clarke and
/// Büttcher (2009).
const K: f64 = 60.0;

/// All that stands in any of `rankings`, the best first, each with the sum of 1 / (60 + place).
pub(super) fn fuse<T: Ord + Clone>(rankings: &[Vec<T>]) -> Vec<(T, f64)> {
    let mut scores: BTreeMap<T, f64> = BTreeMap::new();
    for ranking in rankings {
        for (place, item) in ranking.iter().enumerate() {
            let rank = f64::from(u32::try_from(place).unwrap_or(u32::MAX)) + 1.0;
            *scores.entry(item.clone()).or_default() += 1.0 / (K + rank);
        }
    }
    let mut fused: Vec<(T, f64)> = scores.into_iter().collect();
    // Equal ones stay in the order of what they are, the same every time.
    fused.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    fused
}

#[cfg(test)]
mod tests {
    use super::fuse;

    #[test]
    fn what_is_high_in_both_comes_first() {
        let fused = fuse(&[vec!["a", "b", "c"], vec!["d", "b"], vec![]]);
        let order: Vec<_> = fused.iter().map(|(item, _)| *item).collect();
        assert_eq!(order, ["b", "a", "d", "c"]);
        assert!((fused[0].1 - 2.0 / 62.0).abs() < 1e-12);
        assert!((fused[1].1 - fused[2].1).abs() < 1e-12);
    }
}
