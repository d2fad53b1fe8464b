use super::{NOON, book, fresh};
use crate::calc::cycles;

fn named(sheets: &[(&str, &[(&str, &str)])]) -> Vec<String> {
    let now = book(sheets);
    let calculator = fresh(&now, NOON);
    let told = cycles(&calculator, &now, 10).into_iter();
    let words = told.map(|cycle| {
        let cells = cycle.iter().map(|(sheet, place)| format!("{sheet}!{place}"));
        cells.collect::<Vec<_>>().join(" ")
    });
    words.collect()
}

#[test]
fn cells_that_wait_for_each_other_are_named() {
    let none: [String; 0] = [];
    assert_eq!(named(&[("One", &[("A1", "=B1"), ("B1", "1")])]), none);
    assert_eq!(named(&[("One", &[("A1", "=A1+1")])]), ["s1!A1"]);
    let across = named(&[
        ("One", &[("A1", "=Two!B2+1"), ("C1", "=A1"), ("D1", "5")]),
        ("Two", &[("B2", "=SUM(One!A1:A9)")]),
    ]);
    assert_eq!(across, ["s1!A1 s2!B2"]);
    let two =
        named(&[("One", &[("A1", "=B1"), ("B1", "=A1"), ("A5", "=SUM(A4:A6)"), ("Z1", "=B1")])]);
    assert_eq!(two, ["s1!A1 s1!B1", "s1!A5"]);
}

#[test]
fn names_lead_to_cycles_too() {
    let mut now =
        book(&[("One", &[("A1", "=MAX(Prices)"), ("B1", "=SUM(Others)"), ("C1", "=B1")])]);
    let names = [("Prices", "One!$A$1:$A$3"), ("Others", "One!$C$1:$C$2")];
    let names = names.map(|(name, area)| (name.to_owned(), area.to_owned()));
    now.names = std::sync::Arc::new(names.into_iter().collect());
    let calculator = fresh(&now, NOON);
    let told = cycles(&calculator, &now, 10);
    assert_eq!(told.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2], "{told:?}");
}

#[test]
fn a_long_cycle_is_named_whole() {
    let mut cells: Vec<(String, String)> =
        (1..3000).map(|row| (format!("A{row}"), format!("=A{}", row + 1))).collect();
    cells.push(("A3000".to_owned(), "=A1".to_owned()));
    let cells: Vec<_> = cells.iter().map(|(at, text)| (at.as_str(), text.as_str())).collect();
    let told = named(&[("One", &cells)]);
    assert_eq!((told.len(), told[0].split(' ').count()), (1, 3000));
}
