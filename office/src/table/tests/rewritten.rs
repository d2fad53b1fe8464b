//! A table becomes another file, row by row, and says the same.

use std::cell::Cell;

use super::super::{Failed, Options, Rewrite, Rewritten, Target, rewrite};
use crate::package::Bounds;
use crate::sheet::{Content, Place};
use crate::xlsx::{self, Rows, RowsOf, Said};

const TABLE: &str = "\u{feff}id;name;price;share;since;done\r\n007;\"Tiles; red\";1.5;12%;\
                     31/01/2026;true\r\n\r\n008;say \"hi\";1e20;5%;2026-02-01 12:00;FALSE\r\n";

fn how(target: Target<'_>, typed: bool) -> Rewrite<'_> {
    Rewrite { target, delimiter: None, typed, options: Options::default() }
}

fn made(text: &str, how: &Rewrite<'_>) -> (Vec<u8>, Rewritten) {
    let mut out = Vec::new();
    let came = rewrite(|| Ok(text.as_bytes()), &mut out, how, &|| false).expect("rewritten");
    (out, came)
}

fn text(table: &str, how: &Rewrite<'_>) -> String {
    String::from_utf8(made(table, how).0).expect("a text")
}

#[test]
fn texts_keep_their_cells_as_they_are() {
    let csv = text(TABLE, &how(Target::Separated(','), true));
    let wanted = "id,name,price,share,since,done\r\n007,Tiles; red,1.5,12%,31/01/2026,true\r\n\
                  008,\"say \"\"hi\"\"\",1e20,5%,2026-02-01 12:00,FALSE\r\n";
    assert_eq!(csv, wanted);
    let markdown = text("a,b|c\n1\n", &how(Target::Markdown, true));
    assert_eq!(markdown, "| a | b\\|c |\n| --- | --- |\n| 1 |  |\n");
}

#[test]
fn lists_have_types_and_names_where_the_table_has() {
    let list = text(TABLE, &how(Target::Json, true));
    let wanted = concat!(
        r#"[{"id":"007","name":"Tiles; red","price":1.5,"share":0.12,"since":"2026-01-31","#,
        r#""done":true},{"id":"008","name":"say \"hi\"","price":1e20,"share":0.05,"#,
        r#""since":"2026-02-01T12:00:00","done":false}]"#,
    );
    assert_eq!(list.replace("1e+20", "1e20"), wanted);
    let list = text("a,b\n007,true\n1\n", &how(Target::Json, false));
    assert_eq!(list, r#"[{"a":"007","b":"true"},{"a":"1","b":null}]"#);
    let list = text("1,2\n3,=x\n", &how(Target::Json, true));
    assert_eq!(list, r#"[[1,2],[3,"=x"]]"#);
    let (list, came) = made("a,a\n1,2\n", &how(Target::Json, true));
    assert_eq!(String::from_utf8(list).expect("a text"), r#"[["a","a"],[1,2]]"#);
    assert_eq!((came.unclear_count, came.unclear[0].code), (1, "header_repeated"));
}

#[test]
fn workbooks_have_types_and_looks() {
    let (bytes, came) = made(TABLE, &how(Target::Xlsx("Costs"), true));
    assert_eq!((came.rows, came.sheets, came.unclear_count), (3, 1, 0));
    let opened = xlsx::read(&bytes, Bounds::default(), 1_000).expect("a workbook");
    let sheet = &opened.book.sheets[0];
    let at = |place: &str| place.parse::<Place>().expect("a place");
    let cell = |place: &str| sheet.cells.get(at(place)).cloned();
    assert_eq!(sheet.name, "Costs");
    assert_eq!(cell("A2"), Some(Content::Text("007".into())));
    assert_eq!(cell("B3"), Some(Content::Text("say \"hi\"".into())));
    assert_eq!(cell("C3"), Some(Content::Number(1e20)));
    assert_eq!(cell("D2"), Some(Content::Number(0.12)));
    assert_eq!(cell("E2"), Some(Content::Number(46_053.0)));
    assert_eq!(cell("F3"), Some(Content::Bool(false)));
    assert_eq!(sheet.style(at("E2")).number.as_deref(), Some("yyyy\\-mm\\-dd"));
    assert_eq!(sheet.style(at("A1")).bold, Some(true));
    assert_eq!(bytes, made(TABLE, &how(Target::Xlsx("Costs"), true)).0, "the same bytes");
    let odd = "a\n<&>_x0041_ \u{1} \u{fffe}\n=cmd()\n";
    let (bytes, _) = made(odd, &how(Target::Xlsx("a'b"), false));
    let opened = xlsx::read(&bytes, Bounds::default(), 1_000).expect("a workbook");
    let cells = &opened.book.sheets[0].cells;
    assert_eq!(cells.get(at("A3")), Some(&Content::Text("=cmd()".into())));
}

#[test]
fn what_is_beyond_a_sheet_goes_on_in_another_one() {
    let header = Some(vec!["n".to_owned()]);
    let of = RowsOf {
        sheet: "A name of thirty-one letters, so",
        header,
        rows: 5,
        width: 1,
        sheet_rows_max: 3,
    };
    let mut file = Rows::new(Vec::new(), of).expect("begun");
    assert_eq!(file.sheets(), 3);
    for row in 0..5 {
        file.row([Said::Number(f64::from(row))].into_iter()).expect("a row");
    }
    assert!(file.row([Said::Nothing].into_iter()).is_err(), "no more than were told");
    let bytes = file.finish().expect("a file");
    let opened = xlsx::read(&bytes, Bounds::default(), 100).expect("a workbook");
    let told = opened.book.sheets.iter().map(|sheet| {
        let cells = (1..=3).filter_map(|row| sheet.cells.get(Place { row, column: 1 }).cloned());
        (sheet.name.as_str(), cells.collect::<Vec<_>>())
    });
    let (name, n) = ("A name of thirty-one letter", Content::Text("n".into()));
    let told: Vec<_> = told.collect();
    assert_eq!(told[1].0, format!("{name} (2)"));
    assert_eq!(told[0].1, [n.clone(), Content::Number(0.0), Content::Number(1.0)]);
    assert_eq!(told[2].1, [n, Content::Number(4.0)]);
}

#[test]
fn what_is_unclear_is_told_once() {
    let (_, came) = made("a,b\n1,\"x\n\"2,y,z\n", &how(Target::Xlsx("T"), true));
    let codes: Vec<_> = came.unclear.iter().map(|it| (it.line, it.code)).collect();
    let wanted = [
        (Some(2), "quote_open"),
        (Some(3), "quote_open"),
        (Some(1), "header_missing"),
        (Some(2), "row_length"),
        (None, "mixed_types"),
    ];
    assert_eq!(codes, wanted);
    let options = Options { text_bytes_max: 3, ..Options::default() };
    let how = Rewrite { options, ..how(Target::Separated(';'), true) };
    let (bytes, came) = made("a,b\nlonger,x\n", &how);
    assert_eq!(String::from_utf8(bytes).expect("a text"), "a;b\r\nlon;x\r\n");
    assert_eq!((came.unclear[0].code, came.unclear[0].line), ("text_cut", Some(2)));
}

#[test]
fn a_job_that_nobody_wants_stops() {
    let table = format!("a\n{}", "1\n".repeat(5_000));
    let asked = Cell::new(0);
    let stops = || asked.replace(asked.get() + 1) > 2;
    let mut out = Vec::new();
    let stopped = rewrite(|| Ok(table.as_bytes()), &mut out, &how(Target::Json, true), &stops);
    assert!(matches!(stopped, Err(Failed::Stopped)), "{stopped:?}");
    for target in [Target::Json, Target::Separated(','), Target::Xlsx("T"), Target::Markdown] {
        let empty = rewrite(|| Ok(&b"\n\n"[..]), &mut out, &how(target, true), &|| false);
        assert!(matches!(empty, Err(Failed::Unreadable(_))), "{target:?}: {empty:?}");
    }
}
