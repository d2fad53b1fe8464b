use std::sync::Arc;

use serde_json::json;

use super::shift::{Deleted, Inserted, Moved, rewrite};
use super::{
    Allow, Area, Axis, Bound, Compare, Content, Otherwise, Place, Reference, Rule, Sheet, Style,
    Workbook, show,
};
use crate::calc::Value;

fn at(text: &str) -> Place {
    text.parse().expect("a place")
}

fn book(cells: &[(&str, &str)]) -> Workbook {
    let mut sheet = Sheet::new("s1", "One");
    for (place, text) in cells {
        sheet.cells.set(at(place), Some(Content::typed(text)));
    }
    let mut other = Sheet::new("s2", "Other");
    other.cells.set(at("A1"), Some(Content::typed("=SUM(One!A1:A9)+One!$B$5")));
    Workbook { sheets: vec![sheet.into(), other.into()], ..Workbook::default() }
}

fn formula(book: &Workbook, sheet: &str, place: &str) -> String {
    let content = book.sheet(sheet).and_then(|sheet| sheet.cells.get(at(place)));
    content.and_then(Content::formula).unwrap_or_default().to_owned()
}

#[test]
fn places_are_read_and_written() {
    for (text, row, column) in
        [("A1", 1, 1), ("Z9", 9, 26), ("AA10", 10, 27), ("XFD1048576", 1_048_576, 16_384)]
    {
        let place = at(text);
        assert_eq!((place.row, place.column), (row, column));
        assert_eq!(place.to_string(), text);
    }
    for text in ["", "A", "1", "A0", "A01", "XFE1", "A1048577", "A-1", "ÄA1", "A1:B2", "AAAA1"] {
        assert!(text.parse::<Place>().is_err(), "{text}");
    }
    let area: Area = "C3:A1".parse().expect("an area");
    assert_eq!((area.to_string().as_str(), area.cells()), ("A1:C3", 9));
}

#[test]
fn contents_are_the_same_again_as_json() {
    for said in [json!(3), json!(-0.5), json!(true), json!("text"), json!("=A1"), json!("'=no")] {
        let content = Content::read(&said).expect("a content").expect("not empty");
        assert_eq!(content.to_json(), said);
    }
    assert_eq!(Content::read(&json!(null)), Ok(None));
    assert_eq!(Content::read(&json!("")), Ok(None));
    assert!(Content::read(&json!([1])).is_err());
    assert_eq!(Content::read(&json!("=")).expect("a text"), Some(Content::Text("=".into())));
    assert_eq!(Content::Text("=".into()).to_json(), json!("'="));
}

#[test]
fn only_references_are_rewritten() {
    let same = |formula: &str| {
        let now = rewrite(formula, |old: &Reference| Moved { rows: 1, columns: 1 }.reference(old));
        now.unwrap_or_else(|| formula.to_owned())
    };
    for (before, after) in [
        ("=A1+$A1+A$1+$A$1", "=B2+$A2+B$1+$A$1"),
        ("=LOG10(A1)&\"A1\"", "=LOG10(B2)&\"A1\""),
        ("='My ''Sheet'!A1:B2", "='My ''Sheet'!B2:C3"),
        ("=SUM(A:B)+SUM(1:2)", "=SUM(B:C)+SUM(2:3)"),
        ("=Table1[A1]+Rate1+A1.5", "=Table1[A1]+Rate1+A1.5"),
        ("=1E3+A1E+TRUE", "=1E3+A1E+TRUE"),
        ("=grün!A1", "='grün'!B2"),
        ("=XFD1", "=#REF!"),
        ("=\"un'quoted", "=\"un'quoted"),
    ] {
        assert_eq!(same(before), after, "{before}");
    }
}

#[test]
fn references_follow_rows_that_come_and_go() {
    let mut now = book(&[("A1", "=A3+B5"), ("A3", "=SUM(A4:A8)"), ("C9", "x")]);
    now.insert("s1", Inserted { axis: Axis::Rows, at: 4, count: 2 });
    assert_eq!(formula(&now, "s1", "A1"), "=A3+B7");
    assert_eq!(formula(&now, "s1", "A3"), "=SUM(A6:A10)");
    assert_eq!(formula(&now, "s2", "A1"), "=SUM(One!A1:A11)+One!$B$7");
    assert!(now.sheets[0].cells.get(at("C11")).is_some());
    now.delete("s1", Deleted { axis: Axis::Rows, at: 4, count: 4 });
    assert_eq!(formula(&now, "s1", "A1"), "=A3+#REF!");
    assert_eq!(formula(&now, "s1", "A3"), "=SUM(A4:A6)");
    assert_eq!(formula(&now, "s2", "A1"), "=SUM(One!A1:A7)+#REF!");
    now.delete("s1", Deleted { axis: Axis::Columns, at: 1, count: 1 });
    assert_eq!(formula(&now, "s2", "A1"), "=SUM(#REF!)+#REF!");
    assert_eq!(now.sheets[0].cells.get(at("B7")), Some(&Content::Text("x".into())));
}

#[test]
fn names_of_sheets_are_followed_and_what_is_gone_is_told() {
    let mut now = book(&[]);
    now.names = [("Heads".to_owned(), "One!$A$1".to_owned())]
        .into_iter()
        .collect::<std::collections::BTreeMap<_, _>>()
        .into();
    now.rename("s1", "Über uns");
    assert_eq!(formula(&now, "s2", "A1"), "=SUM('Über uns'!A1:A9)+'Über uns'!$B$5");
    assert_eq!(now.meaning("heads"), Some(("Heads", "'Über uns'!$A$1")));
    now.remove("s1");
    assert_eq!(formula(&now, "s2", "A1"), "=SUM(#REF!)+#REF!");
    assert_eq!(now.meaning("Heads"), Some(("Heads", "#REF!")));
}

#[test]
fn rows_change_places_with_their_formulas() {
    let mut now =
        book(&[("A1", "b"), ("B1", "=A1&$D$1"), ("A2", "a"), ("B2", "=A2&$D$1"), ("A3", "z")]);
    now.reorder("s1", "A1:B2".parse().expect("an area"), &[1, 0]);
    assert_eq!(now.sheets[0].cells.get(at("A1")), Some(&Content::Text("a".into())));
    assert_eq!(formula(&now, "s1", "B1"), "=A1&$D$1");
    assert_eq!(formula(&now, "s1", "B2"), "=A2&$D$1");
    assert_eq!(now.sheets[0].cells.get(at("A3")), Some(&Content::Text("z".into())));
}

#[test]
fn a_change_copies_one_block_and_is_found_alone() {
    let mut sheet = Sheet::new("s1", "One");
    for row in 1..=1000 {
        sheet.cells.set(Place { row, column: 1 }, Some(Content::Number(f64::from(row))));
    }
    let mut now = sheet.clone();
    now.cells.set(at("A500"), None);
    now.cells.set(at("C7"), Some(Content::Bool(true)));
    now.cells.set(at("A900"), Some(Content::Number(900.0)));
    let changes: Vec<_> = now.cells.changes_since(&sheet.cells).collect();
    assert_eq!(changes, [(at("C7"), Some(&Content::Bool(true))), (at("A500"), None)]);
    assert_eq!(
        (now.cells.cells(), now.cells.used()),
        (1000, Some("A1:C1000".parse().expect("an area")))
    );
    let stored = serde_json::to_value(&now).expect("JSON");
    assert_eq!(serde_json::from_value::<Sheet>(stored).expect("a sheet"), now);
}

#[test]
fn values_show_by_their_format() {
    let shown = |number: f64, format: &str| {
        let style = Style { number: Some(format.to_owned()), ..Style::default() };
        show(&Value::Number(number), &style)
    };
    for (number, format, told) in [
        (46_053.0, "yyyy-mm-dd", "2026-01-31"),
        (46_053.75, "d.m.yyyy hh:mm", "2026-01-31 18:00:00"),
        (0.5, "hh:mm", "12:00:00"),
        (0.1234, "0.0%", "12.3%"),
        (-1_234_567.891, "#,##0.00", "-1,234,567.89"),
        (1.0, "General", "1"),
        (-3.0, "yyyy", "-3"),
        (2.5, "0.00;(0.00)", "2.50"),
    ] {
        assert_eq!(shown(number, format), told, "{number} {format}");
    }
}

#[test]
fn rules_follow_their_cells() {
    let mut now = book(&[]);
    let formula = |text: &str| Bound::Formula(text.to_owned());
    let rule = |area: &str, allow| Rule {
        area: area.parse().expect("an area"),
        allow,
        otherwise: Otherwise::Refuse,
        message: None,
    };
    let bounds = Compare::Between(formula("=A2"), formula("=Other!$A$1"));
    let sheet = now.sheet_mut("s1").expect("a sheet");
    let rules = [
        ("r1".to_owned(), rule("B2:B9", Allow::Whole(bounds))),
        ("r2".to_owned(), rule("C2", Allow::ListOf("One!$D$1:$D$9".to_owned()))),
    ];
    sheet.rules = rules.to_vec().into();
    now.delete("s1", Deleted { axis: Axis::Rows, at: 2, count: 2 });
    now.insert("s1", Inserted { axis: Axis::Columns, at: 1, count: 1 });
    now.rename("s1", "Two words");
    let bounds = Compare::Between(formula("=B2"), formula("=Other!$A$1"));
    let left = [("r1".to_owned(), rule("C2:C7", Allow::Whole(bounds)))];
    assert_eq!(*now.sheets[0].rules, left);
    now.insert("s1", Inserted { axis: Axis::Rows, at: 3, count: 1 });
    assert_eq!(now.sheets[0].rules[0].1.area.to_string(), "C2:C8");
    now.remove("s2");
    assert_eq!(now.sheets[0].rules[0].1.allow.formulas(), ["=B2", "=#REF!"]);
    let stored = serde_json::to_value(&now).expect("JSON");
    assert_eq!(serde_json::from_value::<Workbook>(stored).expect("a workbook"), now);
}

#[test]
fn layouts_follow_their_lines() {
    let mut now = book(&[]);
    let area = |text: &str| text.parse::<Area>().expect("an area");
    let mut layout = super::Layout { frozen: (1, 0), ..super::Layout::default() };
    layout.columns.set(2, 4, Some(20.0));
    layout.rows.set(5, 5, Some(30.0));
    layout.merged = vec![area("A5:A6"), area("C1:D1")];
    layout.filter = Some(area("A1:D9"));
    now.sheet_mut("s1").expect("a sheet").layout = layout.into();
    now.delete("s1", Deleted { axis: Axis::Rows, at: 6, count: 1 });
    now.insert("s1", Inserted { axis: Axis::Columns, at: 3, count: 2 });
    let layout = &now.sheets[0].layout;
    assert_eq!(layout.columns.runs(), [(2, 2, 20.0), (5, 6, 20.0)]);
    assert_eq!(layout.rows.runs(), [(5, 5, 30.0)]);
    assert_eq!((layout.merged.clone(), layout.filter), (vec![area("E1:F1")], Some(area("A1:F8"))));
    let stored = serde_json::to_value(&now).expect("JSON");
    assert_eq!(serde_json::from_value::<Workbook>(stored).expect("a workbook"), now);
}

#[test]
fn what_is_kept_follows_its_cells() {
    let mut now = book(&[]);
    let pivot = super::PivotOf {
        source: "One!$A$1:$B$9".to_owned(),
        rows: vec!["a".to_owned()],
        columns: None,
        values: Vec::new(),
    };
    let kept = super::Kept { view: super::View::Pivot(pivot), at: Some("Other!$D$2".to_owned()) };
    now.views = Arc::new([("Sums".to_owned(), kept)].into());
    let told = |now: &Workbook| match &now.views["Sums"].view {
        super::View::Pivot(pivot) => (pivot.source.clone(), now.views["Sums"].at.clone()),
        super::View::Chart(_) => panic!("a pivot"),
    };
    now.insert("s1", Inserted { axis: Axis::Rows, at: 1, count: 1 });
    now.rename("s1", "Two");
    assert_eq!(told(&now), ("Two!$A$2:$B$10".to_owned(), Some("Other!$D$2".to_owned())));
    now.remove("s2");
    assert_eq!(told(&now).1, Some("#REF!".to_owned()));
    let stored = serde_json::to_value(&now).expect("JSON");
    assert_eq!(serde_json::from_value::<Workbook>(stored).expect("a workbook"), now);
}

#[test]
fn what_lies_outside_of_an_area_is_up_to_four() {
    let area = |text: &str| text.parse::<Area>().expect("an area");
    for (from, gone, left) in [
        ("A1:C9", "D1", vec!["A1:C9"]),
        ("A1:C9", "A1:Z99", vec![]),
        ("A1:C9", "B4:B5", vec!["A1:C3", "A4:A5", "C4:C5", "A6:C9"]),
        ("B2:B9", "A1:C4", vec!["B5:B9"]),
        ("B2:D2", "D1:D9", vec!["B2:C2"]),
    ] {
        let parts = area(from).without(area(gone));
        assert_eq!(parts.iter().map(ToString::to_string).collect::<Vec<_>>(), left, "{from}");
        let whole = area(from).places().filter(|place| !area(gone).contains(*place)).count();
        assert_eq!(parts.iter().flat_map(|part| part.places()).count(), whole);
    }
}
