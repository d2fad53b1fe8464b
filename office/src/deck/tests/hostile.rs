use super::{
    Area, Content, Deck, Diagram, Edge, Error, Format, Limits, Paragraph, Part, Run, Table, Theme,
    all, at, file, meta, opened, read, said, slide, write,
};
use crate::package::{Bounds, Builder, Hostile, Package};

/// The parts of a file of ours, one of them changed.
fn changed(name: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let (bytes, _) = file(Format::Pptx, &all());
    let mut package = Package::open(&bytes, Bounds::default()).expect("a package");
    let mut archive = Builder::default();
    for part in package.names() {
        let bytes = package.bytes(&part).expect("read").expect("a part");
        let bytes = if part == name {
            change(&String::from_utf8(bytes).expect("UTF-8")).into_bytes()
        } else {
            bytes
        };
        archive.part(&part, &bytes).expect("added");
    }
    archive.done().expect("a package")
}

fn refused(bytes: &[u8], limits: &Limits) -> Error {
    read(Format::Pptx, bytes, limits).expect_err("refused")
}

const SLIDE: &str = "ppt/slides/slide1.xml";

#[test]
fn hostile_files_are_refused() {
    let limits = Limits::default();
    assert!(matches!(refused(b"no file", &limits), Error::Refused(Hostile::Broken(_))));
    let entities = "<!DOCTYPE p [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    let declares = changed(SLIDE, |text| text.replacen("<p:sld", &format!("{entities}<p:sld"), 1));
    assert_eq!(refused(&declares, &limits), Error::Refused(Hostile::Declares));
    let deep = changed(SLIDE, |text| {
        let (open, close) = ("<p:grpSp>".repeat(500), "</p:grpSp>".repeat(500));
        text.replace("</p:spTree>", &format!("{open}{close}</p:spTree>"))
    });
    assert!(matches!(refused(&deep, &limits), Error::Refused(Hostile::TooDeep(_))));
    let bomb = changed(SLIDE, |text| text.to_owned() + &" ".repeat(9 * 1024 * 1024));
    assert!(bomb.len() < 1024 * 1024, "it is small as a file");
    assert!(matches!(refused(&bomb, &limits), Error::Refused(Hostile::TooLarge(_))));
    let broken = changed(SLIDE, |text| text.replacen("<p:cSld", "<p:cSld <", 1));
    assert!(matches!(refused(&broken, &limits), Error::Refused(Hostile::Broken(_))));
}

#[test]
fn limits_have_names() {
    let (bytes, _) = file(Format::Pptx, &all());
    let few = |limits: Limits| refused(&bytes, &limits);
    let whole = Limits::default();
    assert_eq!(few(Limits { bytes_max: 10, ..whole }), Error::TooLarge(10));
    assert_eq!(few(Limits { slides_max: 3, ..whole }), Error::TooMany("slides", 3));
    assert_eq!(few(Limits { layouts_max: 3, ..whole }), Error::TooMany("layouts", 3));
    assert_eq!(few(Limits { parts_max: 1, ..whole }), Error::TooMany("parts on a slide", 1));
    assert_eq!(few(Limits { cells_max: 2, ..whole }), Error::TooMany("cells", 2));
    assert_eq!(few(Limits { nodes_max: 1, ..whole }), Error::TooMany("boxes", 1));
    let few = Limits { media_bytes_max: 1, ..whole };
    let (deck, losses) = read(Format::Pptx, &bytes, &few).expect("read");
    assert!(deck.media.is_empty() && losses.count("pictures") == 1, "{losses:?}");
}

#[test]
fn what_is_lost_is_named() {
    let bytes = changed(SLIDE, |text| {
        let arrow = "<p:cxnSp><p:nvCxnSpPr><p:cNvPr id=\"90\" name=\"a\"/><p:cNvCxnSpPr/><p:nvPr/>\
                     </p:nvCxnSpPr><p:spPr/></p:cxnSp>";
        let text = text.replace("</p:spTree>", &format!("{arrow}</p:spTree>"));
        text.replace("</p:sld>", "<p:transition/><p:timing/></p:sld>")
    });
    let (deck, losses) = opened(Format::Pptx, &bytes);
    let lost: Vec<_> = losses.list().into_iter().map(|it| (it.what, it.place)).collect();
    let named = ["animations", "arrows", "transitions"].map(|what| (what, "start".to_owned()));
    assert_eq!(lost, named);
    assert_eq!(deck, all());
}

#[test]
fn what_no_deck_can_say_is_refused() {
    let tried = |layout: &str, parts: Vec<Part>| {
        let mut deck = Deck::new(None, Theme::default());
        deck.slides = vec![slide("one", layout, parts)];
        write(Format::Pptx, &deck, &meta(), &Limits::default()).expect_err("refused").to_string()
    };
    assert!(tried("none", Vec::new()).contains("there is no layout \"none\""));
    assert!(tried("blank", vec![at(1, said("x"))]).contains("blank has no place 1"));
    let twice = vec![at(0, said("x")), at(0, said("y"))];
    assert!(tried("title", twice).contains("two parts stand in place 0"));
    let nowhere = Part { place: None, area: None, content: said("x") };
    assert!(tried("blank", vec![nowhere]).contains("a place or an area"));
    let far = Part { place: None, area: Some(Area::points(0, 0, -1, 1)), content: said("x") };
    assert!(tried("blank", vec![far]).contains("an area is on a slide"));
    let deep = Paragraph { level: 9, ..Paragraph::plain("x") };
    assert!(tried("title", vec![at(0, Content::Text(vec![deep]))]).contains("8 deep"));
    let uneven =
        Table { head: vec![vec![Run::plain("x")]], rows: vec![Vec::new()], ..Table::default() };
    assert!(tried("table", vec![at(1, Content::Table(uneven))]).contains("as many cells"));
    let edges = vec![Edge { from: "a".to_owned(), to: "b".to_owned() }];
    let loose = Content::Diagram(Diagram { edges, ..Diagram::default() });
    assert!(tried("chart", vec![at(1, loose)]).contains("no arrow leads"));
}
