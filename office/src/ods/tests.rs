use std::io::{Cursor, Write as _};
use std::sync::Arc;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{read, write};
use crate::calc::{Calculator, Clock, Limits, Value};
use crate::package::{Bounds, Hostile};
use crate::sheet::{Align, Content, Place, Sheet, Style, Workbook};

fn at(text: &str) -> Place {
    text.parse().expect("a place")
}

fn number(code: &str) -> Style {
    Style { number: Some(code.to_owned()), ..Style::default() }
}

fn book() -> Workbook {
    let mut sheet = Sheet::new("s1", "Costs & more");
    for (place, text) in [
        ("A1", "Item"),
        ("A2", "<Tiles>  שלום 👩‍🚀 "),
        ("A3", " two\nlines\tand tabs"),
        ("B4", "=SUM(B2:B3)"),
        ("C1", "=SORT(B2:B3)"),
        ("D1", "=IFS(B2>1,\"a, \"\"b\"\"\",TRUE,Other!A1)"),
        ("D2", "'=text"),
        ("G9", "=1/0"),
        ("H9", "=#N/A"),
    ] {
        sheet.cells.set(at(place), Some(Content::typed(text)));
    }
    let numbers = [
        ("B2", 420.5),
        ("B3", -1e-7),
        ("E1", 46_053.0),
        ("E2", 46_053.75),
        ("E3", 0.1),
        ("H1", 1e300),
    ];
    for (place, number) in numbers {
        sheet.cells.set(at(place), Some(Content::Number(number)));
    }
    sheet.cells.set(at("F1"), Some(Content::Bool(true)));
    let bold = Style { bold: Some(true), fill: Some("AABBCC".to_owned()), ..Style::default() };
    let red = Style {
        color: Some("FF0000".to_owned()),
        align: Some(Align::Right),
        italic: Some(true),
        ..number("#,##0.00;[Red]-#,##0.00")
    };
    let areas = [
        ("A1:B1", bold),
        ("B2:B4", red),
        ("E1", number("yyyy-mm-dd")),
        ("E2", number("yyyy-mm-dd hh:mm:ss")),
        ("E3", number("0.0%")),
    ];
    let areas = areas.map(|(area, style)| (area.parse().expect("an area"), style));
    sheet.styles = Arc::new(areas.into());
    let mut other = Sheet::new("s2", "It's");
    other.cells.set(at("A1"), Some(Content::typed("='Costs & more'!B4")));
    let names = [("Prices".to_owned(), "'Costs & more'!$B$2:$B$3".to_owned())];
    let names = Arc::new(names.into_iter().collect());
    Workbook { sheets: vec![sheet.into(), other.into()], names, ..Workbook::default() }
}

fn file(book: &Workbook) -> Vec<u8> {
    let mut calculator = Calculator::new(Limits::default());
    calculator.bring(book, Clock::default()).expect("computed");
    let value = |sheet: &str, place| calculator.value(sheet, place);
    let written = write(book, value, Some("Roof & more"), 1_700_000_000).expect("written");
    assert_eq!(written.losses.len(), 0, "{:?}", written.losses);
    written.bytes
}

#[test]
fn a_workbook_is_the_same_again() {
    let book = book();
    let bytes = file(&book);
    assert_eq!(bytes, file(&book), "the same workbook is the same file");
    assert_eq!(&bytes[30..38], b"mimetype", "its type stands first, as it is");
    let opened = read(&bytes, Bounds::default(), 1000).expect("read");
    assert_eq!(opened.left_out.len(), 0, "{:?}", opened.left_out);
    assert_eq!(opened.book.names, book.names);
    for (read, written) in opened.book.sheets.iter().zip(&book.sheets) {
        assert_eq!(read.name, written.name);
        for (place, content) in written.cells.iter() {
            assert_eq!(read.cells.get(place), Some(content), "{place}");
            assert_eq!(read.style(place), written.style(place), "{place}");
        }
        assert_eq!(read.cells, written.cells, "what spilled is no content");
    }
}

#[test]
fn formats_that_files_do_not_have_are_told() {
    let mut sheet = Sheet::new("s1", "One");
    sheet.cells.set(at("A1"), Some(Content::Number(0.5)));
    sheet.styles = Arc::new(vec![("A1".parse().expect("an area"), number("# ?/?"))]);
    let book = Workbook { sheets: vec![sheet.into()], ..Workbook::default() };
    let written = write(&book, |_, _| Value::Empty, None, 0).expect("written");
    assert_eq!(written.losses.get("formats"), Some(&1));
}

/// A package of these parts.
fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("a package").into_inner()
}

fn of_tables(tables: &str) -> Vec<u8> {
    let begin = "<office:document-content><office:body><office:spreadsheet>";
    let end = "</office:spreadsheet></office:body></office:document-content>";
    package(&[
        ("content.xml", &format!("{begin}{tables}{end}")),
        ("Basic/Standard/Module1.xml", ""),
    ])
}

fn of_rows(rows: &str) -> Vec<u8> {
    of_tables(&format!("<table:table table:name=\"One\">{rows}</table:table>"))
}

#[test]
fn cells_are_read_as_others_write_them() {
    let cell =
        |of: &str, inside: &str| format!("<table:table-cell {of}>{inside}</table:table-cell>");
    let float = "office:value-type=\"float\" office:value=";
    let rows = [
        "<table:table-row table:number-rows-repeated=\"2\">".to_owned(),
        cell(
            &format!("{float}\"1.5\" table:number-columns-repeated=\"2\""),
            "<text:p>1,5</text:p>",
        ),
        cell(
            "office:value-type=\"string\"",
            "<office:annotation><text:p>no</text:p></office:annotation>\
            <text:p>a<text:s text:c=\"2\"/><text:a xlink:href=\"x\">b</text:a></text:p><text:p>c</text:p>",
        ),
        "</table:table-row><table:table-row>".to_owned(),
        cell("office:value-type=\"date\" office:date-value=\"2026-01-31\"", ""),
        cell("office:value-type=\"time\" office:time-value=\"PT06H\"", ""),
        cell(
            "table:formula=\"of:=['file:///x'#$A.A1]\" office:value-type=\"float\" office:value=\"7\"",
            "",
        ),
        cell("table:number-columns-spanned=\"2\" table:number-rows-spanned=\"1\"", ""),
        "<table:covered-table-cell/>".to_owned(),
        cell(
            "",
            "<draw:frame><draw:object xlink:href=\"./Object 1\"/><draw:image \
            xlink:href=\"./ObjectReplacements/Object 1\"/></draw:frame>",
        ),
        "</table:table-row><table:table-row table:number-rows-repeated=\"1048573\">".to_owned(),
        "<table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>".to_owned(),
    ];
    let opened = read(&of_rows(&rows.concat()), Bounds::default(), 100).expect("read");
    let cells = &opened.book.sheets[0].cells;
    for (place, content) in [
        ("A1", Content::Number(1.5)),
        ("B2", Content::Number(1.5)),
        ("C2", Content::Text("a  b\nc".into())),
        ("A3", Content::Number(46_053.0)),
        ("B3", Content::Number(0.25)),
        ("C3", Content::Number(7.0)),
    ] {
        assert_eq!(cells.get(at(place)), Some(&content), "{place}");
    }
    assert_eq!(cells.cells(), 9);
    let left: Vec<_> = opened.left_out.into_iter().collect();
    let told = [
        ("charts", 1),
        ("comments", 1),
        ("external_references", 1),
        ("links", 1),
        ("macros", 1),
        ("merged_cells", 1),
    ];
    assert_eq!(left, told);
}

#[test]
fn hostile_files_are_refused() {
    let refused = |bytes: &[u8], bounds| read(bytes, bounds, 100).expect_err("refused");
    let whole = Bounds::default();
    assert!(matches!(refused(b"no archive", whole), Hostile::Broken(_)));
    assert!(matches!(refused(&package(&[("a", "b")]), whole), Hostile::Broken(_)));
    assert!(matches!(refused(&of_tables(""), whole), Hostile::Broken(_)), "no sheet");
    let deep = format!("<table:table>{}", "<a>".repeat(1000));
    assert_eq!(refused(&of_tables(&deep), whole), Hostile::TooDeep(64));
    let entity = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>";
    assert_eq!(refused(&package(&[("content.xml", entity)]), whole), Hostile::Declares);
    let cell = "<table:table-cell office:value-type=\"float\" office:value=\"1\"";
    // A few bytes that are a sheet full of cells.
    let full = format!(
        "<table:table-row table:number-rows-repeated=\"1048576\">{cell} \
         table:number-columns-repeated=\"16384\"/></table:table-row>"
    );
    assert_eq!(refused(&of_rows(&full), whole), Hostile::TooManyCells);
    let past = format!(
        "<table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell/>\
         </table:table-row><table:table-row>{cell}/></table:table-row>"
    );
    assert!(matches!(refused(&of_rows(&past), whole), Hostile::Broken(_)));
    let sealed = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>";
    let sealed = package(&[("META-INF/manifest.xml", sealed), ("content.xml", "\u{1}")]);
    assert_eq!(refused(&sealed, whole), Hostile::Broken("it is encrypted".to_owned()));
    let bomb = of_tables(&" ".repeat(1 << 20));
    let tight = Bounds { part_bytes_max: 1 << 16, ..whole };
    assert_eq!(refused(&bomb, tight), Hostile::TooLarge(1 << 16));
    for broken in ["<table:table>", "</table:table>", "<table:table>&nope;</table:table>"] {
        assert!(matches!(refused(&of_tables(broken), whole), Hostile::Broken(_)), "{broken}");
    }
}
