use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{read, write};
use crate::calc::{Calculator, Clock, Limits};
use crate::chart::Sort;
use crate::package::{Bounds, Hostile};
use crate::sheet::{
    Allow, Bound, ChartOf, Compare, Content, Kept, Layout, Otherwise, Place, Rule, SeriesOf, Sheet,
    Style, View, Workbook,
};

fn at(text: &str) -> Place {
    text.parse().expect("a place")
}

fn book() -> Workbook {
    let mut sheet = Sheet::new("s1", "Costs & more");
    for (place, text) in [
        ("A1", "Item"),
        ("A2", "<Tiles> שלום 👩‍🚀"),
        ("B4", "=SUM(B2:B3)"),
        ("C1", "=SORT(B2:B3)"),
        ("D1", "=IFS(B2>1,\"a, \"\"b\"\"\",TRUE,Other!A1)"),
        ("D2", "'=text"),
    ] {
        sheet.cells.set(at(place), Some(Content::typed(text)));
    }
    for (place, number) in [("B2", 420.5), ("B3", -1e-7), ("E1", 46_053.0)] {
        sheet.cells.set(at(place), Some(Content::Number(number)));
    }
    sheet.cells.set(at("F1"), Some(Content::Bool(true)));
    let bold = Style { bold: Some(true), ..Style::default() };
    let day = Style { number: Some("yyyy-mm-dd".to_owned()), ..Style::default() };
    let areas = [("A1:B1", bold), ("E1", day)];
    let areas = areas.map(|(area, style)| (area.parse().expect("an area"), style));
    sheet.styles = std::sync::Arc::new(areas.into());
    let mut other = Sheet::new("s2", "Other");
    other.cells.set(at("A1"), Some(Content::typed("='Costs & more'!B4")));
    let names = [("Prices".to_owned(), "'Costs & more'!$B$2:$B$3".to_owned())];
    let names = std::sync::Arc::new(names.into_iter().collect());
    Workbook { sheets: vec![sheet.into(), other.into()], names, ..Workbook::default() }
}

fn file(book: &Workbook) -> Vec<u8> {
    let mut calculator = Calculator::new(Limits::default());
    calculator.bring(book, Clock::default()).expect("computed");
    let value = |sheet: &str, place| calculator.value(sheet, place);
    write(book, value, Some("Roof"), 1_700_000_000).expect("written").bytes
}

#[test]
fn a_workbook_is_the_same_again() {
    let book = book();
    let bytes = file(&book);
    assert_eq!(bytes, file(&book), "the same workbook is the same file");
    let opened = read(&bytes, Bounds::default(), 1000).expect("read");
    assert_eq!(opened.left_out.len(), 0, "{:?}", opened.left_out);
    assert_eq!(opened.book.names, book.names);
    for (read, written) in opened.book.sheets.iter().zip(&book.sheets) {
        assert_eq!((&read.name, &read.cells), (&written.name, &written.cells));
    }
    let read = &opened.book.sheets[0];
    assert_eq!(read.style(at("B1")).bold, Some(true));
    assert!(read.style(at("E1")).is_date());
    assert_eq!(read.style(at("B2")), Style::default());
}

fn rules(all: &[(&str, Allow)]) -> Vec<(String, Rule)> {
    let rule = |(number, (area, allow)): (usize, &(&str, Allow))| {
        let area = area.parse().expect("an area");
        let otherwise = if number == 1 { Otherwise::Warn } else { Otherwise::Refuse };
        let message = (number == 0).then(|| "One of <these> & \"no\" other".to_owned());
        (format!("r{}", number + 1), Rule { area, allow: allow.clone(), otherwise, message })
    };
    all.iter().enumerate().map(rule).collect()
}

#[test]
fn rules_are_the_same_again_and_what_files_have_no_words_for_is_told() {
    let formula = |text: &str| Bound::Formula(text.to_owned());
    let (one, ten) = (Bound::Number(1.0), Bound::Number(10.5));
    let rules = rules(&[
        ("A2:A9", Allow::List(vec!["Tiles & more".to_owned(), "3".to_owned()])),
        ("B2:B9", Allow::Whole(Compare::Between(formula("=A2"), formula("=Other!$A$1")))),
        ("C2:C9", Allow::Decimal(Compare::NotBetween(one.clone(), ten.clone()))),
        ("D2:D9", Allow::Date(Compare::AtLeast(Bound::Number(46_053.0)))),
        ("E2", Allow::TextLength(Compare::AtMost(ten.clone()))),
        ("F2:G3", Allow::Formula("=ISNUMBER(F2)".to_owned())),
        ("H2", Allow::ListOf("'Costs & more'!$A$2:$A$9".to_owned())),
        ("H3", Allow::Decimal(Compare::Different(one.clone()))),
        ("H4", Allow::Decimal(Compare::Equal(one.clone()))),
        ("H5", Allow::Decimal(Compare::Above(ten.clone()))),
        ("H6", Allow::Decimal(Compare::Below(one))),
    ]);
    let mut written = book();
    written.sheet_mut("s1").expect("a sheet").rules = rules.clone().into();
    let opened = read(&file(&written), Bounds::default(), 1000).expect("read");
    assert_eq!(opened.left_out.len(), 0, "{:?}", opened.left_out);
    let mut again = opened.book.sheets[0].rules.to_vec();
    again.sort_by_key(|(_, rule)| rule.area.from.column * 100 + rule.area.from.row);
    let again: Vec<_> = again.into_iter().map(|(_, rule)| rule).collect();
    let before: Vec<_> = rules.iter().map(|(_, rule)| rule.clone()).collect();
    assert_eq!(again, before);
    let comma = Allow::List(vec!["a, b".to_owned()]);
    let gone = Allow::Formula("=#REF!>1".to_owned());
    let sheet = written.sheet_mut("s1").expect("a sheet");
    sheet.rules = self::rules(&[("A1", comma), ("A2", gone)]).into();
    let told = write(&written, |_, _| crate::calc::Value::Empty, None, 0).expect("written");
    assert_eq!(told.losses.into_iter().collect::<Vec<_>>(), [("validations", 2)]);
}

#[test]
fn rules_are_read_as_others_write_them() {
    let sheet = r#"<worksheet><sheetData/><dataValidations>
        <dataValidation type="whole" operator="greaterThan" showErrorMessage="1" errorTitle="No"
          prompt="Write!" sqref="A1:A3 C1:C3"><formula1>B1</formula1></dataValidation>
        <dataValidation type="list" sqref="D1"><formula1>"a, b"</formula1></dataValidation>
        <dataValidation type="list" sqref="A2"><formula1>"overlaps"</formula1></dataValidation>
        <dataValidation type="list" sqref="E1"><formula1>Elsewhere!$A$1:$A$2</formula1></dataValidation>
        <dataValidation type="list" sqref="F1"><formula1>OFFSET(A1,1,1)</formula1></dataValidation>
        <dataValidation type="list" sqref="G1:G2"><formula1>A1:A2</formula1></dataValidation>
        <dataValidation type="custom" sqref="H1"><formula1>1+</formula1></dataValidation></dataValidations>
        <extLst><ext><x14:dataValidations><x14:dataValidation type="list" showErrorMessage="1">
          <x14:formula1><xm:f>One!$B$1:$B$2</xm:f></x14:formula1><xm:sqref>I1</xm:sqref>
        </x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"#;
    let opened = read(&of_sheet(sheet), Bounds::default(), 100).expect("read");
    let told = |(_, rule): &(String, Rule)| {
        (rule.area.to_string(), rule.allow.clone(), rule.otherwise, rule.message.clone())
    };
    let above = |text: &str| Allow::Whole(Compare::Above(Bound::Formula(text.to_owned())));
    let (refuse, no) = (Otherwise::Refuse, Some("No".to_owned()));
    let list = Allow::List(vec!["a".to_owned(), "b".to_owned()]);
    let expected = [
        ("A1:A3".to_owned(), above("=B1"), refuse, no.clone()),
        ("C1:C3".to_owned(), above("=D1"), refuse, no),
        ("D1".to_owned(), list, Otherwise::Warn, None),
        ("I1".to_owned(), Allow::ListOf("One!$B$1:$B$2".to_owned()), refuse, None),
    ];
    assert_eq!(opened.book.sheets[0].rules.iter().map(told).collect::<Vec<_>>(), expected);
    let left: Vec<_> = opened.left_out.into_iter().collect();
    assert_eq!(left, [("macros", 1), ("prompts", 1), ("validations", 5)]);
}

#[test]
fn a_layout_is_the_same_again() {
    let mut written = book();
    let mut layout = Layout { frozen: (1, 2), ..Layout::default() };
    layout.columns.set(1, 1, Some(30.0));
    layout.columns.set(3, 5, Some(0.0));
    layout.rows.set(2, 4, Some(22.5));
    layout.rows.set(9, 9, Some(0.0));
    layout.merged = vec!["A6:C7".parse().expect("an area"), "B2:B3".parse().expect("an area")];
    layout.filter = Some("A1:B4".parse().expect("an area"));
    written.sheet_mut("s1").expect("a sheet").layout = layout.clone().into();
    let opened = read(&file(&written), Bounds::default(), 1000).expect("read");
    assert_eq!(opened.left_out.len(), 0, "{:?}", opened.left_out);
    let mut again = Layout::clone(&opened.book.sheets[0].layout);
    // The others are as wide as what they show.
    let (fixed, shown): (Vec<_>, Vec<_>) =
        again.columns.runs().into_iter().partition(|(at, ..)| [1, 3].contains(at));
    assert_eq!((fixed.clone(), shown.len()), (layout.columns.runs(), 2));
    again.columns = fixed.into();
    assert_eq!(again, layout);
    // What cells hold that are one with others is there, whether it shows or not.
    assert_eq!(opened.book.sheets[0].cells, written.sheets[0].cells);
}

#[test]
fn layouts_of_others_are_cut_to_what_a_workbook_holds() {
    let sheet = r#"<worksheet><sheetViews><sheetView><pane xSplit="1" ySplit="2.0" state="frozen"/></sheetView></sheetViews>
        <cols><col min="1" max="16384" width="9.1"/><col min="2" max="2" width="12.7109375" customWidth="1"/>
        <col min="0" max="9" width="3" customWidth="1"/></cols><sheetData><row r="3" ht="30" customHeight="1"/>
        <row ht="15"/><row hidden="1"/><row r="9999999" hidden="1"/></sheetData><autoFilter ref="A1:C9">
        <filterColumn colId="0"/></autoFilter><mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="B2:C3"/>
        <mergeCell ref="D4"/><mergeCell ref="E5:XFD1048576"/></mergeCells></worksheet>"#;
    let opened = read(&of_sheet(sheet), Bounds::default(), 100).expect("read");
    let layout = &opened.book.sheets[0].layout;
    assert_eq!(layout.columns.runs(), [(2, 2, 12.0)]);
    assert_eq!(layout.rows.runs(), [(3, 3, 30.0), (5, 5, 0.0)]);
    assert_eq!((layout.frozen, layout.merged.len()), ((2, 1), 1));
    assert_eq!(layout.filter.map(|area| area.to_string()), Some("A1:C9".to_owned()));
    let left: Vec<_> = opened.left_out.into_iter().collect();
    assert_eq!(left, [("filters", 1), ("macros", 1), ("merged_cells", 3)]);
}

#[test]
fn an_area_that_has_grown_too_large_is_no_one_cell_in_a_file() {
    let mut written = book();
    let area = |text: &str| text.parse().expect("an area");
    let merged = vec![area("A1:XFD1048576"), area("A6:C7")];
    written.sheet_mut("s1").expect("a sheet").layout =
        Layout { merged, ..Layout::default() }.into();
    let file = write(&written, |_, _| crate::calc::Value::Empty, None, 0).expect("written");
    assert_eq!(file.losses.into_iter().collect::<Vec<_>>(), [("merged_cells", 1)]);
}

#[test]
fn charts_are_drawn_by_whoever_opens_the_file() {
    let series = |values: &str| SeriesOf {
        name: Some("=Sum!".to_owned()),
        values: values.to_owned(),
        along: None,
    };
    let chart = |series| ChartOf {
        r#type: Sort::Bar,
        title: Some("Prices".to_owned()),
        categories: Some("'Costs & more'!$A$2:$A$3".to_owned()),
        series,
        width: 400,
        height: 300,
    };
    let kept = |series| Kept { view: View::Chart(chart(series)), at: None };
    let mut written = book();
    let views = [
        ("One".to_owned(), kept(vec![series("'Costs & more'!$B$2:$B$3")])),
        ("Two".to_owned(), kept(vec![series("'Costs & more'!$B:$B"), series("Other!$A$1")])),
        ("Gone".to_owned(), kept(vec![series("#REF!")])),
    ];
    written.views = std::sync::Arc::new(views.into());
    let told = write(&written, |_, _| crate::calc::Value::Empty, None, 0).expect("written");
    assert_eq!(told.losses.into_iter().collect::<Vec<_>>(), [("charts", 1)]);
    let opened = read(&told.bytes, Bounds::default(), 1000).expect("read");
    assert_eq!(opened.left_out.into_iter().collect::<Vec<_>>(), [("charts", 2)]);
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

const RELATIONS: &str = r#"<Relationships><Relationship Id="r1" Type="x/worksheet"
    Target="worksheets/one.xml"/><Relationship Id="r2" Type="x/sharedStrings"
    Target="/xl/strings.xml"/></Relationships>"#;
const BOOK: &str =
    r#"<workbook xmlns:r="r"><sheets><sheet name="One" r:id="r1"/></sheets></workbook>"#;

fn of_sheet(sheet: &str) -> Vec<u8> {
    package(&[
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/one.xml", sheet),
        ("xl/strings.xml", "<sst><si><r><t>a</t></r><r><t>&amp;b</t></r></si></sst>"),
        ("xl/vbaProject.bin", "macro"),
    ])
}

#[test]
fn cells_are_read_as_others_write_them() {
    let sheet = r#"<worksheet><sheetData><row><c t="s"><v>0</v></c><c><f t="shared" ref="B1:B2" si="0">A1*$C$1</f>
        <v>1</v></c></row><row r="2"><c r="B2"><f t="shared" si="0"/></c><c r="C2" t="inlineStr"><is><t>in</t></is></c>
        <c r="D2" t="e"><v>#N/A</v></c><c r="E2" t="b"><v>1</v></c><c r="F2"><f>_xlfn.CONCAT(A1)</f></c></row></sheetData>
        <mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>"#;
    let opened = read(&of_sheet(sheet), Bounds::default(), 100).expect("read");
    let cells = &opened.book.sheets[0].cells;
    for (place, content) in [
        ("A1", Content::Text("a&b".into())),
        ("B1", Content::Formula("=A1*$C$1".into())),
        ("B2", Content::Formula("=A2*$C$1".into())),
        ("C2", Content::Text("in".into())),
        ("D2", Content::Formula("=#N/A".into())),
        ("E2", Content::Bool(true)),
        ("F2", Content::Formula("=CONCAT(A1)".into())),
    ] {
        assert_eq!(cells.get(at(place)), Some(&content), "{place}");
    }
    let left: Vec<_> = opened.left_out.into_iter().collect();
    assert_eq!(left, [("macros", 1)]);
    assert_eq!(opened.book.sheets[0].layout.merged, ["A1:B1".parse().expect("an area")]);
}

#[test]
fn what_an_array_comes_to_is_no_content() {
    let sheet = r#"<worksheet><sheetData><row r="1"><c r="A1"><f t="array" ref="A1:B2">SEQUENCE(2,2)</f><v>1</v></c>
        <c r="B1"><v>2</v></c><c r="C1"><v>7</v></c></row><row r="2"><c r="A2"><v>3</v></c><c r="B2"><f>A1</f><v>1</v></c></row>
        <row r="3"><c r="A3"><v>9</v></c></row></sheetData></worksheet>"#;
    let opened = read(&of_sheet(sheet), Bounds::default(), 100).expect("read");
    let cells = &opened.book.sheets[0].cells;
    let held: Vec<_> = cells.iter().map(|(place, _)| place.to_string()).collect();
    assert_eq!(held, ["A1", "C1", "B2", "A3"], "a formula in its way is kept");
    let mut calculator = Calculator::new(Limits::default());
    let mut book = opened.book;
    book.sheet_mut("s1").expect("a sheet").cells.set(at("B2"), None);
    calculator.bring(&book, Clock::default()).expect("computed");
    assert_eq!(calculator.value("s1", at("B2")), crate::calc::Value::Number(4.0));
}

#[test]
fn hostile_files_are_refused() {
    let refused = |bytes: &[u8], bounds| read(bytes, bounds, 100).expect_err("refused");
    let whole = Bounds::default();
    assert!(matches!(refused(b"no archive", whole), Hostile::Broken(_)));
    assert!(matches!(refused(&package(&[("a", "b")]), whole), Hostile::Broken(_)));
    let deep = format!("<worksheet>{}", "<a>".repeat(1000));
    assert_eq!(refused(&of_sheet(&deep), whole), Hostile::TooDeep(64));
    let declared =
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><worksheet>&b;</worksheet>";
    assert_eq!(refused(&of_sheet(declared), whole), Hostile::Declares);
    for broken in ["<worksheet>", "<worksheet></row>", "<worksheet>&nope;</worksheet>"] {
        assert!(matches!(refused(&of_sheet(broken), whole), Hostile::Broken(_)), "{broken}");
    }
    let far = "<worksheet><row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row></worksheet>";
    assert!(matches!(refused(&of_sheet(far), whole), Hostile::Broken(_)));
    let many: String = (1..=200)
        .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>"))
        .collect();
    let many = of_sheet(&format!("<worksheet>{many}</worksheet>"));
    assert_eq!(refused(&many, whole), Hostile::TooManyCells);
    // A bomb: a mebibyte of spaces in a few bytes.
    let bomb = of_sheet(&format!("<worksheet>{}</worksheet>", " ".repeat(1 << 20)));
    let tight = Bounds { part_bytes_max: 1 << 16, ..whole };
    assert!(bomb.len() < 1 << 13);
    assert_eq!(refused(&bomb, tight), Hostile::TooLarge(1 << 16));
    assert_eq!(refused(&bomb, Bounds { parts_max: 2, ..whole }), Hostile::TooManyParts(5));
    let sparse = "<worksheet><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row></worksheet>";
    let opened = read(&of_sheet(sparse), whole, 100).expect("read");
    assert_eq!(opened.book.cells(), 2);
}
