//! An answer as it grows.

use contracts::Hash;

/// A piece of an answer, as the provider sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delta<'a> {
    /// More of the answer's text: these put together are its `text`.
    Text(&'a str),
    /// More of what the model says it thinks.
    Reasoning(&'a str),
    /// More of a tool call.
    ToolCall {
        /// Which of the answer's calls, from 0.
        index: u32,
        /// What tells it from others; said once.
        id: Option<&'a str>,
        /// Which tool; said once.
        name: Option<&'a str>,
        /// More of its arguments.
        arguments: &'a str,
    },
}

/// Who is told each piece as it comes.
pub type Deltas<'a> = &'a (dyn Fn(Delta<'_>) + Send + Sync);

/// The digest of the pieces in which a text came: BLAKE3 over each of them, preceded by its length
/// in bytes as eight bytes, the lowest first.
#[derive(Debug, Default)]
pub struct Pieces {
    bytes: Vec<u8>,
    count: u64,
}

impl Pieces {
    /// Takes the next one in.
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.count += 1;
    }

    /// The digest; `None` of a text that came whole.
    #[must_use]
    pub fn digest(&self) -> Option<Hash> {
        (self.count > 1).then(|| Hash::of(&self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use contracts::Hash;

    use super::Pieces;

    #[test]
    fn the_digest_tells_where_a_text_was_cut() {
        let digest = |pieces: &[&str]| {
            let mut all = Pieces::default();
            pieces.iter().for_each(|piece| all.push(piece));
            all.digest()
        };
        assert_eq!(digest(&["ab"]), None, "it came whole");
        assert_ne!(digest(&["a", "b"]), digest(&["ab", ""]));
        let by_hand = [1, 0, 0, 0, 0, 0, 0, 0, b'a', 1, 0, 0, 0, 0, 0, 0, 0, b'b'];
        assert_eq!(digest(&["a", "b"]), Some(Hash::of(&by_hand)));
    }
}
