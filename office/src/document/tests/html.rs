use super::{ALL, said, told};
use crate::document::{Block, Comment, Document, Format, Inline, Manner, reference};

/// One pixel.
const PNG: &[u8] = include_bytes!("pixel.png");

fn without_pictures(document: &Document) -> Document {
    let (text, _) = told(Format::Markdown, document);
    let text = text.replace("![A picture](https://example.org/a.png)", "picture");
    said(Format::Markdown, &text).0
}

#[test]
fn a_page_says_all_again() {
    let document = without_pictures(&said(Format::Markdown, ALL).0);
    let (page, losses) = told(Format::Html, &document);
    assert!(losses.is_empty(), "{losses:?}");
    assert!(
        !page.contains("<script") && page.contains("<title>Roof: a &quot;report&quot;</title>")
    );
    let (again, losses) = said(Format::Html, &page);
    let lost: Vec<_> = losses.list().into_iter().map(|it| (it.what, it.count)).collect();
    assert_eq!(lost, [("styles", 1)], "its own style is no part of what it says");
    assert_eq!(told(Format::Markdown, &again).0, told(Format::Markdown, &document).0);
}

#[test]
fn pictures_and_remarks_are_in_the_page() {
    let key = reference(PNG);
    let image = Inline::Image(crate::document::Image { source: key.clone(), alt: "<dot>".into() });
    let mut document = Document::default();
    document.blocks.push(Block::Paragraph(vec![
        Inline::Text("a".to_owned(), Manner::default()),
        image,
        Inline::Comment(0),
    ]));
    let text = "why & how?".to_owned();
    document.comments.push(Comment { by: "Ann".to_owned(), text, ..Comment::default() });
    document.media.insert(key, PNG.to_vec());
    let (page, losses) = told(Format::Html, &document);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(said(Format::Html, &page).0, document);
}

#[test]
fn a_strangers_page_is_cleaned() {
    let page = r#"<!DOCTYPE html><html><head><title> A &amp; B </title><script>alert("</p>")</script>
        <style>p{}</style></head><body onload="x()"><div><h1>One</h1>two<p>three<p>four
        <b>bold <i>both</b> slanted</i> <a href="javascript:x()">bad</a>
        <a href="https://example.org">good</a><ul><li>a<li>b<ul><li>c</ul></ul>
        <table><tr><th>x<th align=right>y<tr><td>1<td>2<p>3</table><iframe src="x"></iframe>
        <form><input name=a></form><img src="file:///etc/passwd" alt="none">&lt;script&gt;</div>"#;
    let (document, losses) = said(Format::Html, page);
    assert_eq!(document.title.as_deref(), Some("A & B"));
    for what in ["scripts", "styles", "links", "embedded", "forms", "pictures"] {
        assert_eq!(losses.count(what), 1, "{what}: {losses:?}");
    }
    let (text, _) = told(Format::Markdown, &document);
    let expected = "---\ntitle: \"A & B\"\n---\n\n# One\n\ntwo\n\nthree\n\nfour **bold _both_** slanted bad \
        [good](https://example.org)\n\n- a\n- b\n  - c\n\n| x | y |\n| --- | --: |\n| 1 | 2<br>3 |\n\n\
        none\\<script\\>\n";
    assert_eq!(text, expected);
}

#[test]
fn what_nests_without_end_is_flat() {
    for tag in ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<blockquote>"] {
        let (document, losses) = said(Format::Html, &format!("{}deep", tag.repeat(50_000)));
        assert!(losses.count("nesting") > 0, "{tag}");
        let _ = told(Format::Html, &document);
    }
    let unending = "<p title=\"".to_owned() + &"a".repeat(100_000);
    assert!(said(Format::Html, &unending).0.blocks.is_empty());
}
