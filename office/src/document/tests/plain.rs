use super::{ALL, said, told};
use crate::document::{Block, Format};

#[test]
fn a_document_is_told_in_plain_text() {
    let (document, _) = said(Format::Markdown, ALL);
    let (text, losses) = told(Format::Text, &document);
    for line in [
        "Roof: a \"report\"",
        "One two three",
        "  Lists",
        "here (https://example.org/a?b=c)",
        "- two",
        "  - within",
        "4. [x] done",
        "> Quoted",
        "fn main() {}",
        "Item\tPrice",
        "[1] The note",
        "[S1] Smith",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("comes") && !text.contains("goes"), "{text}");
    assert_eq!((losses.count("suggestions"), losses.count("inserted_deleted")), (0, 2));
}

#[test]
fn lines_of_text_are_paragraphs() {
    let (document, losses) = said(Format::Text, "\u{feff}one\ntwo\r\n\r\n\n# three\n");
    assert!(losses.is_empty());
    assert_eq!(document.blocks.len(), 2);
    assert!(document.blocks.iter().all(|block| matches!(block, Block::Paragraph(_))));
    assert_eq!(told(Format::Text, &document).0, "one\ntwo\n\n# three\n");
}
