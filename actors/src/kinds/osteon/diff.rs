//! What changed between two texts, line by line and counted in words.

use std::fmt::Write;
use std::hash::Hash;
use std::ops::Range;

use contracts::kinds::osteon::answers::{Diff, Hunk, HunkOp, Words};
use contracts::kinds::osteon::limits::DIFF_TOKENS_MAX;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

/// Unchanged lines shown around a change.
const CONTEXT_LINES: usize = 3;

/// What leads from `old` to `new`.
pub(super) fn diff(old: &str, new: &str) -> Diff {
    let old: Vec<_> = old.split_inclusive('\n').collect();
    let new: Vec<_> = new.split_inclusive('\n').collect();
    let ops = ops(&old, &new);
    let hunks: Vec<_> = ops.iter().filter_map(|op| hunk(op, &old, &new)).collect();
    let words = hunks.iter().map(words).fold(Words::default(), |sum, one| Words {
        added: sum.added + one.added,
        removed: sum.removed + one.removed,
    });
    Diff { unified: unified(ops, &old, &new), hunks, words }
}

/// The shortest way from `old` to `new`. What differs over too long a stretch is one replacement:
/// the shortest way would take too long to find.
fn ops<T: Eq + Hash + Ord>(old: &[T], new: &[T]) -> Vec<DiffOp> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tails = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = tails.take_while(|(a, b)| a == b).count();
    let (old_len, new_len) = (old.len() - head - tail, new.len() - head - tail);
    if old_len.max(new_len) <= DIFF_TOKENS_MAX {
        return placed(&capture_diff_slices(Algorithm::Myers, old, new));
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let middle = change(head..head + old_len, head..head + new_len);
    let all = [equal(0, 0, head), middle, equal(head + old_len, head + new_len, tail)];
    all.into_iter().filter(|op| !op.old_range().is_empty() || !op.new_range().is_empty()).collect()
}

/// The same steps, each where the one before it ends; what goes and what comes side by side is one
/// replacement. The crate shifts steps to make a diff easier to read and then leaves wrong
/// places on some of them; their order and lengths are right.
fn placed(ops: &[DiffOp]) -> Vec<DiffOp> {
    let mut placed: Vec<DiffOp> = Vec::with_capacity(ops.len());
    let (mut old_index, mut new_index) = (0, 0);
    for op in ops {
        let (old_len, new_len) = (op.old_range().len(), op.new_range().len());
        let changes = op.tag() != DiffTag::Equal;
        let before = placed.last().filter(|last| changes && last.tag() != DiffTag::Equal).copied();
        if let Some(before) = before {
            placed.pop();
            let old = before.old_range().start..old_index + old_len;
            let new = before.new_range().start..new_index + new_len;
            placed.push(change(old, new));
        } else if changes {
            placed.push(change(old_index..old_index + old_len, new_index..new_index + new_len));
        } else {
            placed.push(DiffOp::Equal { old_index, new_index, len: old_len });
        }
        old_index += old_len;
        new_index += new_len;
    }
    placed
}

fn change(old: Range<usize>, new: Range<usize>) -> DiffOp {
    let (old_index, old_len) = (old.start, old.len());
    let (new_index, new_len) = (new.start, new.len());
    match (old_len, new_len) {
        (0, _) => DiffOp::Insert { old_index, new_index, new_len },
        (_, 0) => DiffOp::Delete { old_index, old_len, new_index },
        _ => DiffOp::Replace { old_index, old_len, new_index, new_len },
    }
}

fn hunk(op: &DiffOp, old: &[&str], new: &[&str]) -> Option<Hunk> {
    let (tag, old_range, new_range) = op.as_tag_tuple();
    let op = match tag {
        DiffTag::Equal => return None,
        DiffTag::Insert => HunkOp::Insert,
        DiffTag::Delete => HunkOp::Delete,
        DiffTag::Replace => HunkOp::Replace,
    };
    Some(Hunk {
        op,
        old_start: old_range.start + 1,
        old_lines: old_range.len(),
        new_start: new_range.start + 1,
        new_lines: new_range.len(),
        old: old[old_range].concat(),
        new: new[new_range].concat(),
    })
}

fn words(hunk: &Hunk) -> Words {
    let old: Vec<_> = hunk.old.split_whitespace().collect();
    let new: Vec<_> = hunk.new.split_whitespace().collect();
    let mut words = Words::default();
    for op in ops(&old, &new).iter().filter(|op| op.tag() != DiffTag::Equal) {
        words.added += op.new_range().len();
        words.removed += op.old_range().len();
    }
    words
}

fn unified(ops: Vec<DiffOp>, old: &[&str], new: &[&str]) -> String {
    let mut out = String::new();
    for group in group_diff_ops(ops, CONTEXT_LINES) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let from = span(first.old_range().start, last.old_range().end);
        let to = span(first.new_range().start, last.new_range().end);
        let _ = writeln!(out, "@@ -{from} +{to} @@");
        for op in &group {
            let (tag, old_range, new_range) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                lines(&mut out, ' ', &old[old_range]);
            } else {
                lines(&mut out, '-', &old[old_range]);
                lines(&mut out, '+', &new[new_range]);
            }
        }
    }
    out
}

/// Lines as a hunk's header tells them: an empty span names the line before it.
fn span(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        len => format!("{},{len}", start + 1),
    }
}

fn lines(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}
