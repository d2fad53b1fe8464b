use serde_json::{Value, json};

use super::{Myocyte, reply, roof};
use crate::kinds::testing::given;

#[test]
fn formulas_see_the_workbook_and_tables() {
    let input = json!({
        "formulas": [
            { "id": "tax", "expression": "Costs!B4*0.19" },
            { "expression": "=SUM(Sales!B2:B4)" },
            { "expression": "SORT(Sales!B2:B4)" },
            { "expression": "1/0" },
        ],
        "tables": [{ "name": "Sales", "headers": ["Month", "Sum"],
            "rows": [["May", 14], ["June", 10], ["July", "=1+1"]] }],
    });
    let then = roof().when("formula_eval", input);
    assert_eq!(then.decided().events, []);
    let told = reply(&then);
    let values: Vec<Value> = told["results"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["value"].clone())
        .collect();
    assert_eq!(values[..2], [json!(171), json!(24)]);
    assert_eq!(values[3], json!({ "error": "#DIV/0!" }));
    assert_eq!(told["results"][2]["rows"], json!([[10], [14], ["=1+1"]]));
    assert_eq!(
        (&told["results"][0]["formula_id"], &told["results"][1]["formula_id"]),
        (&json!("tax"), &json!("2"))
    );
}

#[test]
fn formulas_need_no_workbook() {
    let input = json!({ "formulas": [{ "expression": "PMT(0.05/12,60,-10000)" }] });
    let then = given::<Myocyte>([]).when("formula_eval", input);
    let value = reply(&then)["results"][0]["value"].as_f64().expect("a number");
    assert!((value - 188.712).abs() < 0.001, "{value}");
    let bad = json!({ "formulas": [{ "expression": "SUM(" }] });
    given::<Myocyte>([]).when("formula_eval", bad).then_refused("formula_invalid");
    let twice = json!({ "formulas": [{ "expression": "1" }], "tables": [{ "name": "Costs" }] });
    roof().when("formula_eval", twice).then_refused("sheet_exists");
}

#[test]
fn time_is_that_of_the_command_and_chance_repeats() {
    let given = roof().when("set", json!({ "cells": { "D1": "=TODAY()", "D2": "=RAND()" } })).given;
    let one = given.when("read", json!({ "area": "D1:D2" }));
    let two = one.given.when("read", json!({ "area": "D1:D2" }));
    let told = reply(&two);
    assert_eq!(told["rows"][0][0], 46_402);
    assert_eq!(told["rows"], reply_of(&one.result));
}

fn reply_of(
    result: &Result<contracts::Decision<contracts::kinds::myocyte::Event>, contracts::Refusal>,
) -> Value {
    match result.as_ref().map(|decision| &decision.reply) {
        Ok(contracts::Reply::Now(value)) => value["rows"].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_read_has_an_end() {
    let rows: Vec<Vec<u32>> = (0..6000).map(|row| vec![row, row, row]).collect();
    let given = roof().when("set", json!({ "areas": [{ "at": "A10", "rows": rows }] })).given;
    let then = given.when("read", json!({}));
    let told = reply(&then);
    assert_eq!((told["area"].as_str(), told["more"].as_bool()), (Some("A1:C3333"), Some(true)));
    let then = then.given.when("read", json!({ "area": "C6009:D6010" }));
    assert_eq!(reply(&then)["rows"], json!([[5999, null], [null, null]]));
}

#[test]
fn rows_of_numbers_are_told_on() {
    let rows: Vec<Vec<i32>> =
        (0..24).map(|at| vec![100 + 2 * at + [9, -4, -8, 3][at as usize % 4]]).collect();
    let given = roof().when("set", json!({ "areas": [{ "at": "F1", "rows": rows }] })).given;
    let then = given.when("model_forecast", json!({ "area": "F1:F30", "periods": 4 }));
    let told = reply(&then);
    assert_eq!(
        (told["method"].as_str(), told["season"].as_u64()),
        (Some("holt_winters_additive"), Some(4))
    );
    let first = told["predictions"][0]["value"].as_f64().expect("a number");
    assert!((first - 157.0).abs() < 0.5, "{told}");
    assert!(told["tried"].as_array().expect("a list").len() >= 5);
    for (input, code) in [
        (json!({ "area": "A1:A4" }), "not_a_number"),
        (json!({ "area": "A1:B4" }), "invalid_input"),
        (json!({ "values": [1, 2] }), "forecast_impossible"),
        (json!({ "values": [1, 2, 3], "area": "F1:F3" }), "invalid_input"),
        (
            json!({ "values": [1, 2, 3], "method": "holt_winters_additive", "season": 2 }),
            "forecast_impossible",
        ),
    ] {
        roof().when("model_forecast", input).then_refused(code);
    }
}

#[test]
fn rows_are_summed_up_and_drawn() {
    let rows = json!([
        ["Region", "Month", "Sum"],
        ["West", "May", 3],
        ["East", "May", 4],
        ["West", "June", 5]
    ]);
    let given = roof().when("add_sheet", json!({ "name": "Sales" })).given;
    let areas = json!([{ "at": "A1", "rows": rows }]);
    let given = given.when("set", json!({ "sheet": "Sales", "areas": areas })).given;
    let by = json!({ "source": "Sales!A:C", "rows": ["region"], "columns": "Month",
        "values": [{ "field": "Sum" }] });
    let then = given.when("pivot", by);
    assert_eq!(then.decided().events, []);
    let told = reply(&then);
    assert_eq!(told["header"], json!(["region", "June: sum of Sum", "May: sum of Sum"]));
    assert_eq!(told["rows"], json!([["East", null, 4], ["West", 5, 3]]));
    assert_eq!(told["totals"], json!({ "sum of Sum": 12 }));
    let bars = json!({ "type": "bar", "categories": "Sales!A2:A4",
        "series": [{ "values": "Sales!C2:C4", "name": "Sum" }] });
    let then = then.given.when("chart", bars);
    let told = reply(&then);
    assert_eq!(told["svg"].as_str().expect("a text").matches("#0072b2").count(), 4);
    for (command, input, code) in [
        ("chart", json!({ "type": "pie", "series": [{ "values": "A1:A3" }] }), "chart_impossible"),
        ("chart", json!({ "type": "bar", "series": [{ "values": "A1:B3" }] }), "invalid_input"),
        ("chart", json!({ "type": "bar", "series": [] }), "invalid_input"),
        ("chart", json!({ "type": "line", "series": [{ "values": "No!A1" }] }), "sheet_not_found"),
        (
            "pivot",
            json!({ "source": "A1:B3", "rows": ["x"], "values": [{ "field": "Price" }] }),
            "invalid_input",
        ),
    ] {
        roof().when(command, input).then_refused(code);
    }
}

#[test]
fn rows_are_told_that_meet_conditions() {
    let rows = json!([
        ["Item", "Price"],
        ["Tiles", 420],
        ["Work", 480],
        ["Gift", "none"],
        ["tile", "=1/0"]
    ]);
    let areas = json!([{ "at": "A1", "rows": rows }]);
    let given = given::<Myocyte>([]).when("set", json!({ "sheet": "Costs", "areas": areas })).given;
    let mut given = given;
    for (conditions, any, at) in [
        (json!([{ "field": "price", "is": "above", "value": 450 }]), false, vec![3]),
        (json!([{ "field": "Item", "is": "begins", "value": "TILE" }]), false, vec![2, 5]),
        (
            json!([{ "field": "Price", "is": "error" }, { "field": "Item", "is": "equal", "value": "gift" }]),
            true,
            vec![4, 5],
        ),
        (
            json!([{ "field": "Price", "is": "at_most", "value": 420 }, { "field": "Item", "is": "filled" }]),
            false,
            vec![2],
        ),
    ] {
        let input = json!({ "source": "Costs!A:B", "where": conditions, "any": any });
        let then = given.when("filter", input);
        assert_eq!(then.decided().events, []);
        let told = reply(&then);
        assert_eq!((&told["at"], &told["found"]), (&json!(at), &json!(at.len())), "{told}");
        assert_eq!((&told["header"], &told["more"]), (&json!(["Item", "Price"]), &json!(false)));
        given = then.given;
    }
    for wrong in [
        json!({ "source": "A1:B3", "where": [] }),
        json!({ "source": "A1:B3", "where": [{ "field": "x", "is": "filled" }] }),
        json!({ "source": "A1:B3", "where": [{ "field": "Price", "is": "filled", "value": 1 }] }),
        json!({ "source": "A1:B3", "where": [{ "field": "Price", "is": "above" }] }),
        json!({ "source": "nowhere", "where": [{ "field": "Price", "is": "empty" }] }),
    ] {
        roof().when("filter", wrong).then_refused("invalid_input");
    }
}
