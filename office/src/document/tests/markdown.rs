use super::{ALL, said, told};
use crate::document::{Block, Format, Inline, plain};

#[test]
fn what_is_written_is_what_was_read() {
    let (document, losses) = said(Format::Markdown, ALL);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(document.title.as_deref(), Some("Roof: a \"report\""));
    assert_eq!((document.notes.len(), document.sources.len()), (1, 1));
    assert_eq!(document.sources[0].key, "smith2020");
    let (text, losses) = told(Format::Markdown, &document);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(text, ALL);
}

#[test]
fn what_has_no_place_is_named() {
    let text = "---\nauthor: me\n---\n\n<div onclick=\"x()\">\n\na <b>c</b> [d](javascript:x)\n\n[^9]: nobody refers to it\n";
    let (document, losses) = said(Format::Markdown, text);
    for (what, count) in [("metadata", 1), ("html", 3), ("links", 1), ("notes", 1)] {
        assert_eq!(losses.count(what), count, "{what}: {losses:?}");
    }
    let [Block::Paragraph(words)] = document.blocks.as_slice() else {
        panic!("{document:?}");
    };
    assert_eq!(plain(words), "a c d");
    assert!(words.iter().all(|word| !matches!(word, Inline::Text(_, it) if it.link.is_some())));
}

#[test]
fn what_nests_without_end_is_flat() {
    for sign in ["> ", "- ", "1. ", "**", "[", "<u>"] {
        let (_, _) = said(Format::Markdown, &sign.repeat(20_000));
    }
    let (document, losses) = said(Format::Markdown, &format!("{}deep", "> ".repeat(1_000)));
    assert!(losses.count("nesting") > 900, "{losses:?}");
    let (text, _) = told(Format::Text, &document);
    assert!(text.contains("deep"), "{text}");
}
