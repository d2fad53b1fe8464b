use std::collections::BTreeMap;

use contracts::effect::{ConvertFormat, ConvertInto};
use contracts::kinds::myocyte::{Event, Load};
use contracts::{ActorId, Revision, Timestamp};
use serde_json::{Value, json};

use super::super::{Config, Read, Shape, Source, Stop, Subject, read, write};
use crate::kinds::myocyte::{Myocyte, State};
use crate::kinds::testing::{Given, given};

fn into(sheet: Option<&str>) -> ConvertInto {
    ConvertInto::Commands {
        kind: contracts::Kind::from_static("myocyte"),
        title: None,
        sheet: sheet.map(str::to_owned),
        day_first: None,
        otherwise: None,
        deed: None,
        zone: None,
    }
}

fn taken(bytes: Vec<u8>, format: ConvertFormat) -> Result<Read, contracts::Refusal> {
    let source = Source::file(bytes.into(), "roof.x".to_owned(), Some(format))?;
    read(&source, &into(Some("Data")), &Config::default(), &Stop::default())
}

/// The workbook that takes all parts.
fn loaded(read: &Read) -> State {
    let mut now = given::<Myocyte>(Vec::<Event>::new());
    for part in &read.parts {
        assert!(part.input.len() < 450 * 1024, "a part fits into a commit");
        let _: Load = serde_json::from_slice(&part.input).expect("a load");
        let input: Value = serde_json::from_slice(&part.input).expect("JSON");
        let then = now.when(part.name.as_str(), input);
        assert!(then.result.is_ok(), "{:?}", then.result.as_ref().map(|_| ()));
        now = then.given;
    }
    now.state
}

fn made(state: &State, format: ConvertFormat) -> super::super::Made {
    let subject = Subject {
        tenant: contracts::Tenant::from_static("main"),
        kind: contracts::Kind::from_static("myocyte"),
        id: ActorId::from_static("roof"),
        revision: Revision(3),
        at: Timestamp::from_millis(1_800_000_000_000),
        state: serde_json::to_value(state).expect("a state is JSON"),
        media: BTreeMap::new(),
    };
    write(subject, &Shape::of(format), &Config::default(), &Stop::default()).expect("written")
}

#[test]
fn every_format_is_read_again_as_it_was_written() {
    let csv = "item,price,when\nTiles,420.5,2026-01-03\nWork,480,2026-02-01\n";
    let state = loaded(&taken(csv.into(), ConvertFormat::Csv).unwrap());
    let shown = made(&state, ConvertFormat::Csv);
    assert_eq!(String::from_utf8(shown.bytes.clone()).unwrap(), csv.replace('\n', "\r\n"));
    assert_eq!(shown.filename, "Data.csv");
    let (formats, _) = contracts::kinds::chaperone::Convertible::Myocyte.formats();
    for format in formats.iter().copied() {
        let file = made(&state, format);
        assert_eq!(file.bytes, made(&state, format).bytes, "{format:?}: the same bytes");
        let again = loaded(&taken(file.bytes, format).unwrap());
        if format != ConvertFormat::Json {
            assert_eq!(made(&again, ConvertFormat::Csv).bytes, shown.bytes, "{format:?}");
        }
    }
}

/// The workbook with rules, a layout, a chart and a pivot.
fn furnished(mut now: Given<Myocyte>) -> Given<Myocyte> {
    for allow in [
        json!({ "list_of": "Näxt!A1:A9" }),
        json!({ "whole": { "between": [1, "=A2*2"] } }),
        json!({ "date": { "at_most": "2026-01-31" } }),
    ] {
        let area = format!("F{}", now.state.book.sheets[0].rules.len() + 1);
        let rule = json!({ "area": area, "allow": allow, "message": "No.", "otherwise": "warn" });
        now = now.when("set_rule", json!({ "rule": rule })).given;
    }
    assert_eq!(now.state.book.sheets[0].rules.len(), 3);
    let layout = json!({ "columns": [{ "at": "A", "letters": 24 }], "rows": [{ "at": "2:3",
        "points": 40.5 }], "frozen": { "rows": 1 }, "merged": ["A5:B6", "D1:E1"],
        "filter": { "area": "A1:C9" } });
    let input = json!({ "sheet": "Näxt", "layout": layout });
    now = now.when("layout", input).given;
    let chart = json!({ "chart": { "type": "line", "series": [{ "values": "A2:A9" }] } });
    let pivot = json!({ "pivot": { "source": "A1:B9", "rows": ["=text"], "values": [{ "field":
        "=text", "by": "count" }] } });
    for (name, view) in [("Line", chart), ("Counts", pivot)] {
        let then = now.when("keep", json!({ "name": name, "view": view }));
        assert!(then.result.is_ok(), "{:?}", then.result.as_ref().map(|_| ()));
        now = then.given;
    }
    now
}

#[test]
fn a_native_file_comes_back_with_the_same_hash() {
    let mut now = given::<Myocyte>(Vec::<Event>::new());
    now = now.when("create", json!({ "title": "Roof", "sheets": ["Costs", "Näxt"] })).given;
    let cells = json!({ "A1": "'=text", "A2": 1.5, "B9": "=SUM(A2:A2)", "C3": true, "D4": "👩‍🚀" });
    now = now.when("set", json!({ "cells": cells })).given;
    let look = json!({ "area": "A1:C9", "style": { "bold": true, "number": "0.00", "align": "right",
        "color": "AA0000", "fill": "FFFFFF" } });
    now = now.when("format", look).given;
    now = now.when("define_name", json!({ "name": "All", "refers": "Costs!A1:C9" })).given;
    now = furnished(now);
    let file = made(&now.state, ConvertFormat::Myotab);
    assert_eq!(file.filename, "Roof.myotab");
    let told: Value = serde_json::from_slice(&file.bytes).unwrap();
    let schema = contracts::kinds::myocyte::artifact::Artifact::schema();
    let valid = jsonschema::validator_for(&schema).expect("a schema");
    assert!(
        valid.is_valid(&told),
        "{:?}",
        valid.iter_errors(&told).next().map(|it| it.to_string())
    );
    let again = loaded(&taken(file.bytes.clone(), ConvertFormat::Myotab).unwrap());
    assert_eq!(made(&again, ConvertFormat::Myotab).bytes, file.bytes, "not a byte differs");
    assert_eq!(again.book.names, now.state.book.names);
    let rules = |state: &State| -> Vec<_> {
        let of = state.book.sheets.iter().flat_map(|sheet| sheet.rules.iter());
        of.map(|(_, rule)| rule.clone()).collect()
    };
    assert_eq!(rules(&again), rules(&now.state));
    // So does a file of another program, in which rules may stand in another order.
    let xlsx =
        loaded(&taken(made(&again, ConvertFormat::Xlsx).bytes, ConvertFormat::Xlsx).unwrap());
    assert!(rules(&xlsx).iter().all(|rule| rules(&now.state).contains(rule)));
    assert_eq!(rules(&xlsx).len(), 3);
    let laid = |state: &State| office::sheet::Layout::clone(&state.book.sheets[1].layout);
    assert!(!laid(&again).is_plain() && laid(&again) == laid(&now.state));
    assert_eq!(laid(&xlsx), laid(&now.state), "an empty sheet has no other widths");
    assert_eq!(again.book.views, now.state.book.views);
    assert_eq!(xlsx.book.sheets[2].name, "Counts", "what a pivot comes to is a sheet");
    let lost = made(&again, ConvertFormat::Xlsx).losses;
    assert_eq!(lost.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["pivot_tables"]);
    let lost = made(&again, ConvertFormat::Ods).losses;
    for (what, count) in [("column_widths", 1), ("row_heights", 1), ("merged_cells", 2)] {
        assert!(
            lost.iter().any(|loss| (loss.what.as_str(), loss.count) == (what, count)),
            "{what}"
        );
    }
    assert!(lost.iter().any(|loss| (loss.what.as_str(), loss.count) == ("validations", 3)));
    let mut other = told;
    other["body"]["sheets"][0]["cells"]["A2"] = json!(2);
    let refused = taken(other.to_string().into_bytes(), ConvertFormat::Myotab);
    assert_eq!(refused.unwrap_err().code, "file_damaged");
}

#[test]
fn large_tables_come_in_parts_and_nothing_is_lost() {
    let mut csv = String::from("a,b,c\n");
    let long = "long ".repeat(150);
    for row in 0..1_500 {
        csv.push_str(&format!("{row},text number {row} {long}end,{}.5\n", row * 2));
    }
    let read = taken(csv.clone().into(), ConvertFormat::Csv).unwrap();
    assert!(read.parts.len() > 2, "{} parts", read.parts.len());
    let state = loaded(&read);
    let back = String::from_utf8(made(&state, ConvertFormat::Csv).bytes).unwrap();
    assert_eq!(back.replace("\r\n", "\n"), csv);
}

#[test]
fn a_table_that_does_not_fit_comes_as_far_as_it_does_and_the_rest_is_counted() {
    let mut csv = String::from("id,note\n");
    for row in 1..=200_000 {
        let quote = if row == 50_000 { "\"" } else { "" };
        csv.push_str(&format!("{row},{quote}n{row}\n"));
    }
    let read = taken(csv.into(), ConvertFormat::Csv).unwrap();
    let told: Vec<_> =
        read.losses.iter().map(|it| (it.what.as_str(), it.place.as_str(), it.count)).collect();
    assert_eq!(told[0], ("rows", "from line 100001", 100_001));
    assert_eq!(told[1], ("quote_open", "line 50001", 1));
    let rows = rows(&read);
    assert_eq!(rows.len(), 100_000);
    assert_eq!(rows[50_000], [json!(50_000), json!("\"n50000")], "the quote spoils its own cell");
    let mut numbered = (1..).zip(&rows[1..]);
    assert!(numbered.all(|(number, row)| row[0] == json!(number)), "none is missing");
}

/// The rows of all parts, one after the other.
fn rows(read: &Read) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for part in &read.parts {
        let load: Load = serde_json::from_slice(&part.input).expect("a load");
        let areas = load.sheets.into_iter().flat_map(|sheet| sheet.areas);
        let each = areas.flat_map(|area| area.rows);
        rows.extend(each.map(|row| row.into_iter().map(|cell| cell.0).collect::<Vec<_>>()));
    }
    rows
}

#[test]
fn one_long_row_does_not_make_all_others_long() {
    let mut csv = format!("{}\n", "h,".repeat(16_383));
    csv.push_str(&"1\n".repeat(20_000));
    let read = taken(csv.into(), ConvertFormat::Csv).unwrap();
    assert_eq!(rows(&read).iter().map(Vec::len).sum::<usize>(), 16_384 + 20_000);
}

#[test]
fn a_long_row_is_divided_too() {
    let long = "x".repeat(30_000);
    let header: Vec<_> = (0..30).map(|n| format!("c{n}")).collect();
    let row: Vec<_> = (0..30).map(|n| format!("{n}{long}")).collect();
    let csv = format!("{}\n{}\n1\n", header.join(","), row.join(","));
    let state = loaded(&taken(csv.into(), ConvertFormat::Csv).unwrap());
    let back = String::from_utf8(made(&state, ConvertFormat::Csv).bytes).unwrap();
    let lines: Vec<_> = back.lines().collect();
    assert_eq!(lines[1], row.join(","));
    assert!(lines[2].starts_with("1,"), "{}", lines[2]);
}

#[test]
fn what_a_table_does_not_hold_is_told() {
    let mut now = given::<Myocyte>(Vec::<Event>::new());
    now = now.when("set", json!({ "cells": { "A1": 1, "A2": "=A1*2" } })).given;
    now = now.when("add_sheet", json!({ "name": "More" })).given;
    let file = made(&now.state, ConvertFormat::Csv);
    let told: Vec<_> = file.losses.iter().map(|it| (it.what.as_str(), it.count)).collect();
    assert_eq!(told, [("formulas", 1), ("sheets", 1)]);
    assert!(made(&now.state, ConvertFormat::Xlsx).losses.is_empty());
    let list = json!([[1], [2]]).to_string();
    assert_eq!(String::from_utf8(made(&now.state, ConvertFormat::Json).bytes).unwrap(), list);
}

#[test]
fn files_that_nobody_wants_end_as_codes() {
    let bomb = {
        use std::io::Write as _;
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("xl/workbook.xml", options).unwrap();
        zip.write_all(&vec![b' '; 1024 * 1024]).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let small = Config { grown_bytes_max: 64 * 1024, ..Config::default() };
    let source = Source::file(bomb.into(), "b.xlsx".to_owned(), None).unwrap();
    let code = |result: Result<Read, contracts::Refusal>| result.unwrap_err().code.to_string();
    let stop = Stop::default();
    assert_eq!(code(read(&source, &into(None), &small, &stop)), "file_hostile");
    assert_eq!(code(taken(b"PK no archive".to_vec(), ConvertFormat::Xlsx)), "file_damaged");
    assert_eq!(code(taken(vec![0xff, 0xfe, 0], ConvertFormat::Csv)), "file_damaged");
    assert_eq!(code(taken(Vec::new(), ConvertFormat::Csv)), "file_empty");
    assert_eq!(code(taken(b"{\"a\":".to_vec(), ConvertFormat::Json)), "file_damaged");
    let little = Config { source_bytes_max: 10, ..Config::default() };
    let source = Source::text("a,b,c\n1,2,3\n", ConvertFormat::Csv);
    assert_eq!(code(read(&source, &into(None), &little, &stop)), "file_too_large");
    let named = Source::file(b"a".to_vec().into(), "a.exe".to_owned(), None);
    assert_eq!(named.unwrap_err().code, "file_unsupported");
    let many = format!("[{}[1]]", "[1],".repeat(200_001));
    assert_eq!(code(taken(many.into(), ConvertFormat::Json)), "file_too_large");
}

#[tokio::test]
async fn a_reader_that_falls_gives_its_place_back() {
    let converter =
        super::super::Converter::new(&Config { concurrent_max: 1, ..Config::default() });
    let fallen = converter.run(|_, _| -> Result<(), _> { panic!("a bad file") }).await;
    assert_eq!(fallen.unwrap_err().code, "file_damaged");
    assert_eq!(converter.run(|_, _| Ok(7)).await, Ok(7));
}
