use super::{Clock, NOON, at, book, fresh, set, values};
use crate::calc::{Calculator, Limits, Value, check};
use crate::sheet::{Axis, Deleted, Inserted, Workbook};

/// After each change the engine that goes on says what one says that begins anew.
fn same_as_fresh(calculator: &mut Calculator, book: &Workbook, clock: Clock) -> usize {
    let brought = calculator.bring(book, clock).expect("computed");
    assert_eq!(values(calculator, book), values(&fresh(book, clock), book));
    brought.computed
}

#[test]
fn a_change_computes_what_hangs_on_it() {
    let mut now = book(&[("One", &[("A1", "1")]), ("Two", &[("A1", "=SUM(One!B1:B300)")])]);
    for row in 1..=300 {
        set(&mut now, "s1", &format!("B{row}"), &format!("=A{row}*2"));
    }
    let mut calculator = Calculator::new(Limits::default());
    assert_eq!(same_as_fresh(&mut calculator, &now, NOON), 301);
    set(&mut now, "s1", "A200", "50");
    assert_eq!(same_as_fresh(&mut calculator, &now, NOON), 2);
    assert_eq!(calculator.value("s2", at("A1")), Value::Number(102.0));
    set(&mut now, "s1", "B1", "");
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s2", at("A1")), Value::Number(100.0));
    let none = calculator.bring(&now, NOON).expect("computed");
    assert_eq!((none.computed, none.changed.len()), (0, 0));
}

#[test]
fn what_changed_is_told() {
    let mut now = book(&[("One", &[("A1", "1"), ("B1", "=A1>0"), ("C1", "=A1+1")])]);
    let mut calculator = fresh(&now, NOON);
    set(&mut now, "s1", "A1", "5");
    let brought = calculator.bring(&now, NOON).expect("computed");
    let places: Vec<_> = brought.changed.iter().map(|(_, place)| place.to_string()).collect();
    assert!(places.contains(&"C1".to_owned()), "{places:?}");
}

#[test]
fn lines_names_and_sheets_may_change_between() {
    let mut now = book(&[
        ("One", &[("A1", "3"), ("A2", "4"), ("A3", "=A1*A2"), ("C3", "=Total+1")]),
        ("Two", &[("A1", "=One!A3")]),
    ]);
    let names = [("Total".to_owned(), "One!$A$3".to_owned())];
    now.names = std::sync::Arc::new(names.into_iter().collect());
    let mut calculator = Calculator::new(Limits::default());
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s1", at("C3")), Value::Number(13.0));
    now.insert("s1", Inserted { axis: Axis::Rows, at: 2, count: 3 });
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s2", at("A1")), Value::Number(12.0));
    assert_eq!(calculator.value("s1", at("C6")), Value::Number(13.0));
    now.rename("s1", "Prices & more");
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s2", at("A1")), Value::Number(12.0));
    now.delete("s1", Deleted { axis: Axis::Rows, at: 1, count: 1 });
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s2", at("A1")), Value::Error("#REF!".to_owned()));
    now.remove("s1");
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s2", at("A1")), Value::Error("#REF!".to_owned()));
}

#[test]
fn arrays_spill_and_give_way() {
    let mut now = book(&[(
        "One",
        &[
            ("A1", "3"),
            ("A2", "1"),
            ("A3", "3"),
            ("C1", "=SORT(UNIQUE(A1:A3))"),
            ("E1", "=SUM(C1:C9)"),
        ],
    )]);
    let mut calculator = Calculator::new(Limits::default());
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s1", at("C2")), Value::Number(3.0));
    assert_eq!(calculator.value("s1", at("E1")), Value::Number(4.0));
    set(&mut now, "s1", "C2", "in the way");
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s1", at("C1")), Value::Error("#SPILL!".to_owned()));
    set(&mut now, "s1", "C2", "");
    set(&mut now, "s1", "A2", "9");
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s1", at("C2")), Value::Number(9.0));
}

#[test]
fn time_and_chance_come_from_outside() {
    let now = book(&[(
        "One",
        &[
            ("A1", "=TODAY()"),
            ("A2", "=NOW()"),
            ("A3", "=RAND()"),
            ("A4", "=RANDBETWEEN(1,1000000)"),
        ],
    )]);
    let mut calculator = Calculator::new(Limits::default());
    same_as_fresh(&mut calculator, &now, NOON);
    let before = calculator.value("s1", at("A3"));
    assert_eq!(calculator.value("s1", at("A1")), Value::Number(45_349.0));
    assert_eq!(calculator.value("s1", at("A2")), Value::Number(45_349.5));
    same_as_fresh(&mut calculator, &now, NOON);
    assert_eq!(calculator.value("s1", at("A3")), before);
    let later = Clock { now_ms: NOON.now_ms + 13 * 3_600_000, offset_s: 0, seed: 8 };
    same_as_fresh(&mut calculator, &now, later);
    assert_eq!(calculator.value("s1", at("A1")), Value::Number(45_350.0));
    assert_ne!(calculator.value("s1", at("A3")), before);
    let east = Clock { offset_s: 13 * 3600, ..NOON };
    same_as_fresh(&mut calculator, &now, east);
    assert_eq!(calculator.value("s1", at("A1")), Value::Number(45_350.0));
}

#[test]
fn what_cannot_be_read_is_refused_or_an_error() {
    let limits = Limits::default();
    let deep = format!("={}1{}", "(".repeat(5000), ")".repeat(5000));
    let signs = format!("={}1", "-".repeat(5000));
    let long = format!("=1{}", "+1".repeat(5000));
    for bad in ["=1+", "=SUM(", "=)", "=A1 B1 C1)", &deep, &signs, &long] {
        assert!(check(bad, &limits).is_err(), "{}", &bad[..bad.len().min(20)]);
    }
    for good in ["=1", "=SUM(A1:B2,\"((((\")", "=LET(x,1,x+1)", "=nosuch(1)"] {
        assert_eq!(check(good, &limits), Ok(()), "{good}");
    }
    let now = book(&[(
        "One",
        &[
            ("A1", "=1+"),
            ("A2", deep.as_str()),
            ("A3", "=NOSUCH(1)"),
            ("A4", "=1/0"),
            ("A5", "=IFERROR(A4,\"none\")"),
        ],
    )]);
    let calculator = fresh(&now, NOON);
    for place in ["A1", "A2", "A3"] {
        assert_eq!(calculator.value("s1", at(place)), Value::Error("#NAME?".to_owned()), "{place}");
    }
    assert_eq!(calculator.value("s1", at("A4")), Value::Error("#DIV/0!".to_owned()));
    assert_eq!(calculator.value("s1", at("A5")), Value::Text("none".to_owned()));
}

#[test]
fn large_arrays_and_texts_are_refused() {
    let now = book(&[(
        "One",
        &[
            ("A1", "=SUM(SEQUENCE(1000000,1000))"),
            ("B1", "=SEQUENCE(1000000)"),
            ("C1", "=LEN(REPT(\"x\",1000000000))"),
            ("D1", "=SUM(A:XFD)"),
            ("E1", "=1+1"),
        ],
    )]);
    let calculator = fresh(&now, NOON);
    for place in ["A1", "B1", "C1"] {
        let value = calculator.value("s1", at(place));
        assert!(matches!(value, Value::Error(_)), "{place} is {value:?}");
    }
    assert_eq!(calculator.value("s1", at("E1")), Value::Number(2.0));
}
