//! What something without a title is called.

/// Beginnings of what is to be done with the file of it, which is no part of what it is about.
const FILED: &[&str] = &["download", "export", "print", "save"];

/// What such a wish goes on with.
const ITSELF: &[&str] = &["as", "it", "that", "them", "this"];

/// In which files it is wanted.
const FORMATS: &[&str] = &["csv", "docx", "html", "markdown", "pdf", "pptx", "xlsx"];

/// The beginning of what it is for: its first line without the wish for a file, at most
/// `bytes_max` bytes of it.
pub(super) fn of(purpose: &str, bytes_max: usize) -> String {
    let line = purpose.trim().lines().next().unwrap_or_default();
    let line = without_file(line.trim().trim_end_matches(['.', ' ', ':']));
    line[..line.floor_char_boundary(bytes_max)].trim_end_matches(['.', ' ', ':', ',']).to_owned()
}

fn without_file(line: &str) -> &str {
    // Only the letters of ASCII change, so that places stay what they are.
    let small = line.to_ascii_lowercase();
    let filed = small.match_indices(" and ").find_map(|(at, and)| {
        let mut words = small[at + and.len()..].split_whitespace();
        let wish = FILED.contains(&words.next()?) && ITSELF.contains(&words.next()?);
        wish.then_some(at)
    });
    let end = filed.unwrap_or_else(|| {
        let wanted = FORMATS.iter().find_map(|format| {
            let before = small.strip_suffix(format)?.strip_suffix(" as ")?;
            Some(before.len())
        });
        wanted.unwrap_or(line.len())
    });
    if end == 0 { line } else { &line[..end] }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_title_is_what_it_is_about_and_not_in_which_file() {
        for (purpose, title) in [
            ("A report about roofs and export it as pdf.", "A report about roofs"),
            ("Roofs, AND SAVE them\nsecond line", "Roofs"),
            ("Slides about bees as PPTX", "Slides about bees"),
            ("Import and export of bees", "Import and export of bees"),
            (" and export ", "and export"),
            ("Straße als pdf", "Straße als pdf"),
            ("What to know: ", "What to know"),
        ] {
            assert_eq!(of(purpose, 200), title, "{purpose}");
        }
        assert_eq!(of("Größe", 3), "Gr");
    }
}
