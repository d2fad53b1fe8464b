//! A text as passages: bounded, cut where its blocks end, each under its headings. What is a block
//! is said by `CommonMark`; a text without any marks is one of paragraphs.

use contracts::kinds::knowledge::{PASSAGES_MAX, Passage};
use contracts::privacy;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The longest heading that is told with a passage, in bytes.
const HEADING_BYTES_MAX: usize = 200;

/// A block of a text.
enum Block<'a> {
    /// A heading of this level.
    Heading(usize, String),
    /// Anything else, as it is written.
    Words(&'a str),
}

/// The passages of `text`, each of at most `bytes_max` bytes. A protected text is one: nobody can
/// look into it.
pub(super) fn passages(text: &str, bytes_max: usize) -> Vec<Passage> {
    if privacy::carries(text) {
        return vec![Passage { headings: Vec::new(), text: text.to_owned() }];
    }
    let mut path: Vec<(usize, String)> = Vec::new();
    let (mut out, mut open) = (Vec::new(), String::new());
    let mut bare = true;
    for block in blocks(text) {
        match block {
            Block::Heading(level, words) => {
                close(&mut out, &path, &mut open);
                path.retain(|(above, _)| *above < level);
                path.push((level, words));
            }
            Block::Words(words) => {
                bare = false;
                if !open.is_empty() && open.len() + 2 + words.len() > bytes_max {
                    close(&mut out, &path, &mut open);
                }
                for piece in pieces(words, bytes_max) {
                    if !open.is_empty() && open.len() + 2 + piece.len() > bytes_max {
                        close(&mut out, &path, &mut open);
                    }
                    if !open.is_empty() {
                        open.push_str("\n\n");
                    }
                    open.push_str(piece);
                }
            }
        }
    }
    close(&mut out, &path, &mut open);
    // Headings alone are words too, and a text of nothing but short sections is cut as it comes.
    if bare || out.len() > PASSAGES_MAX {
        out.clear();
        let words = pieces(text.trim(), bytes_max);
        let passage = |text: &str| Passage { headings: Vec::new(), text: text.to_owned() };
        out.extend(words.into_iter().map(passage));
    }
    out
}

fn close(out: &mut Vec<Passage>, path: &[(usize, String)], open: &mut String) {
    if !open.is_empty() {
        let headings = path.iter().map(|(_, words)| words.clone()).collect();
        out.push(Passage { headings, text: std::mem::take(open) });
    }
}

/// The outermost blocks of `text`, in order; what is blank is left out.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let (mut out, mut depth) = (Vec::new(), 0_usize);
    let mut heading: Option<(usize, String)> = None;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    match tag {
                        Tag::Heading { level, .. } => {
                            heading = Some((number(level), String::new()));
                        }
                        _ => out.push(Block::Words(text[range].trim_matches('\n'))),
                    }
                }
                depth += 1;
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                if matches!(end, TagEnd::Heading(_))
                    && depth == 0
                    && let Some((level, words)) = heading.take()
                {
                    let cut = words.floor_char_boundary(HEADING_BYTES_MAX);
                    out.push(Block::Heading(level, words[..cut].trim().to_owned()));
                }
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, heading)) = &mut heading {
                    heading.push(' ');
                }
            }
            // Rules say nothing.
            _ => {}
        }
    }
    out.retain(|block| match block {
        Block::Words(words) => !words.trim().is_empty(),
        Block::Heading(_, words) => !words.is_empty(),
    });
    out
}

const fn number(level: HeadingLevel) -> usize {
    level as usize
}

/// `words` in pieces of at most `bytes_max` bytes, cut at the last end of a line, of a sentence, of
/// a word, or where a letter ends.
fn pieces(words: &str, bytes_max: usize) -> Vec<&str> {
    let (mut out, mut rest) = (Vec::new(), words);
    while rest.len() > bytes_max {
        let head = &rest[..rest.floor_char_boundary(bytes_max)];
        // Not before the half, since pieces of a few words are found for nothing.
        let late = |at: &usize| *at >= head.len() / 2;
        let sentence = [". ", "! ", "? ", "。"]
            .iter()
            .filter_map(|end| head.rfind(end).map(|at| at + end.len()));
        let cut = head
            .rfind('\n')
            .map(|at| at + 1)
            .filter(late)
            .or_else(|| sentence.max().filter(late))
            .or_else(|| head.rfind(char::is_whitespace).map(|at| at + 1).filter(late))
            .unwrap_or(head.len());
        // A letter wider than a passage is taken whole.
        let cut = cut.max(rest.chars().next().map_or(1, char::len_utf8));
        let cut = rest.ceil_char_boundary(cut);
        out.push(rest[..cut].trim_end());
        rest = rest[cut..].trim_start();
    }
    out.push(rest.trim_end());
    out.retain(|piece| !piece.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::passages;

    fn told(text: &str, bytes: usize) -> Vec<(String, String)> {
        let path = |headings: &[String]| headings.join("/");
        passages(text, bytes).into_iter().map(|it| (path(&it.headings), it.text)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn passages_stand_under_their_headings() {
        let text = "Before.\n\n# A *tree*\n\nOne.\n\nTwo.\n\n## Rings\n\n- a\n- b\n\n---\n\n\
                    Other\n-----\n\nLast.\n";
        let expected = [
            ("", "Before."),
            ("A tree", "One.\n\nTwo."),
            ("A tree/Rings", "- a\n- b"),
            ("A tree/Other", "Last."),
        ];
        assert_eq!(told(text, 1_000), pairs(&expected));
    }

    #[test]
    fn marks_in_code_are_no_headings_and_tables_stay_whole() {
        let text =
            "# Top\n\n```sh\n# not a heading\n\nls\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        let found = told(text, 1_000);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "Top");
        assert!(found[0].1.contains("# not a heading") && found[0].1.contains("| 1 | 2 |"));
    }

    #[test]
    fn no_passage_is_longer_than_it_may_be_and_no_word_is_lost() {
        let words = |text: &str| -> String { text.split_whitespace().collect() };
        let sentence = "Ein Jahrring entsteht im Jahr, größer im Regen. ";
        let texts = [
            sentence.repeat(50),
            "x".repeat(5_000),
            "日本語".repeat(700),
            format!("# T\n\n{}\n\n```\n{}\n```\n", sentence.repeat(9), "code line\n".repeat(90)),
            "a\n\n".repeat(900),
        ];
        for text in texts {
            for bytes in [200, 333, 1_200] {
                let found = passages(&text, bytes);
                assert!(found.iter().all(|it| it.text.len() <= bytes && !it.text.is_empty()));
                let all: String = found.iter().map(|it| words(&it.text)).collect();
                assert_eq!(all, words(&text.replace("# T", "")));
            }
        }
    }

    #[test]
    fn headings_alone_and_nothing_at_all() {
        assert_eq!(told("# Only a title\n", 100), pairs(&[("", "# Only a title")]));
        assert!(told(" \n\n", 100).is_empty());
        let found = told(&"# a\n\nb\n\n".repeat(10_000), 200);
        assert!(found.len() < super::PASSAGES_MAX, "{}", found.len());
    }
}
