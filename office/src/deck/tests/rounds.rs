use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    Chart, ChartSort, Content, Deck, Error, Format, Limits, Paragraph, Run, Series, Sign, Theme,
    all, at, file, opened, read, slide,
};

#[test]
fn a_pptx_says_all_again() {
    let deck = all();
    let (bytes, losses) = file(Format::Pptx, &deck);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(bytes, file(Format::Pptx, &deck).0, "the same deck is the same file");
    let (again, losses) = opened(Format::Pptx, &bytes);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(again.master, deck.master);
    assert_eq!(again.layouts, deck.layouts);
    for (one, other) in again.slides.iter().zip(&deck.slides) {
        assert_eq!(one, other);
    }
    assert_eq!(again, deck);
}

#[test]
fn themes_survive() {
    for name in super::super::THEMES {
        let mut deck = all();
        deck.theme = Theme::named(name).expect("a theme");
        deck.theme.heading_font = "Georgia".to_owned();
        deck.slides[0].hidden = true;
        assert_eq!(opened(Format::Pptx, &file(Format::Pptx, &deck).0).0, deck);
    }
    assert_eq!(Theme::named("none"), None);
}

#[test]
fn a_synslide_is_what_went_out() {
    let deck = all();
    let (bytes, losses) = file(Format::Synslide, &deck);
    assert!(losses.is_empty(), "{losses:?}");
    assert_eq!(opened(Format::Synslide, &bytes).0, deck);
    let text = String::from_utf8(bytes).expect("JSON");
    let refused = |text: &str| {
        read(Format::Synslide, text.as_bytes(), &Limits::default()).expect_err("refused")
    };
    let other = text.replace("What it costs", "What it cost");
    assert!(matches!(refused(&other), Error::Damaged(_)), "another content");
    let newer = text.replace("\"format\":1", "\"format\":2");
    assert!(matches!(refused(&newer), Error::Damaged(reason) if reason.contains("version 2")));
    let more = text.replace("\"format\":1", "\"format\":1,\"more\":1");
    assert!(matches!(refused(&more), Error::Damaged(_)), "what nobody knows");
    let picture = text.replace("iVBOR", "iVBOS");
    assert!(matches!(refused(&picture), Error::Damaged(_)), "another picture");
}

#[test]
fn the_published_schema_is_that_of_the_file() {
    let published = include_str!("../../../../docs/schemas/synslide.schema.json");
    let schema = serde_json::to_string_pretty(&super::super::schema()).expect("JSON");
    assert!(published == format!("{schema}\n"), "docs/schemas/synslide.schema.json is another");
}

#[test]
fn numbers_that_readers_round_stand_as_texts() {
    let json = |numbers: &[f64]| {
        let values = numbers.iter().copied().map(Some).chain([None]).collect();
        serde_json::to_string(&Series { values, ..Series::default() }).expect("JSON")
    };
    let long = json(&[0.5, 420.5, 1e20, 0.119_031_141_578_649_55, 1e99]);
    assert_eq!(long, "{\"values\":[0.5,420.5,1e+20,\"1.1903114157864955e-1\",\"1e99\",null]}");
    let said = serde_json::from_str::<Series>("{\"values\":[\"water\"]}");
    assert!(said.is_err_and(|error| error.to_string().contains("a text is no number")));
}

fn run() -> impl Strategy<Value = Run> {
    let text = "[a-zA-Z0-9 <>&\"'\u{e9}\u{5d0}\u{1f469}]{1,12}(\n[a-z]{1,3})?";
    (text, any::<[bool; 5]>()).prop_map(|(text, [bold, italic, underlined, struck, code])| Run {
        text,
        bold,
        italic,
        underlined,
        struck,
        code,
        ..Run::default()
    })
}

fn paragraph() -> impl Strategy<Value = Paragraph> {
    let sign =
        prop_oneof![Just(Sign::Own), Just(Sign::Bare), Just(Sign::Bullet), Just(Sign::Number)];
    (0_u8..9, sign, vec(run(), 1..4)).prop_map(|(level, sign, mut words)| {
        words.dedup_by(|later, earlier| later.looks_as(earlier));
        Paragraph { level, sign, words }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn texts_and_numbers_survive_both_files(
        words in vec(paragraph(), 1..5),
        notes in vec(paragraph(), 1..3),
        values in vec(proptest::option::of(-1e99_f64..1e99), 1..5),
        small in -1.0_f64..1.0,
    ) {
        let mut deck = Deck::new(None, Theme::default());
        let mut values = values;
        values.push(Some(small));
        let series = vec![Series { values, ..Series::default() }];
        let (title, alt) = (String::new(), String::new());
        let chart = Chart { sort: ChartSort::Line, title, categories: Vec::new(), series, alt };
        let parts = vec![at(1, Content::Text(words)), at(2, Content::Chart(chart))];
        deck.slides = vec![slide("one", "two_columns", parts)];
        deck.slides[0].notes = notes;
        for format in [Format::Pptx, Format::Synslide] {
            let (bytes, losses) = file(format, &deck);
            assert!(losses.is_empty(), "{losses:?}");
            assert_eq!(&opened(format, &bytes).0, &deck, "{format:?}");
        }
    }
}
