use std::io::{Cursor, Read as _, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{ALL, said, told};
use crate::document::{
    Block, Change, Comment, Document, Error, Format, Image, Inline, Limits, Manner, Meta, read,
    reference, write,
};
use crate::losses::Losses;
use crate::package::{Bounds, Hostile};

const PNG: &[u8] = include_bytes!("pixel.png");

fn file(document: &Document) -> (Vec<u8>, Losses) {
    let meta = Meta { author: Some("Ann".to_owned()), at_s: 1_700_000_000, ..Meta::default() };
    write(Format::Docx, document, &meta).expect("written")
}

fn opened(bytes: &[u8]) -> (Document, Losses) {
    read(Format::Docx, bytes, &Limits::default()).expect("read")
}

fn words(text: &str) -> Inline {
    Inline::Text(text.to_owned(), Manner::default())
}

#[test]
fn a_file_says_all_again() {
    let text = ALL.replace("![A picture](https://example.org/a.png) ", "");
    // Two lists of one sort stay two, and a quote holds paragraphs.
    let text = text.replace("> - and listed", "> and again").replace("```rust", "```");
    let (document, _) = said(Format::Markdown, &text);
    let (bytes, losses) = file(&document);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(bytes, file(&document).0, "the same document is the same file");
    let (again, losses) = opened(&bytes);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(told(Format::Markdown, &again).0, told(Format::Markdown, &document).0);
}

#[test]
fn pictures_remarks_and_suggestions_survive() {
    let key = reference(PNG);
    let manner = |added| Manner {
        change: Some(Change { added, by: "Bob".to_owned(), at_s: Some(1_600_000_000) }),
        ..Manner::default()
    };
    let mut document = Document { title: Some("T & <t>".to_owned()), ..Document::default() };
    let words = vec![
        words("said a"),
        Inline::Image(Image { source: key.clone(), alt: "a \"dot\"".to_owned() }),
        Inline::Text("comes".to_owned(), manner(true)),
        Inline::Text("goes".to_owned(), manner(false)),
        Inline::Comment(0),
        words(" ends"),
        Inline::Comment(1),
    ];
    document.blocks.push(Block::Paragraph(words));
    for (quote, text) in [("", "why?\nhow?"), ("nds", "so?")] {
        let (quote, text) = (quote.to_owned(), text.to_owned());
        let at_s = Some(1_500_000_000);
        document.comments.push(Comment { by: "Cy".to_owned(), at_s, quote, text });
    }
    document.media.insert(key, PNG.to_vec());
    let (bytes, losses) = file(&document);
    assert!(losses.is_empty(), "{losses:?}");
    let (again, losses) = opened(&bytes);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(again, document);
    let (taken, count) = again.settled(true);
    assert_eq!((count.suggestions, count.marked), (2, 0));
    assert!(told(Format::Text, &taken).0.contains("comes"));
}

#[test]
fn words_that_stand_there_as_inserted_ones_are_no_suggestions() {
    let text = "H<sub>2</sub>O <ins>new</ins> <del>old</del> <ins>`x`</ins> \
                <del>[t](https://example.org)</del>.\n";
    let (document, _) = said(Format::Markdown, text);
    let (bytes, losses) = file(&document);
    assert!(losses.is_empty(), "{losses:?}");
    let mut body = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).expect("an archive");
    let mut document_part = zip.by_name("word/document.xml").expect("a part");
    document_part.read_to_string(&mut body).expect("UTF-8");
    assert!(!body.contains("<w:ins ") && !body.contains("<w:del "), "{body}");
    let (again, losses) = opened(&bytes);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(told(Format::Markdown, &again).0, told(Format::Markdown, &document).0);
    // Of nobody, at no time: a suggestion all the same.
    let (stranger, _) = opened(&of_body("<w:p><w:ins><w:r><w:t>x</w:t></w:r></w:ins></w:p>"));
    assert_eq!(stranger.settled(true).1.suggestions, 1);
}

#[test]
fn what_is_lost_is_named() {
    let text = "> - a\n\n```rust\nx\n```\n\n- a\n\n  | t |\n  | - |\n\n![far](https://example.org/a.png)\n";
    let (document, _) = said(Format::Markdown, text);
    let (_, losses) = file(&document);
    for what in ["quoted_blocks", "code_languages", "list_blocks", "pictures"] {
        assert_eq!(losses.count(what), 1, "{what}: {losses:?}");
    }
}

/// A package of these parts.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("a package").into_inner()
}

fn of_body(body: &str) -> Vec<u8> {
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    let relations = r#"<Relationships><Relationship Id="r1" Type="x/hyperlink" Target="https://example.org"
        TargetMode="External"/><Relationship Id="r2" Type="x/image" Target="http://example.org/spy.png"
        TargetMode="External"/><Relationship Id="r3" Type="x/hyperlink" Target="file:///etc/passwd"
        TargetMode="External"/></Relationships>"#;
    package(&[
        ("word/document.xml", document.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
        ("word/vbaProject.bin", b"macro"),
        ("word/embeddings/oleObject1.bin", b"object"),
    ])
}

#[test]
fn a_strangers_file_is_cleaned() {
    let body = r#"<w:p><w:r><w:t>one </w:t></w:r><w:hyperlink r:id="r1"><w:r><w:t>two</w:t></w:r></w:hyperlink>
        <w:hyperlink r:id="r3"><w:r><w:t> three</w:t></w:r></w:hyperlink>
        <w:r><w:drawing><wp:docPr descr="spy"/><a:blip r:link="r2"/></w:drawing></w:r>
        <w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "https://example.org/f" </w:instrText></w:r>
        <w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t> four</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>
        <w:r><w:t>&amp;</w:t><w:br w:type="page"/><w:t>five</w:t></w:r></w:p>
        <w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr><w:r><w:rPr><w:b w:val="0"/><w:i/></w:rPr><w:t>six</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr>
        <w:tr><w:tc><w:p/></w:tc><w:tc><w:tbl><w:tr><w:tc><w:p><w:r><w:t>deep</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>"#;
    let (document, losses) = opened(&of_body(body));
    for what in ["macros", "embedded", "links", "pictures", "merged_cells", "nested_tables"] {
        assert_eq!(losses.count(what), 1, "{what}: {losses:?}");
    }
    let (text, _) = told(Format::Markdown, &document);
    assert_eq!(
        text,
        "one [two](https://example.org) three[ four](https://example.org/f)&\n\n<!-- page break -->\n\n\
         five\n\n## _six_\n\n|  |  |\n| --- | --- |\n| a |  |\n|  | deep |\n"
            .replace("[ four]", "[&#32;four]")
            .replace(")&\n", ")\\&\n")
    );
}

#[test]
fn hostile_files_are_refused() {
    let refused =
        |bytes: &[u8], limits: Limits| read(Format::Docx, bytes, &limits).expect_err("refused");
    let whole = Limits::default();
    let hostile = |error| match error {
        Error::Refused(hostile) => hostile,
        other => panic!("{other}"),
    };
    for bytes in [&b"no archive"[..], &package(&[("a", b"b")])] {
        assert!(matches!(hostile(refused(bytes, whole)), Hostile::Broken(_)));
    }
    let deep = of_body(&"<w:sdt><w:sdtContent>".repeat(500));
    assert_eq!(hostile(refused(&deep, whole)), Hostile::TooDeep(64));
    let declared =
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><w:document>&b;</w:document>";
    let declared = package(&[("word/document.xml", declared.as_bytes())]);
    assert_eq!(hostile(refused(&declared, whole)), Hostile::Declares);
    for broken in ["<w:p>", "<w:p><w:r>", "<w:tbl><w:tr>", "<w:p>&nope;</w:p>"] {
        let error = hostile(refused(&of_body(broken), whole));
        assert!(matches!(error, Hostile::Broken(_)), "{broken}: {error}");
    }
    let bomb = of_body(&format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", " ".repeat(1 << 20)));
    let bounds = Bounds { part_bytes_max: 1 << 16, ..Bounds::default() };
    let tight = Limits { bounds, ..whole };
    assert!(bomb.len() < 1 << 13);
    assert_eq!(hostile(refused(&bomb, tight)), Hostile::TooLarge(1 << 16));
    let many = of_body(&"<w:p/>".repeat(2_000));
    let few = Limits { pieces_max: 1_000, ..whole };
    assert_eq!(refused(&many, few), Error::TooManyPieces(1_000));
}

#[test]
fn hidden_text_is_left_out_and_looks_are_told_once() {
    let body = r#"<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:color w:val="FF0000"/></w:rPr><w:t>red</w:t></w:r>
        <w:r><w:rPr><w:color w:val="00FF00"/><w:sz w:val="60"/><w:highlight w:val="yellow"/></w:rPr><w:t> big</w:t></w:r>
        <w:r><w:rPr><w:caps/><w:rFonts w:ascii="Comic Sans MS"/></w:rPr><w:t> loud</w:t></w:r>
        <w:r><w:rPr><w:vanish/></w:rPr><w:t> hidden</w:t><w:tab/></w:r>
        <w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t> shown</w:t></w:r></w:p>"#;
    let (document, losses) = opened(&of_body(body));
    assert_eq!(told(Format::Markdown, &document).0, "red big loud shown\n");
    for what in ["alignment", "capitals", "colours", "fonts", "hidden_text", "highlights", "sizes"]
    {
        assert_eq!(losses.count(what), 1, "{what}: {losses:?}");
    }
}

#[test]
fn a_style_that_names_no_list_makes_no_items() {
    let styles = r#"<w:styles><w:style w:styleId="Deep"><w:name w:val="deep"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>
        <w:style w:styleId="None"><w:name w:val="none"/><w:basedOn w:val="Some"/><w:pPr><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr></w:style>
        <w:style w:styleId="Some"><w:name w:val="some"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>
        <w:style w:styleId="Gone"><w:name w:val="gone"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>"#;
    let paragraph = |style: &str| {
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>"
        )
    };
    let body: String = ["Deep", "None", "Some", "Gone"].map(paragraph).concat();
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    let relations = "<Relationships><Relationship Id=\"s\" Type=\"x/styles\" Target=\"styles.xml\"/>\
        </Relationships>";
    let (document, losses) = opened(&package(&[
        ("word/document.xml", document.as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
    ]));
    assert_eq!(told(Format::Markdown, &document).0, "Deep\n\nNone\n\n- Some\n");
    assert_eq!(losses.count("hidden_text"), 1);
}
