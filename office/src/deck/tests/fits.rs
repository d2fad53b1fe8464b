use super::{
    Area, ChartSort, Content, Deck, Finding, Flaw, Format, Part, Picture, Run, Table, Theme, all,
    at, chart, check, file, said, slide,
};

fn deck(layout: &str, parts: Vec<Part>) -> Deck {
    let mut deck = Deck::new(None, Theme::default());
    deck.slides = vec![slide("one", layout, parts)];
    deck
}

fn flaws(deck: &Deck) -> Vec<(Option<usize>, Flaw)> {
    check(deck).into_iter().map(|Finding { part, flaw, .. }| (part, flaw)).collect()
}

/// The first slide of a deck as it stands in a `.pptx`.
fn written(deck: &Deck) -> String {
    let (bytes, _) = file(Format::Pptx, deck);
    let mut package = crate::package::Package::open(&bytes, crate::package::Bounds::default());
    let part = package.as_mut().expect("a package").part("ppt/slides/slide1.xml");
    part.expect("read").expect("a slide")
}

fn lines(count: usize) -> Content {
    said(&"Water comes in.\n".repeat(count))
}

#[test]
fn a_deck_that_fits_has_no_flaw() {
    assert_eq!(check(&all()), []);
}

#[test]
fn a_text_becomes_smaller_and_then_overflows() {
    let with = |count| deck("title_and_content", vec![at(0, said("Roof")), at(1, lines(count))]);
    assert_eq!(flaws(&with(8)), []);
    let shrunk = with(14);
    let [(Some(1), Flaw::Shrunk { percent })] = flaws(&shrunk)[..] else {
        panic!("{:?}", flaws(&shrunk));
    };
    assert!((60..100).contains(&percent), "{percent}");
    let text = written(&shrunk);
    assert!(text.contains(&format!("fontScale=\"{}\"", percent * 1_000)), "{text}");
    // Twice as many lines are more than twice as much too high.
    let over = |count| match flaws(&with(count))[..] {
        [(Some(1), Flaw::Overflows { points })] => points,
        ref other => panic!("{other:?}"),
    };
    assert!(over(60) > 2.0 * over(30) && over(30) > 0.0, "{} {}", over(30), over(60));
}

#[test]
fn letters_are_as_wide_as_they_are() {
    let wide = |letter: &str| {
        deck("title_and_content", vec![at(0, said("Roof")), at(1, said(&letter.repeat(90)))])
    };
    // Ninety narrow letters are a line, ninety wide ones are none.
    assert_eq!(flaws(&wide("i")), []);
    let found = flaws(&wide("W"));
    assert!(found.contains(&(Some(1), Flaw::Divided { words: 1 })), "{found:?}");
}

#[test]
fn what_is_missing_is_told() {
    let bare = Content::Picture(Picture { source: "blob:none".to_owned(), alt: String::new() });
    let found = flaws(&deck("picture", vec![at(1, bare)]));
    let undrawn = Flaw::Undrawn { reason: "blob:none".to_owned() };
    assert_eq!(found, [(None, Flaw::Untitled), (Some(0), undrawn)]);
    let Content::Chart(mut told) = chart(ChartSort::Bar) else { panic!("a chart") };
    told.alt.clear();
    let found = flaws(&deck("chart", vec![at(0, said(" ")), at(1, Content::Chart(told.clone()))]));
    assert_eq!(found, [(None, Flaw::Untitled), (Some(1), Flaw::Wordless)]);
    told.series.clear();
    let found = flaws(&deck("chart", vec![at(0, said("x")), at(1, Content::Chart(told))]));
    assert!(matches!(&found[..], [(Some(1), Flaw::Undrawn { .. })]), "{found:?}");
    assert_eq!(flaws(&deck("blank", Vec::new())), [(None, Flaw::Empty)]);
    let outside = Area::points(900, 480, 100, 40);
    let part = Part { place: None, area: Some(outside), content: said("x") };
    assert_eq!(flaws(&deck("blank", vec![part])), [(Some(0), Flaw::Outside)]);
    let found = flaws(&deck(
        "blank",
        vec![Part {
            place: None, area: Some(Area::points(0, 0, 200, 50)), content: said("a 👍")
        }],
    ));
    assert_eq!(found, [(None, Flaw::Letters { count: 1 })]);
}

#[test]
fn columns_of_numbers_end_below_each_other() {
    let row = |cells: [&str; 4]| cells.map(|text| vec![Run::plain(text)]).to_vec();
    let head = row(["Item", "Euros", "When", "Share"]);
    let rows = vec![row(["Tiles", "-1,420.50", "4 May", "58.2%"]), row(["7", "", "2027", "+ 3 €"])];
    let table = Content::Table(Table { head, rows, alt: String::new() });
    let text = written(&deck("table", vec![at(0, said("Roof")), at(1, table)]));
    let cells: Vec<&str> = text.split("<a:tc>").skip(1).collect();
    let ends: Vec<bool> = cells.iter().map(|cell| cell.contains("algn=\"r\"")).collect();
    assert_eq!(ends, [false, true, false, true].repeat(3), "{text}");
}

#[test]
fn tables_become_smaller_and_then_overflow() {
    let with = |rows: usize| {
        let cell = |text: &str| vec![Run::plain(text)];
        let row = || vec![cell("Tiles"), cell("420.5")];
        let rows = (0..rows).map(|_| row()).collect();
        let table = Table { head: row(), rows, alt: String::new() };
        deck("table", vec![at(0, said("Roof")), at(1, Content::Table(table))])
    };
    assert_eq!(flaws(&with(10)), []);
    assert!(matches!(flaws(&with(40))[..], [(Some(1), Flaw::Overflows { .. })]));
}
