use super::said;
use crate::document::{Diff, Format, Part, What, diff};

fn between(old: &str, new: &str) -> Diff {
    diff(&said(Format::Markdown, old).0, &said(Format::Markdown, new).0)
}

fn part(what: What, text: &str) -> Part {
    Part { what, text: text.to_owned() }
}

#[test]
fn changes_are_told_word_by_word() {
    let old = "# Roof\n\nThe roof leaks in the north.\n\nIt stays.\n\n# Cost\n\nGone.\n";
    let new = "# Roof\n\nThe roof **leaks badly** in the south.\n\nIt stays.\n\n# Cost\n\nCome & \\<gone>.\n";
    let diff = between(old, new);
    let sections: Vec<_> = diff.changes.iter().map(|change| change.section.as_str()).collect();
    assert_eq!(sections, ["Roof", "Cost"]);
    let parts = &diff.changes[0].parts;
    assert!(parts.contains(&part(What::Removed, "north")), "{parts:?}");
    assert!(parts.contains(&part(What::Added, "south")), "{parts:?}");
    let side = |other: What| {
        let kept = parts.iter().filter(|part| part.what != other);
        kept.map(|part| part.text.as_str()).collect::<String>()
    };
    assert_eq!(side(What::Added), "The roof leaks in the north.");
    assert_eq!(side(What::Removed), "The roof **leaks badly** in the south.");
    assert_eq!((diff.words_added, diff.words_removed), (4, 2));
    let page = diff.to_html();
    assert!(page.contains("<del>north</del><ins>south</ins>"), "{page}");
    assert!(!page.contains("<gone>"), "{page}");
}

#[test]
fn the_same_has_no_changes() {
    assert_eq!(between("# a\n\nb", "# a\n\nb\n"), Diff::default());
    let whole = between("", "new words\n");
    assert_eq!((whole.words_added, whole.words_removed), (2, 0));
}
