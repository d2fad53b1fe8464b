//! Workbooks of OpenDocument, opened and made by odfpy and LibreOffice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cambium_tests::python;
use office::calc::Value;
use office::ods;
use office::package::Bounds;
use office::sheet::{Area, Content, Place, Sheet, Style, Workbook};
use serde_json::Value as Json;
use tempfile::TempDir;

use super::{UTF_8, at, book, computed, converted, has_libreoffice, oracle, same};

fn odfpy() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("odfpy");
    python::with(&home, &["odfpy==1.4.1"]).expect("odfpy")
}

/// The workbook as a file in `folder`.
fn written(book: &Workbook, folder: &Path) -> PathBuf {
    let calculator = computed(book);
    let value = |sheet: &str, place| calculator.value(sheet, place);
    let file = ods::write(book, value, Some("Roof"), 1_700_000_000).expect("written");
    let path = folder.join("ours.ods");
    fs::write(&path, file.bytes).expect("kept");
    path
}

#[test]
fn odfpy_reads_what_we_write() {
    let folder = TempDir::new().expect("a folder");
    let path = written(&book(), folder.path());
    let script = oracle("opendocument.py");
    let told = python::run(Command::new(odfpy()).arg(script).arg("read").arg(&path));
    let told: Json = serde_json::from_str(&told.expect("read")).expect("JSON");
    assert_eq!(told["title"], "Roof");
    assert_eq!(told["names"]["Prices"], "$'Costs & more'.$B$2:.$B$3");
    let cells = &told["sheets"]["Costs & more"];
    for (cell, formula, shown) in [
        ("A2", None, "Tiles שלום 👩‍🚀"),
        ("A3", None, "=text"),
        ("B4", Some("of:=SUM([.B2:.B3])"), "900.5"),
        ("B5", Some("of:=COM.MICROSOFT.IFS([.B4]>1;\"much\";TRUE();\"little\")"), "much"),
        ("B6", Some("of:=1/0"), "#DIV/0!"),
    ] {
        let (formula, shown) = (formula.map_or(Json::Null, Json::from), Json::from(shown));
        assert_eq!((&cells[cell]["formula"], &cells[cell]["shown"]), (&formula, &shown), "{cell}");
    }
    assert_eq!(cells["A1"]["bold"], true);
    assert_eq!(
        (&cells["C2"]["type"], &cells["C2"]["value"]),
        (&"date".into(), &"2026-01-31".into())
    );
    assert_eq!(told["sheets"]["Other"]["A1"]["value"], "1801");
}

#[test]
fn we_read_what_odfpy_writes() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("theirs.ods");
    let script = oracle("opendocument.py");
    python::run(Command::new(odfpy()).arg(script).arg("write").arg(&path)).expect("written");
    let bytes = fs::read(&path).expect("a file");
    assert!(ods::is_one(&bytes, Bounds::default()));
    let opened = ods::read(&bytes, Bounds::default(), 1000).expect("read");
    let left_out: Vec<_> = opened.left_out.iter().map(|(what, count)| (*what, *count)).collect();
    assert_eq!(left_out, [("comments", 1), ("merged_cells", 1)]);
    let calculator = computed(&opened.book);
    let sheet = &opened.book.sheets[0];
    assert_eq!((sheet.name.as_str(), opened.book.sheets.len()), ("Größe & more", 2));
    assert_eq!(calculator.value("s1", at("B4")), Value::Number(900.5));
    assert_eq!(calculator.value("s1", at("B5")), Value::Text("much".to_owned()));
    assert_eq!(calculator.value("s2", at("A1")), Value::Number(1801.0));
    assert_eq!(sheet.cells.get(at("A2")), Some(&Content::Text("Tiles שלום 👩‍🚀".into())));
    assert_eq!(sheet.cells.get(at("C2")), Some(&Content::Number(46_053.0)));
    assert_eq!(sheet.style(at("C2")).number.as_deref(), Some("d.mm"));
    assert_eq!(sheet.style(at("A1")).bold, Some(true));
    let name = opened.book.meaning("prices").map(|(_, area)| area);
    assert_eq!(name, Some("'Größe & more'!$B$2:$B$3"));
}

#[test]
fn libreoffice_shows_workbooks_of_opendocument_and_gives_them_back() {
    if !has_libreoffice() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let book = book();
    let path = written(&book, folder.path());
    let text = fs::read_to_string(converted(&path, UTF_8, folder.path())).expect("CSV");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0].split(',').take(2).collect::<Vec<_>>(), ["Item", ""]);
    assert!(lines[1].contains("2026-01-31") && lines[1].contains("שלום 👩‍🚀"), "{text}");
    assert!(lines[3].contains("900.5") && lines[5].contains("#DIV/0!"), "{text}");
    let theirs = fs::read(converted(&path, "ods", folder.path())).expect("a file");
    let opened = ods::read(&theirs, Bounds::default(), 1000).expect("read");
    assert_eq!(opened.left_out.len(), 0, "{:?}", opened.left_out);
    assert_eq!(opened.book.names, book.names);
    for (read, ours) in opened.book.sheets.iter().zip(&book.sheets) {
        // A formula that LibreOffice does not know comes back as it could say it.
        let unknown = at("D1");
        for (place, content) in ours.cells.iter().filter(|(place, _)| *place != unknown) {
            assert_eq!(read.cells.get(place), Some(content), "{place}");
            let looks = |sheet: &Sheet| {
                let style = sheet.style(place);
                (style.number, style.bold.unwrap_or_default(), style.italic.unwrap_or_default())
            };
            assert_eq!(looks(read), looks(ours), "{place}");
        }
    }
}

fn lines(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("vectors");
    let said = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    said.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The formulas that LibreOffice is asked about, without what they come to.
fn asked(vectors: &Path, formulas: &[Vec<String>]) -> Workbook {
    let mut sheet = Sheet::new("asked", "Asked");
    // Numbers show all their digits, whatever sort of number their formula makes.
    let digits = Style { number: Some("0.00000000000000E+00".to_owned()), ..Style::default() };
    let mut looks = Vec::new();
    for (row, formula) in (1..).zip(formulas) {
        let place = Place { row, column: 1 };
        if formula[1] == "n" {
            looks.push((Area { from: place, to: place }, digits.clone()));
        }
        sheet.cells.set(place, Some(Content::Formula(formula[0].as_str().into())));
    }
    sheet.styles = Arc::new(looks);
    let mut data = Sheet::new("data", "Data");
    for line in lines(&vectors.join("data.tsv")) {
        let text = line.get(3).map_or("", String::as_str);
        let content = match line[2].as_str() {
            "n" => Content::Number(text.parse().expect("a number")),
            "b" => Content::Bool(text == "TRUE"),
            "f" => Content::Formula(text.into()),
            _ => Content::Text(text.into()),
        };
        data.cells.set(at(&line[1]), Some(content));
    }
    let names = lines(&vectors.join("names.tsv"));
    let names = names.into_iter().map(|line| (line[0].clone(), line[1].clone()));
    let names = Arc::new(names.collect());
    Workbook { sheets: vec![sheet.into(), data.into()], names, ..Workbook::default() }
}

#[test]
fn libreoffice_computes_formulas_of_opendocument_as_those_of_others() {
    if !has_libreoffice() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../office/src/calc/tests/vectors");
    let formulas = lines(&vectors.join("formulas.tsv"));
    assert!(formulas.len() > 600, "{} formulas", formulas.len());
    let book = asked(&vectors, &formulas);
    let file = ods::write(&book, |_, _| Value::Empty, None, 0).expect("written");
    let path = folder.path().join("ours.ods");
    fs::write(&path, file.bytes).expect("kept");
    let text = fs::read_to_string(converted(&path, UTF_8, folder.path())).expect("CSV");
    let bounds = office::table::RecordBounds::default();
    let records = office::table::Records::new(text.as_bytes(), Some(b','), bounds);
    let records: Vec<_> = records.map(|record| record.expect("a record")).collect();
    let mut other = Vec::new();
    for (formula, record) in formulas.iter().zip(&records) {
        let (shown, told) =
            (record.cells[0].text.as_str(), formula.get(2).map_or("", String::as_str));
        let alike = match formula[1].as_str() {
            "n" => same(told, shown),
            "e" => shown == told || shown.starts_with("Err:") || shown.starts_with('#'),
            // The sign between sheet and cell is that of the file's own formulas.
            _ => shown == told || shown.replacen('.', "!", 1) == told,
        };
        if !alike {
            other.push((formula[0].as_str(), told, shown));
        }
    }
    assert_eq!(records.len(), formulas.len());
    assert!(other.is_empty(), "{} differ: {other:#?}", other.len());
}
