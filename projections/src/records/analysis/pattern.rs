//! What lines have in common that one place in a program writes.

/// The longest pattern, in characters.
const LENGTH_MAX: usize = 200;

/// What is left of `text` without what changes from line to line: numbers, ids and quoted words
/// become `*`.
pub(super) fn of(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let mut pattern = String::new();
    for word in unquoted(first).split_whitespace() {
        if !pattern.is_empty() {
            pattern.push(' ');
        }
        pattern.push_str(&masked(word));
    }
    match pattern.char_indices().nth(LENGTH_MAX) {
        Some((at, _)) => pattern[..at].to_owned(),
        None => pattern,
    }
}

/// Quoted words become `*`. An apostrophe within a word begins no quotation.
fn unquoted(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let inside = rest[..at].ends_with(char::is_alphanumeric);
        let mark = &rest[at..=at];
        let end = rest[at + 1..].find(mark).filter(|_| !inside);
        plain.push_str(&rest[..at]);
        match end {
            Some(end) => {
                plain.push('*');
                rest = &rest[at + end + 2..];
            }
            None => {
                plain.push_str(mark);
                rest = &rest[at + 1..];
            }
        }
    }
    plain + rest
}

/// A word without its numbers: an id as a whole, in all else each run of digits.
fn masked(word: &str) -> String {
    let bare = word.trim_matches(|it: char| !it.is_alphanumeric());
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let hex = |it: char| it.is_ascii_hexdigit() || it == '-';
    if bare.len() >= 8 && digits >= 2 && bare.chars().all(hex) {
        return word.replacen(bare, "*", 1);
    }
    let mut masked = String::new();
    for letter in word.chars() {
        if !letter.is_ascii_digit() {
            masked.push(letter);
        } else if !masked.ends_with('*') {
            masked.push('*');
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_changes_from_line_to_line_is_left_out() {
        for (line, pattern) in [
            ("order 7 taken in 12ms", "order * taken in *ms"),
            ("user 'ada b' can't log in", "user * can't log in"),
            ("GET /v1/items/42?page=3 500", "GET /v*/items/*?page=* *"),
            ("job 0af76519-16cd-43dd-8448-eb211c80319c failed", "job * failed"),
            ("from 10.0.0.1:8080, again", "from *.*.*.*:*, again"),
            ("a  b\nsecond line", "a b"),
            ("an open \"quote", "an open \"quote"),
            ("Größe \"größer\" 5", "Größe * *"),
            ("", ""),
        ] {
            assert_eq!(of(line), pattern);
        }
        assert_eq!(of(&"é".repeat(500)).chars().count(), 200);
    }
}
