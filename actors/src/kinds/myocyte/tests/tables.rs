use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Myocyte, comes_to, reply, roof};
use crate::kinds::testing::given;

#[test]
fn a_table_becomes_a_sheet() {
    let text = "day,sum,note\n2026-01-31,10.5,=cmd()\n1900-02-29,12,\"open\n";
    let then = given::<Myocyte>([]).when("ingest_table", json!({ "raw_data": text }));
    let told = reply(&then);
    assert_eq!((told["name"].as_str(), told["rows"].as_u64()), (Some("Table1"), Some(2)));
    let codes: Vec<_> =
        told["unclear"].as_array().expect("a list").iter().map(|one| one["code"].clone()).collect();
    assert_eq!(codes, ["quote_open", "date_impossible", "mixed_types"]);
    then.given.state_is_the_fold();
    let then = then.given.when("read", json!({}));
    let told = reply(&then);
    assert_eq!(told["rows"][1], json!([46_053, 10.5, "=cmd()"]));
    assert_eq!(told["formulas"], json!({}));
}

#[test]
fn tables_that_cannot_be_read_are_refused() {
    for (input, code) in [
        (json!({ "raw_data": " \n" }), "table_unreadable"),
        (json!({ "raw_data": "{}", "format": "json" }), "table_unreadable"),
        (json!({ "raw_data": "a\n1\n", "name": "Costs" }), "sheet_exists"),
        (json!({ "raw_data": "x".repeat(400_000) }), "invalid_input"),
        (json!({ "raw_data": "1,2\n".repeat(10_001) }), "table_unreadable"),
    ] {
        roof().when("ingest_table", input).then_refused(code);
    }
}

#[test]
fn files_are_what_the_workbook_shows() {
    let style = json!({ "area": "B2:B5", "style": { "number": "#,##0.00" } });
    let given = roof().when("format", style).given;
    let then = given.when("export", json!({ "format": "csv" }));
    let told = reply(&then);
    let text = "Item,Price\r\nWork,480.00\r\nTiles,420.00\r\n,900.00\r\n,450.00\r\n";
    assert_eq!((told["text"].as_str(), told["filename"].as_str()), (Some(text), Some("Costs.csv")));
    let then = then.given.when("export", json!({}));
    let told = reply(&then);
    assert_eq!(told["filename"], "Roof.xlsx");
    let file = STANDARD.decode(told["base64"].as_str().expect("base64")).expect("base64");
    assert!(file.starts_with(b"PK") && file.len() as u64 == told["bytes"].as_u64().expect("bytes"));
    assert_eq!(comes_to(then.given, "Costs", "B4"), 900);
}

#[test]
fn a_file_becomes_sheets_again() {
    for format in ["ods", "xlsx"] {
        let told = reply(&roof().when("export", json!({ "format": format })));
        assert_eq!(told["filename"], format!("Roof.{format}"));
        let then = given::<Myocyte>([]).when("import_file", json!({ "base64": told["base64"] }));
        let imported = reply(&then);
        assert_eq!(
            (imported["sheets"][0]["name"].as_str(), imported["left_out"].clone()),
            (Some("Costs"), json!({}))
        );
        then.given.state_is_the_fold();
        let then = then.given.when("set", json!({ "cells": { "B2": 500 } }));
        assert_eq!(comes_to(then.given, "Costs", "B5"), 460);
    }
    let told = reply(&roof().when("export", json!({})));
    roof().when("import_file", json!({ "base64": told["base64"] })).then_refused("sheet_exists");
    for (base64, code) in
        [("UEsDBA==", "file_refused"), ("?", "invalid_input"), ("", "file_refused")]
    {
        roof().when("import_file", json!({ "base64": base64 })).then_refused(code);
    }
}
