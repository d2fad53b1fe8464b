use std::collections::BTreeMap;

use contracts::effect::{ConvertFormat, ConvertInto};
use contracts::kinds::chaperone::Convertible;
use contracts::kinds::osteon::artifact::Artifact;
use contracts::kinds::osteon::limits::{LOAD_BYTES_MAX, LOAD_SECTIONS_MAX};
use contracts::{ActorId, Refusal, Revision, Timestamp};
use serde_json::{Value, json};

use super::super::{Config, Made, Read, Shape, Source, Stop, Subject, read, write};
use crate::kinds::osteon::{Osteon, State};
use crate::kinds::testing::given;

pub(super) fn taken(bytes: Vec<u8>, format: ConvertFormat) -> Result<Read, Refusal> {
    let source = Source::file(bytes.into(), "a roof.x".to_owned(), Some(format))?;
    let into = ConvertInto::Commands {
        kind: contracts::Kind::from_static("osteon"),
        title: None,
        sheet: None,
        day_first: None,
        otherwise: None,
        deed: None,
        zone: None,
    };
    read(&source, &into, &Config::default(), &Stop::default())
}

/// The document that takes all parts.
pub(super) fn loaded(read: &Read) -> State {
    let mut now = given::<Osteon>(Vec::new());
    for part in &read.parts {
        let input: Value = serde_json::from_slice(&part.input).expect("JSON");
        let then = now.when(part.name.as_str(), input);
        assert!(then.result.is_ok(), "{:?}", then.result.as_ref().map(|_| ()));
        now = then.given;
    }
    now.state_is_the_fold();
    now.state
}

pub(super) fn subject(state: &State) -> Subject {
    Subject {
        tenant: contracts::Tenant::from_static("main"),
        kind: contracts::Kind::from_static("osteon"),
        id: ActorId::from_static("roof"),
        revision: Revision(3),
        at: Timestamp::from_millis(1_800_000_000_000),
        state: serde_json::to_value(state).expect("a state is JSON"),
        media: BTreeMap::new(),
    }
}

pub(super) fn made(state: &State, format: ConvertFormat) -> Made {
    let (shape, config) = (Shape::of(format), Config::default());
    write(subject(state), &shape, &config, &Stop::default()).expect("written")
}

fn markdown(state: &State) -> String {
    String::from_utf8(made(state, ConvertFormat::Markdown).bytes).expect("UTF-8")
}

const HOW: &str = "Tiles[^1]:\n\n- one\n- two\n\n## Costs\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n\
    [^1]: Red ones.\n";

fn document() -> State {
    let create = json!({ "title": "Roof", "metadata": { "project": "house" } });
    let mut now = given::<Osteon>(Vec::new()).when("create", create).given;
    for (title, text) in [("Why", "It *leaks*[^1].\n\n[^1]: In the north.\n"), ("How", HOW)] {
        let set = json!({ "section": title, "title": title, "text": text });
        now = now.when("set_section", set).given;
    }
    for source in [
        json!({ "title": "Price list", "reference": "https://example.org/prices?a=b" }),
        json!({ "title": "Report", "reference": "p. 3" }),
        json!({ "title": "Hearsay" }),
    ] {
        now = now.when("cite", json!({ "section": "How", "source": source })).given;
    }
    now.state
}

#[test]
fn a_document_goes_out_and_comes_back_with_its_sections_notes_and_sources() {
    let state = document();
    let shown = markdown(&state);
    assert!(shown.contains("In the north") && shown.contains("Red ones"), "{shown}");
    let (formats, _) = Convertible::Osteon.formats();
    for format in formats.iter().copied() {
        let file = made(&state, format);
        assert_eq!(file.bytes, made(&state, format).bytes, "{format:?}: the same bytes");
        assert_eq!(file.filename, format!("Roof.{}", format.ending()));
        let now = loaded(&taken(file.bytes, format).expect("read"));
        if format == ConvertFormat::Text {
            continue;
        }
        assert_eq!(now.title.as_deref(), Some("Roof"), "{format:?}");
        let titles: Vec<_> = now.sections.iter().map(|it| it.title.as_str()).collect();
        assert_eq!(titles, ["Why", "How"], "{format:?}");
        assert_eq!(now.sources, state.sources, "{format:?}");
        assert_eq!(markdown(&now), shown, "{format:?}");
    }
    let pdf = made(&state, ConvertFormat::Pdf);
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    let refused = taken(pdf.bytes, ConvertFormat::Pdf).unwrap_err();
    assert_eq!(refused.code, "file_unsupported");
}

#[test]
fn a_native_file_comes_back_with_the_same_hash() {
    let state = document();
    let file = made(&state, ConvertFormat::Osteon);
    assert_eq!(made(&state, ConvertFormat::Json).bytes, file.bytes);
    let told: Value = serde_json::from_slice(&file.bytes).expect("JSON");
    let valid = jsonschema::validator_for(&Artifact::schema()).expect("a schema");
    let fault = valid.iter_errors(&told).next().map(|it| it.to_string());
    assert_eq!(fault, None);
    let again = loaded(&taken(file.bytes, ConvertFormat::Osteon).expect("read"));
    let back: Value =
        serde_json::from_slice(&made(&again, ConvertFormat::Osteon).bytes).expect("JSON");
    assert_eq!(back["body"], told["body"], "not a byte differs");
    assert_eq!(back["meta"]["content_hash"], told["meta"]["content_hash"]);
    assert_eq!(back["meta"]["project"], "house");
    let mut other = told.clone();
    other["body"]["sections"][0]["text"] = json!("It does not.");
    let mut newer = told;
    newer["format"] = json!(2);
    for odd in [other, newer, json!({ "kind": "osteon" })] {
        let refused = taken(odd.to_string().into_bytes(), ConvertFormat::Osteon);
        assert_eq!(refused.unwrap_err().code, "file_damaged");
    }
}

#[test]
fn long_documents_come_in_parts_and_nothing_is_lost() {
    let long = "long ".repeat(40);
    let paragraph = |n: usize| format!("Paragraph {n} {long}end.\n\n");
    let mut text = String::new();
    for section in 0..120 {
        text.push_str(&format!("# Section {section}\n\n"));
        (0..20).for_each(|n| text.push_str(&paragraph(n)));
    }
    text.push_str("# Endless\n\n");
    (0..600).for_each(|n| text.push_str(&paragraph(n)));
    let read = taken(text.clone().into(), ConvertFormat::Markdown).expect("read");
    assert!(read.parts.len() >= 3, "{} parts", read.parts.len());
    for part in &read.parts {
        let load: Value = serde_json::from_slice(&part.input).expect("JSON");
        let sections = load["sections"].as_array().map_or(0, Vec::len);
        assert!(sections <= LOAD_SECTIONS_MAX && part.input.len() < 2 * LOAD_BYTES_MAX);
    }
    let state = loaded(&read);
    assert_eq!(state.title.as_deref(), Some("a roof"), "as the file is called");
    assert_eq!(state.sections[120].title, "Endless");
    assert_eq!(state.sections[121].title, "Endless (2)");
    let words = |text: &str| text.split_whitespace().filter(|it| *it == "end.").count();
    let kept: usize = state.sections.iter().map(|it| words(&it.text)).sum();
    assert_eq!(kept, words(&text));
    let endless = format!("# One\n\n{}", "x".repeat(70_000));
    let refused = taken(endless.into(), ConvertFormat::Markdown);
    assert_eq!(refused.unwrap_err().code, "file_too_large");
}

#[test]
fn headings_of_any_level_become_sections_and_pictures_are_told() {
    let text =
        "before\n\n## One\n\n### Deeper\n\nx ![a roof](https://example.org/a.png)\n\n## Two\n";
    let state = loaded(&taken(text.into(), ConvertFormat::Markdown).expect("read"));
    let titles: Vec<_> = state.sections.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["a roof", "One", "Two"]);
    assert!(state.sections[1].text.starts_with("## Deeper"), "{}", state.sections[1].text);
    let again = loaded(&taken(markdown(&state).into(), ConvertFormat::Markdown).expect("read"));
    assert_eq!(markdown(&again), markdown(&state));
    let html = "<script>alert(1)</script><h1>A</h1><p onclick=x()>b</p>";
    let read = taken(html.into(), ConvertFormat::Html).expect("read");
    assert!(read.losses.iter().any(|it| it.what == "scripts"), "{:?}", read.losses);
}

#[test]
fn files_that_nobody_wants_end_as_codes() {
    let code = |result: Result<Read, Refusal>| result.unwrap_err().code.to_string();
    assert_eq!(code(taken(b"PK no archive".to_vec(), ConvertFormat::Docx)), "file_damaged");
    assert_eq!(code(taken(vec![0xff, 0xfe, 0], ConvertFormat::Markdown)), "file_damaged");
    assert_eq!(code(taken(Vec::new(), ConvertFormat::Html)), "file_empty");
    assert_eq!(code(taken(b"a,b\n".to_vec(), ConvertFormat::Csv)), "file_unsupported");
    let xml = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a/>";
    let docx = {
        use std::io::Write as _;
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in ["[Content_Types].xml", "_rels/.rels", "word/document.xml"] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("begun");
            zip.write_all(xml.as_bytes()).expect("written");
        }
        zip.finish().expect("an archive").into_inner()
    };
    assert_eq!(code(taken(docx, ConvertFormat::Docx)), "file_hostile");
}

#[test]
fn a_long_table_goes_on_with_its_head_and_a_long_paragraph_says_where_it_is() {
    let mut text = "# Roof\n\n| tile | price |\n| --- | --: |\n".to_owned();
    (0..5_000).for_each(|n| text.push_str(&format!("| row {n} of tiles | {n} |\n")));
    let read = taken(text.into(), ConvertFormat::Markdown).expect("read");
    assert!(read.losses.iter().any(|it| it.what == "divided"), "{:?}", read.losses);
    let state = loaded(&read);
    assert!(state.sections.len() > 1);
    for section in &state.sections {
        assert!(section.text.starts_with("| tile | price |\n| --- | --: |\n| row "));
    }
    let rows: usize = state.sections.iter().map(|it| it.text.matches("| row ").count()).sum();
    assert_eq!(rows, 5_000);
    let endless = format!("# One\n\nx\n\n# Two\n\nAn endless {}", "x".repeat(70_000));
    let refused = taken(endless.into(), ConvertFormat::Markdown).unwrap_err();
    assert_eq!(refused.code, "file_too_large");
    for said in ["\"Two\"", "\"An endless x", "70011 bytes", "65536"] {
        assert!(refused.message.contains(said), "{said}: {}", refused.message);
    }
}

#[test]
fn what_a_title_does_not_hold_is_told() {
    let long = "Long heading ".repeat(30);
    let text = format!(
        "# {long}\n\nx\n\n# A [link](https://x.example) and `code`[^1]\n\ny\n\n[^1]: A note.\n"
    );
    let read = taken(text.into(), ConvertFormat::Markdown).expect("read");
    let told: Vec<_> = read.losses.iter().map(|it| (it.what.as_str(), it.place.as_str())).collect();
    let place = "A link and code";
    for what in ["title_links", "title_looks", "title_notes"] {
        assert!(told.contains(&(what, place)), "{what}: {told:?}");
    }
    assert!(told.iter().any(|(what, place)| *what == "titles" && long.starts_with(place)));
}

#[test]
fn pictures_that_do_not_come_along_leave_their_words() {
    let page = "<h1>A</h1><p>See <img alt=\"a dot\" \
        src=\"data:image/svg+xml;base64,PHN2Zy8+\">.</p>";
    let texts = [
        (page, ConvertFormat::Html),
        ("# A\n\nSee ![a dot](data:image/png;base64,iVBORw0KGgo=).\n", ConvertFormat::Markdown),
    ];
    for (text, format) in texts {
        let read = taken(text.into(), format).expect("read");
        let told: Vec<_> = read.losses.iter().filter(|it| it.what == "pictures").collect();
        assert_eq!(told.len(), 1, "{format:?}: {:?}", read.losses);
        assert_eq!((told[0].place.as_str(), told[0].count), ("a dot", 1));
        assert_eq!(loaded(&read).sections[0].text.trim_end(), "See a dot.");
    }
}

#[test]
fn what_has_no_name_is_called_as_the_actor() {
    let into = |otherwise: Option<&str>| ConvertInto::Commands {
        kind: contracts::Kind::from_static("osteon"),
        title: None,
        sheet: None,
        day_first: None,
        otherwise: otherwise.map(str::to_owned),
        deed: None,
        zone: None,
    };
    let source = Source::text("It leaks.\n", ConvertFormat::Markdown);
    let whole = read(&source, &into(Some("roof")), &Config::default(), &Stop::default());
    let state = loaded(&whole.expect("read"));
    assert_eq!(state.title.as_deref(), Some("roof"));
    assert_eq!(state.sections[0].title, "roof");
}

#[test]
fn a_document_of_five_hundred_pages_goes_out_and_comes_in() {
    let words = "Water comes in where the tiles are old. ".repeat(55);
    let words = words.trim_end();
    let section = |number: usize| {
        let text = format!("{words}\n\n| tile | price |\n| --- | --: |\n| {number} | 4 |\n");
        json!({ "id": format!("s{number}"), "title": format!("Part {number}"), "text": text })
    };
    let mut now = given::<Osteon>(Vec::new()).when("create", json!({ "title": "Roof" })).given;
    let all: Vec<_> = (0..500).map(section).collect();
    for part in all.chunks(LOAD_SECTIONS_MAX) {
        now = now.when("load", json!({ "sections": part })).given;
    }
    let state = now.state;
    for format in [ConvertFormat::Docx, ConvertFormat::Html, ConvertFormat::Markdown] {
        let file = made(&state, format);
        assert_eq!(file.losses, [], "{format:?}");
        let back = loaded(&taken(file.bytes, format).expect("read"));
        assert_eq!(back.sections.len(), 500, "{format:?}");
        for (one, other) in state.sections.iter().zip(&back.sections) {
            assert_eq!((&one.title, one.text.trim()), (&other.title, other.text.trim()));
        }
    }
}
