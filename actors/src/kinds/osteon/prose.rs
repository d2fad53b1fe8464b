//! What of a text is words, by the rules of CommonMark: neither code, nor HTML, nor a way to
//! elsewhere.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

/// As the files of documents are read.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS);

/// What ends HTML that would else go on to the end of the text.
const HTML_ENDS: [&str; 6] = ["-->", "</pre>", "</script>", "</style>", "?>", "]]>"];

/// The parts of a text that are no words, in order and apart.
pub(super) fn literal(text: &str) -> Vec<Range<usize>> {
    let parser = Parser::new_ext(text, OPTIONS);
    let named = parser.reference_definitions().iter();
    let mut found: Vec<_> = named.map(|(_, definition)| definition.span.clone()).collect();
    let literal = parser.into_offset_iter().filter(|(event, _)| {
        matches!(
            event,
            Event::Code(_)
                | Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(
                    Tag::CodeBlock(_)
                        | Tag::HtmlBlock
                        | Tag::Image { .. }
                        | Tag::Link { .. }
                        | Tag::MetadataBlock(_)
                )
        )
    });
    found.extend(literal.map(|(_, range)| range));
    apart(found)
}

/// The parts of a text that are code, in order and apart.
pub(super) fn code(text: &str) -> Vec<Range<usize>> {
    let all = Parser::new_ext(text, OPTIONS).into_offset_iter();
    let code =
        all.filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))));
    apart(code.map(|(_, range)| range).collect())
}

fn apart(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match apart.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => apart.push(range),
        }
    }
    apart
}

/// Whether the sign at `at` is one of words: neither in `literal` nor behind a backslash.
pub(super) fn is_words(text: &str, literal: &[Range<usize>], at: usize) -> bool {
    let next = literal.partition_point(|range| range.end <= at);
    let within = literal.get(next).is_some_and(|range| range.contains(&at));
    let before = text.as_bytes().get(..at).unwrap_or_default();
    let slashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
    !within && slashes.is_multiple_of(2)
}

/// A text without its notes: neither the marks of them nor what they say.
pub(super) fn without_notes(text: &str) -> String {
    if !text.contains("[^") {
        return text.to_owned();
    }
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        let note =
            matches!(event, Event::FootnoteReference(_) | Event::Start(Tag::FootnoteDefinition(_)));
        if note && range.start >= from {
            out.push_str(text.get(from..range.start).unwrap_or_default());
            from = range.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// What a text ends with.
struct Last {
    /// Whether that is a paragraph.
    words: bool,
    /// Where it stands.
    range: Range<usize>,
    /// Of code between fences: the fence.
    fence: Option<String>,
}

fn last(text: &str) -> Option<Last> {
    let (mut depth, mut last) = (0_usize, None);
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        if depth == 0 {
            let words = matches!(event, Event::Start(Tag::Paragraph));
            let fenced = matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))));
            let begins = text.get(range.clone()).unwrap_or_default().trim_start();
            let sign = begins.chars().next();
            let fence = || begins.chars().take_while(|it| Some(*it) == sign).collect();
            match event {
                Event::End(_) => {}
                _ => last = Some(Last { words, range, fence: fenced.then(fence) }),
            }
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    last
}

/// What stands between a text and words that are added at its end: a space where it ends with a
/// paragraph, else what begins another.
pub(super) fn gap(text: &str) -> String {
    const ADDED: &str = "[@c]";
    let text = text.trim_end();
    let end = last(text);
    let goes_on = |end: &Last| end.words && end.range.end >= text.len() && !text.ends_with('\\');
    if text.is_empty() || end.as_ref().is_some_and(goes_on) {
        return " ".to_owned();
    }
    let fence = end.and_then(|end| end.fence).map(|fence| format!("\n{fence}\n\n"));
    let html = HTML_ENDS.iter().map(|end| format!("\n{end}\n\n"));
    let blank = "\n\n".to_owned();
    let begins = |gap: &String| {
        let whole = format!("{text}{gap}{ADDED}");
        let at = whole.len() - ADDED.len();
        last(&whole).is_some_and(|last| last.words && last.range.start == at)
    };
    let mut gaps = std::iter::once(blank.clone()).chain(fence).chain(html);
    gaps.find(begins).unwrap_or(blank)
}
