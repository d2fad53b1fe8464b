//! Documents, opened and made by programs that we did not write: python-docx, pypdf, qpdf
//! (pikepdf), and LibreOffice where it is installed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::python;
use office::document::{
    Block, Change, Comment, Document, Format, Inline, Limits, Manner, Meta, inlined, read,
    reference, write,
};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::pages::{looks_whole, pages};
use super::{converted, has_libreoffice, oracle};

/// A PNG of 164 bytes: 120 by 60 pixels, all of them red (200, 30, 40).
const RED: &str = "iVBORw0KGgoAAAANSUhEUgAAAHgAAAA8CAIAAAAiz+n/AAAAa0lEQVR42u3QMQ0AAAgDsCnh\
                   xr8KZOGCcDSpgmaqORAFokUjWrRoC6JFI1q0aAuiRSNatGhEi0a0aNGIFo1o0aIRLRrRokUj\
                   WjSiRYtGtGhEixaNaNGIFi0a0aIRLVo0okUjWrRoRItG9C8Lrb6rdI6M1B0AAAAASUVORK5C\
                   YII=";

/// What a document says that tries everything.
const ALL: &str = include_str!("../../../office/src/document/tests/all.md");

fn client() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    python::with(
        &home,
        &["python-docx==1.2.0", "pypdf==6.19.0", "pikepdf==10.17.0", "pillow==13.0.0"],
    )
    .expect("clients")
}

fn asked(verb: &str, path: &Path) -> String {
    let mut command = Command::new(client());
    python::run(command.arg(oracle("document.py")).arg(verb).arg(path)).expect("answered")
}

fn told(verb: &str, path: &Path) -> Json {
    serde_json::from_str(&asked(verb, path)).expect("JSON")
}

fn meta() -> Meta {
    Meta { author: Some("Ann".to_owned()), at_s: 1_700_000_000, ..Meta::default() }
}

/// The file of a text in `folder`.
fn written(text: &str, format: Format, folder: &Path) -> PathBuf {
    let (document, _) =
        read(Format::Markdown, text.as_bytes(), &Limits::default()).expect("CommonMark");
    let (bytes, _) = write(format, &document, &meta()).expect("written");
    let path = folder.join(if format == Format::Pdf { "ours.pdf" } else { "ours.docx" });
    fs::write(&path, bytes).expect("kept");
    path
}

#[test]
fn python_docx_reads_what_we_write() {
    let folder = TempDir::new().expect("a folder");
    let told = told("read", &written(ALL, Format::Docx, folder.path()));
    assert_eq!((&told["title"], &told["author"]), (&"Roof: a \"report\"".into(), &"Ann".into()));
    assert_eq!(told["created"], "2023-11-14T22:13:20+00:00");
    let paragraphs = told["paragraphs"].as_array().expect("paragraphs");
    let styled = |style: &str, text: &str| {
        let found = paragraphs.iter().any(|it| it["style"] == style && it["text"] == text);
        assert!(found, "{style}: {text} in {told}");
    };
    styled("Heading 1", "One two three");
    styled("List Paragraph", "within");
    styled("Quote", "Quoted");
    styled("Source Code", "fn main() {}");
    let plain = paragraphs.iter().find(|it| it["bold"][0] == "bold").expect("a bold word");
    assert_eq!(plain["links"][0], "https://example.org/a?b=c");
    assert_eq!(told["tables"][0][0][1], "Price");
    assert_eq!(told["tables"][0][1][0], "Tiles | slates");
}

#[test]
fn we_read_what_python_docx_writes() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("theirs.docx");
    asked("write", &path);
    let bytes = fs::read(&path).expect("a file");
    let (document, losses) = read(Format::Docx, &bytes, &Limits::default()).expect("read");
    let lost: Vec<_> = losses.list().into_iter().map(|it| (it.what, it.count)).collect();
    assert_eq!(lost, [("page_headers", 1)]);
    assert_eq!(document.comments[0].text, "why?");
    let (text, losses) = write(Format::Markdown, &document, &meta()).expect("CommonMark");
    assert_eq!(losses.count("comments"), 1);
    let text = String::from_utf8(text).expect("UTF-8");
    assert_eq!(
        text,
        "---\ntitle: \"Größe & more\"\n---\n\n# Roof\n\nPlain, **bold** and _slanted_ שלום 👩‍🚀\n\n\
         - one\n- two\n  - within\n\n1. first\n\n> said\n\n| Item | Price |\n| --- | --- |\n\
         | Tiles | 420.5 |\n\n<!-- page break -->\n\n## Costs\n"
    );
}

#[test]
fn python_docx_reads_the_remarks_that_we_write() {
    let at_s = Some(1_600_000_000);
    let change = |added| Change { added, by: "Bob".to_owned(), at_s };
    let changed = |added| Manner { change: Some(change(added)), ..Manner::default() };
    let text = |text: &str, manner| Inline::Text(text.to_owned(), manner);
    let words = vec![
        text("It costs ", Manner::default()),
        text("900", changed(false)),
        text("950", changed(true)),
        text(" euros", Manner::default()),
        Inline::Comment(0),
    ];
    let (by, quote, said) = ("Cy".to_owned(), "euros".to_owned(), "With tax?".to_owned());
    let document = Document {
        blocks: vec![Block::Paragraph(words)],
        comments: vec![Comment { by, at_s, quote, text: said }],
        ..Document::default()
    };
    let (bytes, losses) = write(Format::Docx, &document, &meta()).expect("written");
    assert!(losses.is_empty(), "{losses:?}");
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("ours.docx");
    fs::write(&path, &bytes).expect("kept");
    let told = told("read", &path);
    assert_eq!(told["comments"], json!([{ "by": "Cy", "text": "With tax?" }]));
    let made = |sort: &str, text: &str| json!({ "sort": sort, "by": "Bob", "at": "2020-09-13T12:26:40Z", "text": text });
    assert_eq!(told["changes"], json!([made("del", "900"), made("ins", "950")]));
    let (again, _) = read(Format::Docx, &bytes, &Limits::default()).expect("read");
    assert_eq!((again.blocks, again.comments), (document.blocks, document.comments));
}

/// Whether LibreOffice has its word processor, which some installations lack.
pub fn has_writer() -> bool {
    has_libreoffice() && Path::new("/usr/lib/libreoffice/program/libswlo.so").exists()
}

#[test]
fn libreoffice_shows_documents_that_we_write() {
    if !has_writer() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let path = written(ALL, Format::Docx, folder.path());
    let pdf = converted(&path, "pdf", folder.path());
    let told = told("pdf", &pdf);
    let text: String =
        told["pages"].as_array().expect("pages").iter().map(Json::to_string).collect();
    for words in ["One two three", "within", "Tiles | slates", "The note", "Roofs"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(told["pages"].as_array().map(Vec::len), Some(2));
    looks_whole(&pages(&pdf), 0.03);
}

#[test]
fn pypdf_reads_what_we_write() {
    let folder = TempDir::new().expect("a folder");
    let mut long = ALL.to_owned();
    for number in 0..300 {
        let _ = write!(long, "\n## Part {number}\n\n{}\n", "Water comes in. ".repeat(40));
    }
    let path = written(&long, Format::Pdf, folder.path());
    looks_whole(&pages(&path), 0.03);
    let told = told("pdf", &path);
    assert_eq!((&told["title"], &told["language"]), (&"Roof: a \"report\"".into(), &"en".into()));
    assert_eq!(told["tagged"], true);
    let pages = told["pages"].as_array().expect("pages");
    assert!(pages.len() > 40, "{}", pages.len());
    let text: String = pages.iter().filter_map(Json::as_str).collect();
    for words in ["One two three", "within", "Tiles | slates", "The note", "Part 299"] {
        assert!(text.contains(words), "{words}");
    }
    assert_eq!(told["outline"][0], "One two three");
    let links: Vec<_> = told["links"].as_array().expect("links").iter().collect();
    assert!(links.iter().any(|it| **it == "https://example.org/a?b=c") && links.len() > 300);
    let fonts = told["fonts"].to_string();
    assert!(fonts.contains("DejaVuSans") && fonts.contains("DejaVuSansMono"), "{fonts}");
}

#[test]
fn others_find_the_pictures_that_we_write() {
    let folder = TempDir::new().expect("a folder");
    let picture = inlined(&format!("data:image/png;base64,{RED}")).expect("a picture");
    let key = reference(&picture);
    let text = format!("# Roof\n\nBefore.\n\n![A \"red\" field & more]({key})\n\nAfter.\n");
    let read = read(Format::Markdown, text.as_bytes(), &Limits::default());
    let (mut document, _) = read.expect("CommonMark");
    document.media.insert(key, picture);
    let file = |format, name: &str| {
        let (bytes, losses) = write(format, &document, &meta()).expect("written");
        assert!(losses.is_empty(), "{losses:?}");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("kept");
        path
    };
    let (docx, pdf) = (file(Format::Docx, "ours.docx"), file(Format::Pdf, "ours.pdf"));
    // 120 by 60 pixels, 96 of them an inch, of which 914,400 units are one.
    let shape = json!({ "width": 1_143_000, "height": 571_500, "alt": "A \"red\" field & more",
        "bytes": 164 });
    assert_eq!(told("read", &docx)["pictures"], json!([shape]));
    let picture = json!({ "size": [120, 60], "middle": [200, 30, 40] });
    assert_eq!(told("pdf", &pdf)["pictures"], json!([picture]));
    let is_red = |path: &Path| {
        let pages = pages(path);
        assert!(pages[0].text.contains("Before.") && pages[0].text.contains("After."));
        assert_eq!(pages[0].colours, [[192, 16, 32]], "{}", path.display());
    };
    is_red(&pdf);
    if has_writer() {
        is_red(&converted(&docx, "pdf", folder.path()));
    }
}
