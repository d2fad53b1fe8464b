//! A text as passages of prose and what must not be touched between them.

use crate::model::local::text::lines;

/// What a passage of prose is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Sentences.
    Paragraph,
    /// The words of one item of a list.
    Item,
}

/// A part of a text; put together, the parts are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Stays byte for byte: code, tables, headings, quotations, rules, blank lines.
    Kept(&'a str),
    /// Words that may be changed.
    Prose {
        /// What stands before them and stays: a bullet, an indent.
        prefix: &'a str,
        /// The words; line ends inside are soft.
        body: &'a str,
        /// What they are.
        sort: Sort,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    Kept,
    Text,
    Item(usize),
}

/// The pieces of `text`.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let lines = with_ends(text);
    let sorts = sorts(&lines);
    let mut out = Vec::new();
    let mut at = 0;
    let mut start = 0;
    while at < lines.len() {
        let (sort, prefix) = match sorts[at] {
            Line::Blank | Line::Kept => {
                out.push(Piece::Kept(lines[at]));
                start += lines[at].len();
                at += 1;
                continue;
            }
            Line::Text => {
                let indent = lines[at].len() - lines[at].trim_start().len();
                (Sort::Paragraph, indent)
            }
            Line::Item(width) => (Sort::Item, width),
        };
        let mut end = start + lines[at].len();
        at += 1;
        while at < lines.len() && sorts[at] == Line::Text {
            end += lines[at].len();
            at += 1;
        }
        let whole = &text[start..end];
        let body_end = whole.trim_end().len();
        let (head, tail) = whole.split_at(body_end.max(prefix));
        let (prefix, body) = head.split_at(prefix);
        out.push(Piece::Prose { prefix, body, sort });
        if !tail.is_empty() {
            out.push(Piece::Kept(tail));
        }
        start = end;
    }
    out
}

fn with_ends(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn sorts(lines: &[&str]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    let mut fence: Option<(char, usize)> = None;
    let mut front = lines.first().is_some_and(|line| line.trim_end() == "---")
        && lines.iter().skip(1).any(|line| line.trim_end() == "---");
    let mut listed = false;
    for (at, line) in lines.iter().enumerate() {
        if front {
            out.push(Line::Kept);
            front = at == 0 || line.trim_end() != "---";
            continue;
        }
        if let Some((sign, length)) = fence {
            out.push(Line::Kept);
            if lines::fence(line).is_some_and(|(s, l)| s == sign && l >= length) {
                fence = None;
            }
            continue;
        }
        let before = out.last().copied().unwrap_or(Line::Blank);
        fence = lines::fence(line);
        let sort = if fence.is_some() { Line::Kept } else { sort(line, before, listed) };
        // A rule below one line of words makes them a heading.
        if sort == Line::Kept && is_underline(line) && before == Line::Text {
            let alone = out.len() < 2 || out[out.len() - 2] != Line::Text;
            if let (true, Some(last)) = (alone, out.last_mut()) {
                *last = Line::Kept;
            }
        }
        listed = matches!(sort, Line::Item(_))
            || (listed && sort == Line::Blank)
            || (listed && sort == Line::Text && before != Line::Blank);
        out.push(sort);
    }
    out
}

fn is_underline(line: &str) -> bool {
    let line = line.trim_end();
    !line.is_empty() && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

fn sort(line: &str, before: Line, listed: bool) -> Line {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return Line::Blank;
    }
    let indented = line.starts_with("    ") || line.starts_with('\t');
    let code = indented && !listed && matches!(before, Line::Blank | Line::Kept);
    let definition = trimmed.starts_with('[') && trimmed.contains("]: ");
    let kept = code
        || definition
        || lines::heading(trimmed).is_some()
        || trimmed.starts_with(['>', '|', '<'])
        || lines::is_rule(line)
        || is_underline(trimmed)
        || !trimmed.chars().any(char::is_alphabetic);
    if kept {
        return Line::Kept;
    }
    lines::item(line).map_or(Line::Text, |(width, _)| Line::Item(width))
}

#[cfg(test)]
mod tests {
    use super::{Piece, Sort, pieces};

    #[test]
    fn pieces_put_together_are_the_text() {
        let text = "---\na: b\n---\n# T\n\nText here,\ntwo lines.  \n\n- item one\n  more\n\n\
            ```\ncode the the\n```\n> quote\n\n    indented\n\nName\n====\n| a |\n\nend";
        let whole: String = pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Kept(bytes) => bytes.to_owned(),
                Piece::Prose { prefix, body, .. } => format!("{prefix}{body}"),
            })
            .collect();
        assert_eq!(whole, text);
    }

    #[test]
    fn only_sentences_and_items_are_prose() {
        let text = "# T\n\nText.\n\n- item\n\n```\ncode\n```\n\nName\n----\n";
        let prose: Vec<_> = pieces(text)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Prose { body, sort, .. } => Some((body, sort)),
                Piece::Kept(_) => None,
            })
            .collect();
        assert_eq!(prose, [("Text.", Sort::Paragraph), ("item", Sort::Item)]);
    }
}
