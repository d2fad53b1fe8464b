use serde_json::json;

use super::{comes_to, reply, roof};

#[test]
fn sheets_come_go_and_are_named() {
    let given = roof().when("add_sheet", json!({ "name": "Sum & more", "at": 1 })).given;
    let set = json!({ "sheet": "sum & MORE", "cells": { "A1": "=Costs!B4" } });
    let given = given.when("set", set).given;
    let then = given.when("rename_sheet", json!({ "sheet": "Costs", "name": "Prices" }));
    let told = reply(&then);
    let names: Vec<_> =
        told["sheets"].as_array().expect("a list").iter().map(|s| s["name"].clone()).collect();
    assert_eq!(names, ["Sum & more", "Prices"]);
    then.given.state_is_the_fold();
    let then = then.given.when("read", json!({ "sheet": "Sum & more" }));
    assert_eq!(reply(&then)["formulas"]["A1"], "=Prices!B4");
    let given = then.given.when("move_sheet", json!({ "sheet": "Prices", "at": 1 })).given;
    let given = given.when("remove_sheet", json!({ "sheet": "Prices" })).given;
    given.state_is_the_fold();
    assert_eq!(comes_to(given, "Sum & more", "A1"), json!({ "error": "#REF!" }));
}

#[test]
fn what_does_not_fit_is_refused() {
    for (command, input, code) in [
        ("add_sheet", json!({ "name": "COSTS" }), "sheet_exists"),
        ("add_sheet", json!({ "name": "a/b" }), "invalid_input"),
        ("add_sheet", json!({ "name": "x".repeat(32) }), "invalid_input"),
        ("remove_sheet", json!({ "sheet": "Costs" }), "last_sheet"),
        ("rename_sheet", json!({ "sheet": "Nobody", "name": "a" }), "sheet_not_found"),
        ("remove_name", json!({ "name": "none" }), "name_not_found"),
        ("define_name", json!({ "name": "A1", "refers": "Costs!A1" }), "invalid_input"),
        ("define_name", json!({ "name": "x", "refers": "A1:A2" }), "invalid_input"),
        ("define_name", json!({ "name": "mine", "refers": "Nobody!A1" }), "sheet_not_found"),
        ("insert_lines", json!({ "axis": "rows", "at": 1, "count": 0 }), "invalid_input"),
        ("insert_lines", json!({ "axis": "columns", "at": 20_000 }), "invalid_input"),
        ("format", json!({ "area": "A1", "style": {} }), "invalid_input"),
        ("format", json!({ "area": "A1", "style": { "fill": "red" } }), "invalid_input"),
        ("sort", json!({ "area": "A1:B2", "by": [] }), "invalid_input"),
    ] {
        roof().when(command, input).then_refused(code);
    }
}

#[test]
fn rows_and_columns_come_and_go() {
    let then = roof().when("insert_lines", json!({ "axis": "rows", "at": 3, "count": 2 }));
    then.given.state_is_the_fold();
    let given = then.given.when("set", json!({ "cells": { "B3": 100 } })).given;
    let then = given.when("read", json!({}));
    let told = reply(&then);
    assert_eq!(told["formulas"], json!({ "B6": "=SUM(B2:B5)", "B7": "=B6*0.5" }));
    assert_eq!(told["rows"][5][1], 1000);
    let given =
        then.given.when("remove_lines", json!({ "axis": "rows", "at": 2, "count": 4 })).given;
    given.state_is_the_fold();
    assert_eq!(comes_to(given, "Costs", "B2"), json!({ "error": "#REF!" }));
    let far = roof().when("set", json!({ "cells": { "A1048576": 1 } })).given;
    far.when("insert_lines", json!({ "axis": "rows", "at": 1 })).then_refused("invalid_input");
}

#[test]
fn rows_are_sorted_by_what_they_come_to() {
    let by = json!([{ "column": "B" }]);
    let then = roof().when("sort", json!({ "area": "A1:B3", "by": by, "header": true }));
    assert_eq!(then.types(), ["RowsSorted"]);
    then.given.state_is_the_fold();
    let then = then.given.when("read", json!({ "area": "A1:A3" }));
    assert_eq!(reply(&then)["rows"], json!([["Item"], ["Tiles"], ["Work"]]));
    let again = json!({ "area": "A1:B3", "by": [{ "column": "A" }], "header": true });
    assert_eq!(then.given.when("sort", again).decided().events, []);
}

#[test]
fn names_mean_areas() {
    let given =
        roof().when("define_name", json!({ "name": "Prices", "refers": "costs!B2:B3" })).given;
    let then = given.when("set", json!({ "cells": { "C1": "=MAX(prices)" } }));
    then.given.state_is_the_fold();
    let given = then.given;
    let again = given.when("define_name", json!({ "name": "PRICES", "refers": "Costs!$B$2:$B$3" }));
    assert_eq!(again.decided().events, []);
    let cyclic =
        again.given.when("define_name", json!({ "name": "Prices", "refers": "Costs!C1:C3" }));
    let given = cyclic.then_refused("formula_cycle").given;
    assert_eq!(comes_to(given, "Costs", "C1"), 480);
}
