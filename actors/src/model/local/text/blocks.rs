//! The blocks of a text that may be Markdown: headings, paragraphs, items, tables, code.

use super::lines;

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A heading of this level; 0 for a short line that stands alone and reads like one.
    Heading(usize),
    /// Sentences.
    Paragraph,
    /// One item of a list.
    Item,
    /// One row of a table.
    Row,
    /// Lines of code.
    Code,
    /// Someone's words, each line marked with `>`.
    Quote,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub sort: Sort,
    /// Its words, without the marks that make it what it is; soft line ends are blanks.
    pub text: String,
}

/// The blocks of `text`, in order. Rules and blank lines are left out.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut open = false;
    for line in text.lines() {
        if let Some((sign, length)) = fence {
            if lines::fence(line).is_some_and(|(s, l)| s == sign && l >= length) {
                fence = None;
            } else if let Some(code) = out.last_mut() {
                code.text.push_str(line);
                code.text.push('\n');
            }
            continue;
        }
        let trimmed = line.trim();
        if let Some(found) = lines::fence(line) {
            fence = Some(found);
            out.push(Block { sort: Sort::Code, text: String::new() });
            open = false;
        } else if trimmed.is_empty() || lines::is_rule(line) {
            open = false;
        } else {
            let (sort, words) = sort(line);
            let joins = open && sort == Sort::Paragraph;
            match out.last_mut() {
                Some(last) if joins => {
                    last.text.push(' ');
                    last.text.push_str(words.trim());
                }
                Some(last) if open && sort == Sort::Quote && last.sort == Sort::Quote => {
                    last.text.push(' ');
                    last.text.push_str(words.trim());
                }
                _ => out.push(Block { sort, text: words.trim().to_owned() }),
            }
            open = matches!(sort, Sort::Paragraph | Sort::Item | Sort::Quote);
        }
    }
    bare_headings(&mut out);
    out
}

fn sort(line: &str) -> (Sort, &str) {
    let trimmed = line.trim();
    if let Some((level, words)) = lines::heading(trimmed) {
        return (Sort::Heading(level), words);
    }
    if let Some(words) = trimmed.strip_prefix('>') {
        return (Sort::Quote, words);
    }
    if trimmed.starts_with('|') && trimmed.len() > 1 {
        return (Sort::Row, trimmed);
    }
    lines::item(line).map_or((Sort::Paragraph, trimmed), |(_, words)| (Sort::Item, words))
}

/// A short line without a full stop, alone before a longer paragraph, is a heading.
fn bare_headings(blocks: &mut [Block]) {
    for at in 0..blocks.len() {
        let next_is_text = blocks
            .get(at + 1)
            .is_some_and(|next| matches!(next.sort, Sort::Paragraph | Sort::Item | Sort::Row));
        let block = &mut blocks[at];
        let short = block.text.len() <= 90 && block.text.split_whitespace().count() <= 12;
        let open_ended = !block.text.ends_with(['.', '!', '?', ':', ';', ',', '…', '。', '؟']);
        if block.sort == Sort::Paragraph && short && open_ended && next_is_text {
            block.sort = Sort::Heading(0);
        }
    }
}

/// Words without Markdown's inline marks: emphasis, code ticks, links keep their words.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Whether asterisks have begun something that others end.
    let mut open = false;
    while let Some(at) = rest.find(['*', '_', '`', '[', '!', '~', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let sign = from.chars().next().unwrap_or(' ');
        let (words, after) = inline(&out, from, (sign, open));
        open ^= sign == '*' && words.is_empty();
        out.push_str(words);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What `from`, which begins with `sign`, shows, and what follows.
fn inline<'a>(before: &str, from: &'a str, (sign, open): (char, bool)) -> (&'a str, &'a str) {
    let one = &from[..sign.len_utf8()];
    let after = &from[sign.len_utf8()..];
    match sign {
        '!' if after.starts_with('[') => ("", after),
        '[' => link(from).unwrap_or((one, after)),
        '`' => ("", after.trim_start_matches('`')),
        '*' if multiplies(before, after, open) => {
            (&from[..from.len() - past(from).len()], past(from))
        }
        '*' if !after.starts_with(' ') || before.ends_with(|c: char| !c.is_whitespace()) => {
            ("", after.trim_start_matches('*'))
        }
        '~' if after.starts_with('~') => ("", &after[1..]),
        '_' => {
            let inside = before.ends_with(char::is_alphanumeric)
                && after.trim_start_matches('_').starts_with(char::is_alphanumeric);
            if inside { (one, after) } else { ("", after.trim_start_matches('_')) }
        }
        '<' => tag(from).map_or((one, after), |rest| ("", rest)),
        _ => (one, after),
    }
}

/// What follows a sign that is repeated.
fn past(from: &str) -> &str {
    from.trim_start_matches('*')
}

/// Whether an asterisk stands for a product or a power: between numbers or brackets, or between
/// words where no other one ends what it would begin.
fn multiplies(before: &str, after: &str, open: bool) -> bool {
    let (before, behind) = (before.trim_end(), past(after));
    let (left, right) = (before.chars().next_back(), behind.trim_start().chars().next());
    let number = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let one = number(left) || left == Some(')');
    let other = number(right) || matches!(right, Some('(' | '-' | '.'));
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let inside = word(left) && word(right) && behind.starts_with(char::is_alphanumeric);
    one && other || inside && !open && !behind.contains('*')
}

/// `[words](target)`: the words and what follows.
fn link(from: &str) -> Option<(&str, &str)> {
    let close = lines::head(from, 300).find("](")?;
    let rest = &from[close + 2..];
    let end = lines::head(rest, 2_000).find(')')?;
    let words = &from[1..close];
    (!words.contains('[')).then_some((words, &rest[end + 1..]))
}

/// What follows an HTML tag.
fn tag(from: &str) -> Option<&str> {
    let inner = from[1..].trim_start_matches('/');
    let named = inner.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = lines::head(from, 200).find('>')?;
    let inner = &from[1..end];
    (named && !inner.contains("://") && !inner.contains('@')).then(|| &from[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::{Sort, blocks, plain};

    #[test]
    fn markdown_comes_apart_into_blocks() {
        let text = "# Title\n\nOne line\nand its end.\n\n- first\n  goes on\n2. second\n\n\
            ```rust\nlet a = 1;\n```\n| a | b |\n> words\n> of Ann\n";
        let sorts: Vec<_> = blocks(text).into_iter().map(|b| (b.sort, b.text)).collect();
        let expected = [
            (Sort::Heading(1), "Title"),
            (Sort::Paragraph, "One line and its end."),
            (Sort::Item, "first goes on"),
            (Sort::Item, "second"),
            (Sort::Code, "let a = 1;\n"),
            (Sort::Row, "| a | b |"),
            (Sort::Quote, "words of Ann"),
        ];
        assert_eq!(sorts.len(), expected.len(), "{sorts:?}");
        for ((sort, text), (want, words)) in sorts.iter().zip(expected) {
            assert_eq!((*sort, text.as_str()), (want, words));
        }
    }

    #[test]
    fn a_short_line_before_a_paragraph_is_a_heading() {
        assert_eq!(blocks("Costs\n\nThey are high.")[0].sort, Sort::Heading(0));
        assert_eq!(blocks("Costs are high.\n\nVery.")[0].sort, Sort::Paragraph);
    }

    #[test]
    fn inline_marks_go_and_names_with_underscores_stay() {
        let text = "A **bold** [link](https://a.b/c) in `code` of snake_case, 3 * 4 <b>x</b>.";
        assert_eq!(plain(text), "A bold link in code of snake_case, 3 * 4 x.");
    }

    #[test]
    fn signs_of_products_and_powers_stay() {
        for text in ["6*7", "6 * 7", "6* 7", "2**10", "(1+2)*3", "3*(4-1)", "2*-3", "a*b", "x*2"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("*6*7"), "6*7");
        for text in ["*a* b", "a *b*", "**a** b"] {
            assert_eq!(plain(text), "a b", "{text}");
        }
        assert_eq!(plain("un*fort*unate, **6**"), "unfortunate, 6");
    }
}
