use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use contracts::effect::ConvertFormat;
use contracts::kinds::osteon::limits::PICTURE_BYTES_MAX;
use contracts::{ActorId, Hash, Revision, Timestamp};

use super::super::{Config, Made, Read, Shape, Stop, Subject, write};
use super::documents::{loaded, taken};
use crate::kinds::osteon::State;

/// A dot, as PNG in base64.
const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU\
    5ErkJggg==";

fn dot() -> Vec<u8> {
    STANDARD.decode(DOT).expect("base64")
}

fn blobs(media: &[Vec<u8>]) -> BTreeMap<Hash, Bytes> {
    media.iter().map(|bytes| (Hash::of(bytes), bytes.clone().into())).collect()
}

fn made(state: &State, format: ConvertFormat, media: BTreeMap<Hash, Bytes>) -> Made {
    let subject = Subject {
        tenant: contracts::Tenant::from_static("main"),
        kind: contracts::Kind::from_static("osteon"),
        id: ActorId::from_static("roof"),
        revision: Revision(3),
        at: Timestamp::from_millis(1_800_000_000_000),
        state: serde_json::to_value(state).expect("a state is JSON"),
        media,
    };
    write(subject, &Shape::of(format), &Config::default(), &Stop::default()).expect("written")
}

fn page(pictures: &str) -> Read {
    let page = format!("<h1>A</h1><p>See {pictures}.</p>");
    taken(page.into_bytes(), ConvertFormat::Html).expect("read")
}

fn lost(made: &Made) -> Vec<(&str, &str)> {
    made.losses.iter().map(|loss| (loss.what.as_str(), loss.place.as_str())).collect()
}

#[test]
fn pictures_of_a_file_go_to_the_blobs_and_out_again() {
    let read = page(&format!("<img alt=\"a [dot]\" src=\"data:image/png;base64,{DOT}\">"));
    assert_eq!(
        (read.media.as_slice(), read.losses.as_slice()),
        ([dot()].as_slice(), [].as_slice())
    );
    let state = loaded(&read);
    let source = format!("blob:{}", Hash::of(&dot()));
    let text = format!("See ![a \\[dot\\]]({source}).");
    assert_eq!(state.sections[0].text.trim_end(), text);
    let media = blobs(&read.media);
    for format in [ConvertFormat::Docx, ConvertFormat::Html] {
        let made = made(&state, format, media.clone());
        assert_eq!(lost(&made), [], "{format:?}");
        let again = taken(made.bytes, format).expect("read");
        assert_eq!(again.media, [dot()], "{format:?}: the bytes are in the file");
        assert_eq!(loaded(&again).sections[0].text.trim_end(), text, "{format:?}");
    }
    let shown = made(&state, ConvertFormat::Pdf, media.clone());
    assert_eq!(lost(&shown), []);
    assert_ne!(shown.bytes, made(&state, ConvertFormat::Pdf, BTreeMap::new()).bytes);
    for format in [ConvertFormat::Docx, ConvertFormat::Html, ConvertFormat::Pdf] {
        let made = made(&state, format, BTreeMap::new());
        assert_eq!(lost(&made), [("pictures", source.as_str())], "{format:?}: it is gone");
    }
    for format in [ConvertFormat::Markdown, ConvertFormat::Osteon, ConvertFormat::Text] {
        let made = made(&state, format, media.clone());
        assert_eq!(made.losses.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["pictures"]);
        let again = taken(made.bytes, format).expect("read");
        assert_eq!(again.media, [[0_u8; 0]; 0], "{format:?}");
    }
}

#[test]
fn a_text_may_hold_a_picture_itself() {
    let text = format!("# A\n\nSee ![dot](data:image/png;base64,{DOT}) and <b>.\n");
    let read = taken(text.into_bytes(), ConvertFormat::Markdown).expect("read");
    assert_eq!(read.media, [dot()]);
    assert!(loaded(&read).sections[0].text.contains("![dot](blob:"));
}

#[test]
fn hostile_pictures_are_left_out_and_told() {
    let mut vast = dot();
    // It says that it is 20,000 pixels wide and as high: 1.6 GB where somebody draws it.
    vast[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    let mut heavy = dot();
    heavy.resize(PICTURE_BYTES_MAX + 1, 0);
    for (bytes, sort) in [
        (b"<svg onload='alert(1)'/>".to_vec(), "image/svg+xml"),
        (b"MZ no picture at all, whatever it says".to_vec(), "image/png"),
        (vast, "image/png"),
        (heavy, "image/png"),
    ] {
        let data = STANDARD.encode(&bytes);
        let read = page(&format!("<img alt=\"x\" src=\"data:{sort};base64,{data}\">"));
        assert_eq!(read.media.len(), 0);
        let told: Vec<_> = read.losses.iter().map(|it| (it.what.as_str(), it.count)).collect();
        assert_eq!(told, [("pictures", 1)], "{sort} of {} bytes", bytes.len());
        let state = loaded(&read);
        assert_eq!(state.sections[0].text.trim_end(), "See x.");
        // Nor is one drawn that somebody put into the blobs and named.
        let mut state = state;
        let section = std::sync::Arc::make_mut(&mut state.sections[0]);
        section.text = format!("![x](blob:{})", Hash::of(&bytes));
        for format in [ConvertFormat::Docx, ConvertFormat::Html, ConvertFormat::Pdf] {
            let made = made(&state, format, blobs(std::slice::from_ref(&bytes)));
            assert_eq!(lost(&made).len(), 1, "{format:?}");
        }
    }
}
