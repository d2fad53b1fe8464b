use serde_json::{Value, json};

use super::{reply, roof};

fn chart(values: &str) -> Value {
    json!({ "chart": { "type": "bar", "title": "Prices", "categories": "A2:A3",
        "series": [{ "name": "Price", "values": values }] } })
}

#[test]
fn a_chart_that_is_kept_is_drawn_again_from_its_cells() {
    let then = roof().when("keep", json!({ "name": "Prices", "view": chart("B2:B3") }));
    let first = reply(&then)["chart"]["svg"].clone();
    assert!(first.as_str().is_some_and(|svg| svg.starts_with("<svg")), "{first}");
    assert_eq!(then.types(), ["ViewKept"]);
    let given = then.given.when("set", json!({ "cells": { "B2": 9000 } })).given;
    let given = given.when("insert_lines", json!({ "axis": "rows", "at": 1, "count": 2 })).given;
    let given = given.when("rename_sheet", json!({ "sheet": "Costs", "name": "Our costs" })).given;
    given.state_is_the_fold();
    let second = reply(&given.when("show", json!({ "name": "prices" })))["chart"]["svg"].clone();
    let direct = json!({ "type": "bar", "title": "Prices", "categories": "'Our costs'!A4:A5",
        "series": [{ "name": "Price", "values": "'Our costs'!B4:B5" }] });
    let then = roof().when("set", json!({ "cells": { "B2": 9000 } })).given;
    let then = then.when("insert_lines", json!({ "axis": "rows", "at": 1, "count": 2 })).given;
    let then = then.when("rename_sheet", json!({ "sheet": "Costs", "name": "Our costs" })).given;
    assert_eq!(second, reply(&then.when("chart", direct))["svg"]);
    assert_ne!(second, first);
}

#[test]
fn a_pivot_that_is_kept_is_summed_up_again() {
    let view = json!({ "pivot": { "source": "A1:B3", "rows": ["Item"],
        "values": [{ "field": "Price" }] } });
    let then = roof().when("keep", json!({ "name": "Sums", "view": view }));
    assert_eq!(reply(&then)["pivot"]["rows"], json!([["Tiles", 420], ["Work", 480]]));
    let given = then.given.when("set", json!({ "cells": { "A2": "Tiles" } })).given;
    let then = given.when("show", json!({ "name": "Sums" }));
    assert_eq!(reply(&then)["pivot"]["rows"], json!([["Tiles", 900]]));
    let then = then.given.when("keep", json!({ "name": "SUMS", "view": chart("B2:B3") }));
    assert_eq!(then.types(), ["ViewKept"]);
    let then = then.given.when("forget", json!({ "name": "Sums" }));
    assert_eq!(reply(&then)["views"], Value::Null);
    then.given.state_is_the_fold();
    then.given.when("show", json!({ "name": "Sums" })).then_refused("view_not_found");
}

#[test]
fn what_cannot_be_shown_is_not_kept() {
    let none = json!({ "pivot": { "source": "A1:B3", "rows": ["Nothing"],
        "values": [{ "field": "Price" }] } });
    for (input, code) in [
        (json!({ "name": "P", "view": none }), "invalid_input"),
        (json!({ "name": "P", "view": chart("B2:C3") }), "invalid_input"),
        (json!({ "name": "P", "view": chart("Nowhere!B2:B3") }), "sheet_not_found"),
        (json!({ "name": "a/b", "view": chart("B2:B3") }), "invalid_input"),
        (json!({ "name": "P", "view": chart("B2:B3"), "at": "here" }), "invalid_input"),
    ] {
        roof().when("keep", input).then_refused(code);
    }
    // When its cells are gone, it says so.
    let given = roof().when("keep", json!({ "name": "P", "view": chart("B2:B3") })).given;
    let given = given.when("remove_lines", json!({ "axis": "rows", "at": 2, "count": 2 })).given;
    given.when("show", json!({ "name": "P" })).then_refused("invalid_input");
}

#[test]
fn what_is_wrong_with_a_view_is_told_where_it_stands() {
    let pivot = json!({ "pivot": { "source": "all", "rows": ["Item"],
        "values": [{ "field": "Price" }] } });
    for (input, field) in [
        (json!({ "name": "P", "view": chart("all") }), "input.view.chart.series[0].values"),
        (json!({ "name": "P", "view": pivot }), "input.view.pivot.source"),
        (json!({ "name": "P", "view": chart("B2:B3"), "at": "here" }), "input.at"),
    ] {
        let refusal = roof().when("keep", input).result.expect_err("refused");
        assert_eq!(refusal.errors[0].field, field);
    }
    let views = json!({ "V": { "view": chart("all") } });
    let then = roof().when("load", json!({ "sheets": [], "views": views }));
    let refusal = then.result.expect_err("refused");
    assert_eq!(refusal.errors[0].field, "input.views.V.view.chart.series[0].values");
}

#[test]
fn a_name_whose_cells_are_gone_comes_back_with_its_file() {
    let given = roof().when("define_name", json!({ "name": "Gone", "refers": "Costs!B3" })).given;
    let given = given.when("remove_lines", json!({ "axis": "rows", "at": 3 })).given;
    let means = given.state.book.names["Gone"].clone();
    assert_eq!(means, "#REF!");
    let input = json!({ "sheets": [], "names": { "Gone": means, "Here": "Costs!B2" } });
    let then = roof().when("load", input);
    then.decided();
    assert_eq!(then.given.state.book.names["Gone"], "#REF!");
    then.given.state_is_the_fold();
}
