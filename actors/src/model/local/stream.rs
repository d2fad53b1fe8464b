//! An answer in pieces, as it is shown while it comes.

/// `text` in pieces of `words` words each, the blanks after them included. Put together, the
/// pieces are the text.
pub fn pieces(text: &str, words: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        for _ in 0..words.max(1) {
            let word =
                rest[end..].find(|c: char| !c.is_whitespace()).map_or(rest.len(), |at| end + at);
            end = rest[word..].find(char::is_whitespace).map_or(rest.len(), |at| word + at);
        }
        let blank = &rest[end..];
        end += blank.len() - blank.trim_start().len();
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn pieces_put_together_are_the_text() {
        let text = " one two\n\nthree  four five ";
        let all: Vec<_> = pieces(text, 2).collect();
        assert_eq!(all, [" one two\n\n", "three  four ", "five "]);
        assert_eq!(all.concat(), text);
        assert_eq!(pieces("", 2).count(), 0);
        assert_eq!(pieces("   ", 0).collect::<Vec<_>>(), ["   "]);
    }
}
