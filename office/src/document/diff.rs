//! What changed from one document to another, word by word.

use std::fmt::Write as _;
use std::ops::Range;

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Document, html, markdown};

/// How many words of a passage are compared one by one; a longer one goes and comes as a whole.
pub const PASSAGE_WORDS_MAX: usize = 20_000;

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The passages that changed, in the order of the new document.
    pub changes: Vec<Change>,
    /// How many words came.
    pub words_added: usize,
    /// How many words went.
    pub words_removed: usize,
}

/// A passage that changed: lines that follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The words of the heading that it stands under; empty before the first.
    pub section: String,
    /// What stayed, came and went in it.
    pub parts: Vec<Part>,
}

/// A part of a passage, in CommonMark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What became of it.
    pub what: What,
    /// What it says.
    pub text: String,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It stayed.
    Kept,
    /// It came.
    Added,
    /// It went.
    Removed,
}

/// What changed from `old` to `new`.
#[must_use]
pub fn diff(old: &Document, new: &Document) -> Diff {
    let (old, new) = (told(old), told(new));
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(&old), lines(&new));
    let mut diff = Diff::default();
    for op in capture_diff_slices(Algorithm::Patience, &old, &new) {
        let (before, after) = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { old_index, old_len, new_index } => {
                (old_index..old_index + old_len, new_index..new_index)
            }
            DiffOp::Insert { old_index, new_index, new_len } => {
                (old_index..old_index, new_index..new_index + new_len)
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                (old_index..old_index + old_len, new_index..new_index + new_len)
            }
        };
        let section = section(&new, after.clone());
        let parts = parts(&passage(&old, before), &passage(&new, after));
        diff.count(&parts);
        diff.changes.push(Change { section, parts });
    }
    diff
}

impl Diff {
    fn count(&mut self, parts: &[Part]) {
        for part in parts {
            let words = part.text.unicode_words().count();
            match part.what {
                What::Kept => {}
                What::Added => self.words_added += words,
                What::Removed => self.words_removed += words,
            }
        }
    }

    /// The changes as a page of HTML that needs nothing else and runs nothing.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut out = "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>Changes\
            </title>\n<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto}\
            p{white-space:pre-wrap}ins{background:#d9f2dd;text-decoration:none}\
            del{background:#f8d9d9}</style>\n</head>\n<body>\n"
            .to_owned();
        let (added, removed) = (self.words_added, self.words_removed);
        let _ = writeln!(out, "<p>{added} words added, {removed} words removed</p>");
        let mut section = "";
        for change in &self.changes {
            if change.section != section {
                section = &change.section;
                let _ = writeln!(out, "<h2>{}</h2>", html::escaped(section));
            }
            out.push_str("<p>");
            for part in &change.parts {
                let text = html::escaped(&part.text);
                let _ = match part.what {
                    What::Kept => write!(out, "{text}"),
                    What::Added => write!(out, "<ins>{text}</ins>"),
                    What::Removed => write!(out, "<del>{text}</del>"),
                };
            }
            out.push_str("</p>\n");
        }
        out.push_str("</body>\n</html>\n");
        out
    }
}

fn told(document: &Document) -> String {
    let (bytes, _) = markdown::write(document);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty()).collect()
}

fn passage(lines: &[&str], range: Range<usize>) -> String {
    lines.get(range).unwrap_or_default().join("\n")
}

/// The heading that a passage of the new document stands under.
fn section(lines: &[&str], range: Range<usize>) -> String {
    let upto = lines.get(..(range.start + 1).min(lines.len())).unwrap_or_default();
    let heading = |line: &&&str| line.starts_with('#');
    let found = upto.iter().rev().find(heading);
    found.map_or("", |line| line.trim_start_matches('#').trim()).to_owned()
}

/// What stayed, came and went from one passage to another.
fn parts(old: &str, new: &str) -> Vec<Part> {
    let before: Vec<&str> = old.split_word_bounds().collect();
    let after: Vec<&str> = new.split_word_bounds().collect();
    let mut out = Vec::new();
    if before.len().max(after.len()) > PASSAGE_WORDS_MAX {
        push(&mut out, What::Removed, old);
        push(&mut out, What::Added, new);
        return out;
    }
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let went = before.get(op.old_range()).unwrap_or_default();
        let came = after.get(op.new_range()).unwrap_or_default();
        if matches!(op, DiffOp::Equal { .. }) {
            push(&mut out, What::Kept, &came.concat());
        } else {
            push(&mut out, What::Removed, &went.concat());
            push(&mut out, What::Added, &came.concat());
        }
    }
    out
}

fn push(parts: &mut Vec<Part>, what: What, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(last) if last.what == what => last.text.push_str(text),
        _ => parts.push(Part { what, text: text.to_owned() }),
    }
}
