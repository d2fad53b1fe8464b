use std::fmt::Write as _;

use super::{ALL, said};
use crate::document::{Block, Document, Format, Image, Inline, Meta, reference, write};
use crate::losses::Losses;

const PNG: &[u8] = include_bytes!("pixel.png");

fn file(document: &Document) -> (Vec<u8>, Losses) {
    let meta = Meta { at_s: 1_700_000_000, author: Some("Ann".to_owned()), ..Meta::default() };
    write(Format::Pdf, document, &meta).expect("written")
}

fn found(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}

#[test]
fn a_document_is_a_file_for_archives_and_for_everybody() {
    let (mut document, _) = said(Format::Markdown, &ALL.replace("👩‍🚀", ""));
    let key = reference(PNG);
    document.media.insert(key.clone(), PNG.to_vec());
    let image = Image { source: key, alt: "A dot".to_owned() };
    document.blocks.push(Block::Paragraph(vec![Inline::Image(image)]));
    let (bytes, losses) = file(&document);
    assert!(bytes.starts_with(b"%PDF-1."));
    assert_eq!(bytes, file(&document).0, "the same document is the same file");
    let lost: Vec<_> = losses.list().into_iter().map(|it| (it.what, it.place)).collect();
    let elsewhere = "https://example.org/a.png".to_owned();
    assert_eq!(lost, [("pictures", elsewhere)], "what is elsewhere is not fetched");
}

#[test]
fn letters_that_no_face_has_are_told() {
    let (document, _) = said(Format::Markdown, "a 👍 b\n");
    let (_, losses) = file(&document);
    assert_eq!(losses.count("letters"), 1, "{losses:?}");
    assert_eq!(losses.list()[0].place, "👍");
}

#[test]
fn what_is_long_goes_on_over_pages() {
    let mut text = "<!-- contents -->\n\n".to_owned();
    for number in 0..40 {
        let words = "roof ".repeat(200);
        let _ = write!(text, "# Part {number}\n\n{words}[^{number}]\n\n[^{number}]: A note\n\n");
    }
    text.push_str("| a | b |\n| - | - |\n");
    for number in 0..200 {
        let _ = writeln!(text, "| {number} | {} |", "cell ".repeat(number));
    }
    let _ = writeln!(text, "\n{}\n\n```\n{}\n```", "x".repeat(5_000), "y\n".repeat(300));
    let (document, _) = said(Format::Markdown, &text);
    let (bytes, losses) = file(&document);
    assert!(losses.is_empty(), "{losses:?}");
    let pages = found(&bytes, b"/Type/Page/") + found(&bytes, b"/Type /Page\n");
    assert!(bytes.len() > 50_000 && pages != 1, "{pages}");
}
