use std::collections::BTreeMap;

use bytes::Bytes;
use contracts::effect::{ConvertFormat, ConvertInto};
use contracts::kinds::chaperone::Convertible;
use contracts::{ActorId, Hash, Refusal, Revision, Timestamp};
use serde_json::{Value, json};

use super::super::{Config, Made, Read, Shape, Source, Stop, Subject, read, write};
use crate::kinds::synapse::{State, Synapse};
use crate::kinds::testing::given;

const GREY: &[u8] = include_bytes!("../../kinds/synapse/grey.png");

fn taken(bytes: Vec<u8>, format: ConvertFormat) -> Result<Read, Refusal> {
    let source = Source::file(bytes.into(), "a roof.x".to_owned(), Some(format))?;
    let kind = contracts::Kind::from_static("synapse");
    let into = ConvertInto::Commands {
        kind,
        title: None,
        sheet: None,
        day_first: None,
        otherwise: None,
        deed: None,
        zone: None,
    };
    read(&source, &into, &Config::default(), &Stop::default())
}

/// The deck that takes all parts.
fn loaded(read: &Read) -> State {
    let mut now = given::<Synapse>(Vec::new());
    for part in &read.parts {
        let input: Value = serde_json::from_slice(&part.input).expect("JSON");
        let then = now.when(part.name.as_str(), input);
        assert!(then.result.is_ok(), "{:?}", then.result.as_ref().map(|_| ()));
        now = then.given;
    }
    now.state_is_the_fold();
    now.state
}

fn made(state: &State, format: ConvertFormat, slide: Option<&str>) -> Result<Made, Refusal> {
    let mut subject = Subject {
        tenant: contracts::Tenant::from_static("main"),
        kind: contracts::Kind::from_static("synapse"),
        id: ActorId::from_static("roof"),
        revision: Revision(3),
        at: Timestamp::from_millis(1_800_000_000_000),
        state: serde_json::to_value(state).expect("a state is JSON"),
        media: BTreeMap::new(),
    };
    for hash in subject.refers_to() {
        assert_eq!(hash, Hash::of(GREY));
        subject.media.insert(hash, Bytes::from_static(GREY));
    }
    let shape = Shape { part: slide.map(str::to_owned), ..Shape::of(format) };
    write(subject, &shape, &Config::default(), &Stop::default())
}

fn deck() -> State {
    let picture = json!({ "source": format!("blob:{}", Hash::of(GREY)), "alt": "A dot" });
    let chart = json!({ "sort": "bar", "categories": ["a", "b"], "alt": "Bars",
        "series": [{ "name": "s", "values": [0.1, 2.5] }] });
    let mut now = given::<Synapse>(Vec::new());
    for (command, input) in [
        ("create", json!({ "title": "Roof", "theme": "ocean" })),
        (
            "slide_add",
            json!({ "slide": "why", "title": "Why", "text": "- It *leaks*",
            "notes": "Say it." }),
        ),
        (
            "slide_add",
            json!({ "slide": "seen", "layout": "picture", "title": "Seen",
            "parts": [{ "picture": picture }] }),
        ),
        (
            "slide_add",
            json!({ "slide": "bars", "layout": "chart", "title": "Bars",
            "parts": [{ "chart": chart }] }),
        ),
    ] {
        let then = now.when(command, input);
        then.decided();
        now = then.given;
    }
    now.state
}

#[test]
fn a_deck_goes_out_and_comes_back() {
    let state = deck();
    for format in [ConvertFormat::Synslide, ConvertFormat::Pptx] {
        let file = made(&state, format, None).expect("written");
        assert_eq!(file.bytes, made(&state, format, None).expect("again").bytes);
        assert_eq!(file.filename, format!("Roof.{}", format.ending()));
        assert!(file.losses.is_empty(), "{:?}", file.losses);
        let read = taken(file.bytes, format).expect("read");
        assert_eq!(read.media, [GREY.to_vec()]);
        assert!(read.losses.is_empty(), "{:?}", read.losses);
        let back = loaded(&read);
        assert_eq!(back.frame.title.as_deref(), Some("Roof"));
        assert_eq!(back.deck().slides, state.deck().slides, "{format:?}");
        if format == ConvertFormat::Synslide {
            assert_eq!(back.deck(), state.deck());
            let again = made(&back, format, None).expect("written");
            let first = made(&state, format, None).expect("written");
            assert_eq!(again.bytes, first.bytes, "what comes in is what went out");
        }
    }
}

#[test]
fn a_deck_is_written_in_each_of_its_formats() {
    let state = deck();
    let (_, formats) = Convertible::Synapse.formats();
    for format in formats {
        let file = made(&state, *format, None).expect("written");
        assert!(file.filename.ends_with(format.ending()) && !file.bytes.is_empty());
    }
    let svg = made(&state, ConvertFormat::Svg, Some("seen")).expect("written");
    assert_eq!(svg.filename, "Roof 2.svg");
    let text = String::from_utf8(svg.bytes).expect("a text");
    assert!(text.contains("data:image/png;base64,"), "the picture is in it");
    let none = made(&state, ConvertFormat::Svg, Some("none")).expect_err("no slide");
    assert_eq!(none.code, "slide_not_found");
    let odd = made(&state, ConvertFormat::Xlsx, None).expect_err("no format of decks");
    assert_eq!(odd.code, "file_unsupported");
}

#[test]
fn a_large_deck_comes_in_parts() {
    let mut now = given::<Synapse>(Vec::new()).when("create", json!({})).given;
    let text = "word ".repeat(3_500);
    for _ in 0..70 {
        now = now.when("slide_add", json!({ "text": text })).given;
    }
    let file = made(&now.state, ConvertFormat::Synslide, None).expect("written");
    let read = taken(file.bytes, ConvertFormat::Synslide).expect("read");
    assert!(read.parts.len() > 2, "{}", read.parts.len());
    let back = loaded(&read);
    assert_eq!(back.deck(), now.state.deck(), "without a title, too");
}

#[test]
fn what_is_no_deck_is_not_taken() {
    let whole = made(&deck(), ConvertFormat::Pptx, None).expect("written").bytes;
    for (bytes, format, code) in [
        (b"no zip".to_vec(), ConvertFormat::Pptx, "file_damaged"),
        (whole[..whole.len() / 2].to_vec(), ConvertFormat::Pptx, "file_damaged"),
        (b"{}".to_vec(), ConvertFormat::Synslide, "file_damaged"),
        (b"a,b".to_vec(), ConvertFormat::Csv, "file_unsupported"),
        (Vec::new(), ConvertFormat::Pptx, "file_empty"),
    ] {
        let refused = taken(bytes, format).expect_err("refused");
        assert_eq!(refused.code, code, "{refused}");
    }
}

#[test]
fn a_deck_without_a_title_is_called_as_the_actor() {
    let create = json!({ "theme": "ocean" });
    let untitled = given::<Synapse>(Vec::new()).when("create", create).given;
    let slide = json!({ "layout": "title", "title": "Roof" });
    let untitled = untitled.when("slide_add", slide).given.state;
    let file = made(&untitled, ConvertFormat::Pptx, None).expect("written").bytes;
    let into = |otherwise: Option<&str>| ConvertInto::Commands {
        kind: contracts::Kind::from_static("synapse"),
        title: None,
        sheet: None,
        day_first: None,
        otherwise: otherwise.map(str::to_owned),
        deed: None,
        zone: None,
    };
    let source = Source::file(file.into(), "content.pptx".to_owned(), None).expect("a source");
    for (otherwise, title) in [(Some("talk"), "talk"), (None, "content")] {
        let read = read(&source, &into(otherwise), &Config::default(), &Stop::default());
        assert_eq!(loaded(&read.expect("read")).frame.title.as_deref(), Some(title));
    }
}
