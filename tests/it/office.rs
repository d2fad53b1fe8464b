//! Files of the office suite, opened and made by programs that we did not write: openpyxl, and
//! LibreOffice where it is installed.

mod decks;
mod documents;
pub mod pages;
mod workbooks;

pub use decks::has_impress;
pub use documents::has_writer;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cambium_tests::python;
use office::calc::{Calculator, Clock, Limits, Value};
use office::chart::Sort;
use office::package::Bounds;
use office::sheet::{
    Allow, Bound, ChartOf, Compare, Content, Kept, Layout, Otherwise, Place, Rule, SeriesOf, Sheet,
    Style, View, Workbook,
};
use office::xlsx;
use serde_json::Value as Json;
use tempfile::TempDir;

const CLOCK: Clock = Clock { now_ms: 1_709_035_200_000, offset_s: 0, seed: 7 };

fn openpyxl() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openpyxl");
    python::with(&home, &["openpyxl==3.1.5"]).expect("openpyxl")
}

/// A script that asks others.
pub fn oracle(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle").join(script)
}

fn at(text: &str) -> Place {
    text.parse().expect("a place")
}

fn computed(book: &Workbook) -> Calculator {
    let mut calculator = Calculator::new(Limits::default());
    calculator.bring(book, CLOCK).expect("computed");
    calculator
}

fn book() -> Workbook {
    let mut sheet = Sheet::new("s1", "Costs & more");
    for (place, text) in [
        ("A1", "Item"),
        ("A2", "Tiles שלום 👩‍🚀"),
        ("A3", "'=text"),
        ("B4", "=SUM(B2:B3)"),
        ("B5", "=IFS(B4>1,\"much\",TRUE,\"little\")"),
        ("B6", "=1/0"),
        ("B7", "=B4>1"),
        ("B8", "=SUM(Prices)*2"),
        ("D1", "=SORT(UNIQUE(B2:B3))"),
    ] {
        sheet.cells.set(at(place), Some(Content::typed(text)));
    }
    for (place, number) in [("B2", 420.5), ("B3", 480.0), ("C2", 46_053.0)] {
        sheet.cells.set(at(place), Some(Content::Number(number)));
    }
    let bold = Style { bold: Some(true), ..Style::default() };
    let day = Style { number: Some("yyyy-mm-dd".to_owned()), ..Style::default() };
    let looks = [("A1:B1", bold), ("C2", day)];
    let looks = looks.map(|(area, style)| (area.parse().expect("an area"), style));
    sheet.styles = Arc::new(looks.into());
    let message = Some("Take one of the list.".to_owned());
    let area = "A2:A9".parse().expect("an area");
    let allow = Allow::ListOf("Other!$A$1:$A$9".to_owned());
    let rule = Rule { area, allow, otherwise: Otherwise::Refuse, message };
    sheet.rules = Arc::new(vec![("r1".to_owned(), rule)]);
    let mut layout = Layout { frozen: (1, 1), ..Layout::default() };
    layout.columns.set(1, 1, Some(30.0));
    layout.rows.set(4, 4, Some(40.5));
    layout.merged = vec!["F1:G2".parse().expect("an area")];
    layout.filter = Some("A1:B3".parse().expect("an area"));
    sheet.layout = Arc::new(layout);
    let mut other = Sheet::new("s2", "Other");
    other.cells.set(at("A1"), Some(Content::typed("='Costs & more'!B4*2")));
    let names = [("Prices".to_owned(), "'Costs & more'!$B$2:$B$3".to_owned())];
    let names: BTreeMap<_, _> = names.into_iter().collect();
    let series =
        SeriesOf { name: None, values: "'Costs & more'!$B$2:$B$3".to_owned(), along: None };
    let chart = ChartOf {
        r#type: Sort::Bar,
        title: Some("Prices".to_owned()),
        categories: Some("'Costs & more'!$A$2:$A$3".to_owned()),
        series: vec![series],
        width: 480,
        height: 300,
    };
    let kept = Kept { view: View::Chart(chart), at: Some("Other!$G$3".to_owned()) };
    let views = Arc::new([("Prices".to_owned(), kept)].into());
    Workbook { sheets: vec![sheet.into(), other.into()], names: Arc::new(names), views }
}

/// The workbook as a file in `folder`.
fn written(book: &Workbook, folder: &Path) -> PathBuf {
    let calculator = computed(book);
    let value = |sheet: &str, place| calculator.value(sheet, place);
    let file = xlsx::write(book, value, Some("Roof"), 1_700_000_000).expect("written");
    let path = folder.join("ours.xlsx");
    fs::write(&path, file.bytes).expect("kept");
    path
}

#[test]
fn openpyxl_reads_what_we_write() {
    let folder = TempDir::new().expect("a folder");
    let path = written(&book(), folder.path());
    let script = oracle("workbook.py");
    let told = python::run(Command::new(openpyxl()).arg(script).arg("read").arg(&path));
    let told: Json = serde_json::from_str(&told.expect("read")).expect("JSON");
    assert_eq!(told["title"], "Roof");
    assert_eq!(told["names"]["Prices"], "'Costs & more'!$B$2:$B$3");
    let cells = &told["sheets"]["Costs & more"];
    for (cell, value, shown) in [
        ("A2", "Tiles שלום 👩‍🚀", "Tiles שלום 👩‍🚀"),
        ("A3", "=text", "=text"),
        ("B4", "=SUM(B2:B3)", "900.5"),
        ("B5", "=_xlfn.IFS(B4>1,\"much\",TRUE,\"little\")", "much"),
        ("B6", "=1/0", "#DIV/0!"),
        ("B7", "=B4>1", "True"),
    ] {
        assert_eq!((&cells[cell]["value"], &cells[cell]["shown"]), (&value.into(), &shown.into()));
    }
    assert_eq!((&cells["B1"], cells["A1"]["bold"].as_bool()), (&Json::Null, Some(true)));
    assert_eq!(cells["C2"]["format"], "yyyy-mm-dd");
    assert_eq!(told["sheets"]["Other"]["A1"]["shown"], "1801");
    let laid = &told["layouts"]["Costs & more"];
    assert_eq!((&laid["frozen"], &laid["filter"]), (&"B2".into(), &"A1:B3".into()));
    assert_eq!(laid["merged"], serde_json::json!(["F1:G2"]));
    assert_eq!(
        (&laid["heights"]["4"], laid["widths"]["A"].as_f64()),
        (&40.5.into(), Some(30.7109375))
    );
    let chart = serde_json::json!({ "type": "BarChart", "title": "Prices", "at": [2, 6],
        "series": [["'Costs & more'!$A$2:$A$3", "'Costs & more'!$B$2:$B$3"]] });
    assert_eq!(told["charts"]["Other"], serde_json::json!([chart]));
    let rule = serde_json::json!({ "type": "list", "is": null, "at": "A2:A9", "style": null,
        "of": ["Other!$A$1:$A$9", null], "message": "Take one of the list." });
    assert_eq!(told["rules"]["Costs & more"], serde_json::json!([rule]));
}

#[test]
fn we_read_what_openpyxl_writes() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("theirs.xlsx");
    let script = oracle("workbook.py");
    python::run(Command::new(openpyxl()).arg(script).arg("write").arg(&path)).expect("written");
    let bytes = fs::read(&path).expect("a file");
    let opened = xlsx::read(&bytes, Bounds::default(), 1000).expect("read");
    let left_out: Vec<_> = opened.left_out.iter().map(|(what, count)| (*what, *count)).collect();
    assert_eq!(left_out, [("charts", 1)]);
    let calculator = computed(&opened.book);
    let sheet = &opened.book.sheets[0];
    assert_eq!((sheet.name.as_str(), opened.book.sheets.len()), ("Größe & more", 2));
    assert_eq!(calculator.value("s1", at("B4")), Value::Number(900.5));
    assert_eq!(calculator.value("s1", at("B5")), Value::Text("much".to_owned()));
    assert_eq!(calculator.value("s2", at("A1")), Value::Number(1801.0));
    assert_eq!(calculator.value("s1", at("D1")), Value::Bool(true));
    assert_eq!(sheet.cells.get(at("A2")), Some(&Content::Text("Tiles שלום 👩‍🚀".into())));
    assert!(sheet.style(at("C2")).is_date() && sheet.style(at("A1")).bold == Some(true));
    let laid = &sheet.layout;
    assert_eq!((laid.frozen, laid.merged.len()), ((1, 1), 1));
    assert_eq!(laid.rows.runs(), [(3, 3, 33.0)]);
    assert_eq!(laid.columns.runs(), [(2, 2, 19.29)], "20 with what is free beside its letters");
    assert_eq!(laid.filter.map(|area| area.to_string()), Some("A1:C3".to_owned()));
    let allow = Allow::Whole(Compare::Below(Bound::Formula("=$B$2".to_owned())));
    let area = "B6:B9".parse().expect("an area");
    let message = Some("Less".to_owned());
    let rule = Rule { area, allow, otherwise: Otherwise::Warn, message };
    assert_eq!(*sheet.rules, [("r1".to_owned(), rule)]);
    assert_eq!(
        opened.book.meaning("prices").map(|(_, area)| area),
        Some("'Größe & more'!$B$2:$B$3")
    );
}

/// Whether LibreOffice is here; where it is not, its tests have nothing to ask.
pub fn has_libreoffice() -> bool {
    Command::new("soffice").arg("--version").output().is_ok_and(|told| told.status.success())
}

/// Commas, quotes, and the number of UTF-8.
const UTF_8: &str = "csv:Text - txt - csv (StarCalc):44,34,76";

fn converted(path: &Path, to: &str, folder: &Path) -> PathBuf {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let mut command = Command::new("soffice");
    command.args([profile.as_str(), "--headless", "--convert-to", to, "--outdir"]);
    python::run(command.arg(folder.join("out")).arg(path)).expect("converted");
    let ending = to.split(':').next().expect("an ending");
    folder.join("out").join("ours").with_extension(ending)
}

#[test]
fn libreoffice_shows_what_we_write() {
    if !has_libreoffice() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let path = written(&book(), folder.path());
    let text = fs::read_to_string(converted(&path, UTF_8, folder.path())).expect("CSV");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0].split(',').take(2).collect::<Vec<_>>(), ["Item", ""]);
    assert!(lines[1].contains("2026-01-31") && lines[1].contains("שלום 👩‍🚀"), "{text}");
    assert!(lines[3].contains("900.5") && lines[5].contains("#DIV/0!"), "{text}");
    let pdf = fs::read(converted(&path, "pdf", folder.path())).expect("PDF");
    assert!(pdf.starts_with(b"%PDF"));
}

#[test]
fn libreoffice_still_says_what_formulas_come_to() {
    if !has_libreoffice() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../office/src/calc/tests/vectors");
    for name in ["data.tsv", "names.tsv", "formulas.tsv"] {
        fs::copy(vectors.join(name), folder.path().join(name)).expect("copied");
    }
    let script = oracle("formulas.py");
    python::run(Command::new(openpyxl()).arg(script).arg(folder.path())).expect("asked");
    let kept = fs::read_to_string(vectors.join("formulas.tsv")).expect("formulas");
    let now = fs::read_to_string(folder.path().join("formulas.tsv")).expect("formulas");
    let differ = |(kept, now): &(&str, &str)| !same(kept, now);
    let other: Vec<_> = kept.lines().zip(now.lines()).filter(differ).collect();
    assert!(other.is_empty() && kept.lines().count() == now.lines().count(), "{other:#?}");
}

/// Whether two lines say the same; numbers to ten digits, since releases differ in the last.
fn same(kept: &str, now: &str) -> bool {
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let (kept, now) = (cells(kept), cells(now));
    let number = |cell: &String| cell.parse::<f64>().ok();
    kept.len() == now.len()
        && kept.iter().zip(&now).all(|(one, other)| match (number(one), number(other)) {
            (Some(one), Some(other)) => (one - other).abs() <= 1e-10 * one.abs().max(1e-3),
            _ => one == other,
        })
}
