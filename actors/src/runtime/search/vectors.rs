//! Vectors: those of a base are read from the blobs, whose names are the hashes of what they hold,
//! so that what was read once is good for ever.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::search::knowledge::{PassageKey, VectorPart};
use contracts::{Hash, Refusal, Tenant};
use futures_util::future::join_all;

use super::CANDIDATES_MAX;
use crate::runtime::shared::Shared;

/// How many blobs are read at once.
const READ_AT_ONCE: usize = 32;

/// The vectors of a blob, and when they were used last.
type Used = (Arc<[f32]>, u64);

#[derive(Default)]
struct Kept {
    blobs: HashMap<(Tenant, Hash), Used>,
    bytes: usize,
    clock: u64,
}

/// Vectors that were read lately.
#[derive(Default)]
pub struct VectorCache(Mutex<Kept>);

impl VectorCache {
    fn get(&self, key: &(Tenant, Hash)) -> Option<Arc<[f32]>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let (vectors, used) = kept.blobs.get_mut(key)?;
        *used = now;
        Some(vectors.clone())
    }

    /// Keeps vectors, in place of those that were not used for longest.
    fn put(&self, key: (Tenant, Hash), vectors: Arc<[f32]>, bytes_max: usize) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |vectors: &Arc<[f32]>| vectors.len() * size_of::<f32>();
        kept.clock += 1;
        let now = kept.clock;
        kept.bytes += size(&vectors);
        if let Some((before, _)) = kept.blobs.insert(key, (vectors, now)) {
            kept.bytes -= size(&before);
        }
        if kept.bytes <= bytes_max {
            return;
        }
        // Half at once, so that this is rare.
        let mut ages: Vec<_> =
            kept.blobs.iter().map(|(key, (_, used))| (*used, key.clone())).collect();
        ages.sort_unstable();
        for (_, key) in ages {
            if kept.bytes <= bytes_max / 2 {
                break;
            }
            if let Some((gone, _)) = kept.blobs.remove(&key) {
                kept.bytes -= size(&gone);
            }
        }
    }
}

/// What came of comparing a question with vectors.
pub(super) struct Compared {
    /// The nearest first, each with the cosine of the angle.
    pub(super) nearest: Vec<(PassageKey, f64)>,
    /// With how many it was compared.
    pub(super) compared: u64,
    /// Some could not be read.
    pub(super) missing: bool,
}

impl Shared {
    /// Compares a question with the vectors of `parts`.
    pub(super) async fn compare(
        &self,
        tenant: &Tenant,
        question: &[f32],
        parts: &[VectorPart],
    ) -> Result<Compared, Refusal> {
        let (mut nearest, mut compared, mut missing) = (Vec::new(), 0, false);
        for parts in parts.chunks(READ_AT_ONCE) {
            let reading: Vec<_> =
                parts.iter().map(|part| self.vectors(tenant, part.blob)).collect();
            for (part, vectors) in parts.iter().zip(join_all(reading).await) {
                let dimensions = usize::try_from(part.dimensions).unwrap_or(0);
                // Vectors of another length are of another model, whatever it is called.
                let same = dimensions == question.len() && dimensions > 0;
                let Some(vectors) = vectors?.filter(|_| same) else {
                    missing = true;
                    continue;
                };
                for (passage, vector) in (0_u32..).zip(vectors.chunks_exact(dimensions)) {
                    compared += 1;
                    let cosine = cosine(question, vector);
                    if cosine > 0.0 {
                        let (document, part) = (part.document.clone(), part.part);
                        nearest.push((PassageKey { document, part, passage }, cosine));
                    }
                }
                shorten(&mut nearest, CANDIDATES_MAX * 16);
            }
        }
        shorten(&mut nearest, 0);
        nearest.truncate(CANDIDATES_MAX);
        Ok(Compared { nearest, compared, missing })
    }

    async fn vectors(&self, tenant: &Tenant, blob: Hash) -> Result<Option<Arc<[f32]>>, Refusal> {
        let key = (tenant.clone(), blob);
        if let Some(vectors) = self.vectors.get(&key) {
            return Ok(Some(vectors));
        }
        let Some(bytes) = self.world.blobs.get(tenant, blob).await? else { return Ok(None) };
        let numbers = bytes.as_chunks::<4>().0.iter().map(|it| f32::from_le_bytes(*it));
        let vectors: Arc<[f32]> = numbers.collect();
        self.vectors.put(key, vectors.clone(), self.config.vector_cache_bytes);
        Ok(Some(vectors))
    }
}

/// The nearest come first, and only they stay, once there are more than `beyond`.
pub(super) fn shorten<T: Ord>(nearest: &mut Vec<(T, f64)>, beyond: usize) {
    if nearest.len() > beyond {
        nearest.sort_by(|(one, near), (other, nearer)| {
            nearer.total_cmp(near).then_with(|| one.cmp(other))
        });
        nearest.truncate(CANDIDATES_MAX);
    }
}

/// The cosine of the angle between two vectors; 0 when one of them points nowhere.
pub(super) fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let (mut dot, mut left, mut right) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (a, b) in one.iter().zip(other) {
        dot += a * b;
        left += a * a;
        right += b * b;
    }
    let length = f64::from(left).sqrt() * f64::from(right).sqrt();
    if length > 0.0 { f64::from(dot) / length } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::{Hash, Tenant};

    use super::{VectorCache, cosine};

    #[test]
    fn angles_are_what_they_are() {
        assert!((cosine(&[1.0, 0.0], &[2.0, 0.0]) - 1.0).abs() < 1e-9);
        assert!(cosine(&[1.0, 0.0], &[0.0, 3.0]).abs() < 1e-9);
        assert!(cosine(&[0.0, 0.0], &[1.0, 1.0]).abs() < 1e-9);
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let (cache, tenant) = (VectorCache::default(), Tenant::from_static("main"));
        let key = |number: u8| (tenant.clone(), Hash([number; 32]));
        for number in 0..10 {
            cache.put(key(number), Arc::from(vec![0.0; 10]), 400);
        }
        assert!(cache.get(&key(0)).is_some(), "it is used");
        cache.put(key(10), Arc::from(vec![0.0; 10]), 400);
        assert!(cache.get(&key(0)).is_some() && cache.get(&key(10)).is_some());
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.0.lock().expect("nobody panicked").bytes <= 400);
        // Another tenant has nothing of it.
        assert!(cache.get(&(Tenant::from_static("other"), Hash([0; 32]))).is_none());
    }
}
