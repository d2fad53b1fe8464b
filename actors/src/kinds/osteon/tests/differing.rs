use contracts::kinds::osteon::answers::{Diff, HunkOp, Words};
use contracts::kinds::osteon::limits::DIFF_TOKENS_MAX;
use proptest::proptest;

use super::super::diff::diff;

/// The new text, from the old one and its hunks.
fn apply(old: &str, diff: &Diff) -> String {
    let lines: Vec<_> = old.split_inclusive('\n').collect();
    let (mut new, mut at) = (String::new(), 0);
    for hunk in &diff.hunks {
        new.extend(lines[at..hunk.old_start - 1].iter().copied());
        at = hunk.old_start - 1 + hunk.old_lines;
        assert_eq!(lines[hunk.old_start - 1..at].concat(), hunk.old);
        new.push_str(&hunk.new);
    }
    new.extend(lines[at..].iter().copied());
    new
}

/// The new text, from the old one and the unified form, as `patch` reads it.
fn patch(old: &str, unified: &str) -> String {
    let lines: Vec<_> = old.split_inclusive('\n').collect();
    let (mut new, mut at) = (String::new(), 0);
    let mut last = ' ';
    for line in unified.split_inclusive('\n') {
        if let Some(header) = line.strip_prefix("@@ -") {
            let span = header.split(' ').next().unwrap();
            let (start, len) = span.split_once(',').unwrap_or((span, "1"));
            let start: usize = start.parse().unwrap();
            let from = if len == "0" { start } else { start - 1 };
            new.extend(lines[at..from].iter().copied());
            at = from;
            continue;
        }
        let (sign, text) = line.split_at(1);
        match sign {
            "+" => new.push_str(text),
            "\\" if last != '-' => new.truncate(new.len() - 1),
            "\\" => {}
            "-" | " " => {
                assert_eq!(lines[at].trim_end_matches('\n'), text.trim_end_matches('\n'));
                at += 1;
                new.push_str(if sign == " " { text } else { "" });
            }
            other => panic!("{other} begins no line of a diff"),
        }
        last = sign.chars().next().unwrap();
    }
    new.extend(lines[at..].iter().copied());
    new
}

#[test]
fn the_unified_form_is_that_of_diff_u() {
    let (old, new) = ("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nE\nf\ng\nh\ni\n");
    let expected = "@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n+i\n";
    assert_eq!(diff(old, new).unified, expected);
    assert_eq!(diff("", "a\n").unified, "@@ -0,0 +1 @@\n+a\n");
    assert_eq!(diff("a\n", "").unified, "@@ -1 +0,0 @@\n-a\n");
}

#[test]
fn hunks_say_what_happened() {
    let told = diff("a\nb\nc\n", "b\nC\nd\n");
    let ops: Vec<_> = told.hunks.iter().map(|hunk| (hunk.op, hunk.old_start)).collect();
    assert_eq!(ops, [(HunkOp::Delete, 1), (HunkOp::Replace, 3)]);
    assert_eq!(diff("a\n", "a\nb\n").hunks[0].op, HunkOp::Insert);
}

#[test]
fn words_are_counted_within_a_line() {
    let told = diff("The roof is old and wet.", "The roof is new and very wet.");
    assert_eq!(told.words, Words { added: 2, removed: 1 });
    assert_eq!(diff("same", "same"), Diff::default());
}

#[test]
fn a_change_over_too_long_a_stretch_is_one_replacement() {
    let old: String = (0..=DIFF_TOKENS_MAX).map(|line| format!("{line}\n")).collect();
    let new: String = (0..=DIFF_TOKENS_MAX).map(|line| format!("{line}!\n")).collect();
    let (old, new) = (format!("head\n{old}tail\n"), format!("head\n{new}tail\n"));
    let told = diff(&old, &new);
    assert_eq!((told.hunks.len(), told.hunks[0].old_start), (1, 2));
    assert_eq!(apply(&old, &told), new);
    assert_eq!(patch(&old, &told.unified), new);
    let words = DIFF_TOKENS_MAX + 1;
    assert_eq!(told.words, Words { added: words, removed: words });
    let longer = diff("head\ntail\n", &old);
    assert_eq!((longer.hunks[0].op, longer.hunks[0].old_lines), (HunkOp::Insert, 0));
    assert_eq!(diff(&old, "head\ntail\n").hunks[0].op, HunkOp::Delete);
}

proptest! {
    #[test]
    fn the_new_text_follows_from_the_old_one(old in "[ab\n ]{0,40}", new in "[ab\n ]{0,40}") {
        let told = diff(&old, &new);
        assert_eq!(apply(&old, &told), new);
        assert_eq!(patch(&old, &told.unified), new);
        assert_eq!(told.hunks.is_empty(), old == new);
    }
}
