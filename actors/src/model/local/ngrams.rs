//! Texts as vectors without a model: each run of letters is hashed to a place, so that texts that
//! share words or parts of words point the same way. Pure: the same text has the same vector, in
//! every process and for ever. It knows nothing of meaning.

use contracts::model::Usage;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::embed::{EmbedRequest, Embedded};
use crate::model::error::ModelError;
use crate::model::tokens::count_tokens;

/// What the model is called.
pub const MODEL: &str = "local/ngrams";
/// How many numbers a vector has when nobody says.
const DIMENSIONS: u32 = 256;
/// How many it may have.
const DIMENSIONS_MAX: u32 = 4_096;
/// Letters of the runs that are hashed beside whole words.
const LETTERS: [usize; 2] = [3, 4];

/// The vectors of texts.
///
/// # Errors
/// For another model, or a length that no vector can have.
pub fn embed(request: &EmbedRequest) -> Result<Embedded, ModelError> {
    if request.model != MODEL && request.model != "local" {
        return Err(ModelError::NotFound("of that name that embeds; local/ngrams does".to_owned()));
    }
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS);
    if !(1..=DIMENSIONS_MAX).contains(&dimensions) {
        let told = format!("a vector of local/ngrams has 1 to {DIMENSIONS_MAX} numbers");
        return Err(ModelError::Validation(told));
    }
    let count = |sum: u32, text: &String| sum.saturating_add(count_tokens(text));
    let input_tokens = request.texts.iter().fold(0, count);
    let vectors = request.texts.iter().map(|text| vector(text, dimensions as usize)).collect();
    let usage = Usage { input_tokens, ..Usage::default() };
    Ok(Embedded { model: MODEL.to_owned(), vectors, usage })
}

fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f64; dimensions];
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    for word in folded.unicode_words() {
        add(&mut sums, &format!("={word}"), 1.0);
        let letters: Vec<char> = format!("^{word}$").chars().collect();
        for length in LETTERS {
            let runs = letters.windows(length);
            // A long word is no more than a short one.
            let weight = 0.5 / (runs.len().max(1) as f64).sqrt();
            for run in runs {
                add(&mut sums, &run.iter().collect::<String>(), weight);
            }
        }
    }
    let length = sums.iter().map(|number| number * number).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "vectors have the precision of a float")]
    let numbers = sums.into_iter().map(|number| (number * scale) as f32);
    numbers.collect()
}

fn add(sums: &mut [f64], run: &str, weight: f64) {
    let hash = fnv(run.as_bytes());
    // The highest bit is the sign, so that runs that meet by chance cancel each other out.
    let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
    let place = usize::try_from((hash & 0x7fff_ffff_ffff_ffff) % sums.len() as u64).unwrap_or(0);
    sums[place] += sign * weight;
}

/// FNV-1a with 64 bits, its bits mixed once more: those of short texts differ too little.
fn fnv(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::{EmbedRequest, embed, vector};

    fn near(one: &str, other: &str) -> f32 {
        let pairs = vector(one, 256).into_iter().zip(vector(other, 256));
        pairs.map(|(one, other)| one * other).sum()
    }

    #[test]
    fn texts_that_share_words_or_their_parts_are_near_each_other() {
        let same = near("The invoice is overdue.", "the INVOICE is overdue");
        let akin = near("an overdue invoice", "invoices that are overdue");
        let far = near("an overdue invoice", "rain in the mountains");
        assert!((same - 1.0).abs() < 1e-5, "{same}");
        assert!(akin > 0.3 && far < 0.1, "{akin} {far}");
    }

    #[test]
    fn vectors_stay_as_they_are_for_ever() {
        let vector = vector("cambium", 4);
        let rounded: Vec<_> = vector.iter().map(|number| (number * 1e4).round()).collect();
        assert_eq!(rounded, FOR_EVER, "stored vectors would no longer compare with new ones");
    }

    const FOR_EVER: [f32; 4] = [-8421.0, 1568.0, -1819.0, -4829.0];

    #[test]
    fn lengths_are_bounded_and_an_empty_text_points_nowhere() {
        let of = |dimensions| EmbedRequest {
            model: "local/ngrams".to_owned(),
            texts: vec![String::new()],
            dimensions,
        };
        assert_eq!(embed(&of(Some(3))).expect("embedded").vectors, [[0.0, 0.0, 0.0]]);
        assert_eq!(embed(&of(None)).expect("embedded").vectors[0].len(), 256);
        for wrong in [0, 4_097] {
            assert!(embed(&of(Some(wrong))).is_err());
        }
    }
}
