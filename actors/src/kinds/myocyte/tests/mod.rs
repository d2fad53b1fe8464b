mod arranging;
mod computing;
mod filling;
mod lasting;
mod layout;
mod rules;
mod tables;

use contracts::Reply;
use contracts::kinds::myocyte as page;
use serde_json::{Value, json};

use super::Myocyte;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

/// A workbook with prices: a sum in B4, a share of it in B5.
fn roof() -> Given<Myocyte> {
    let begun =
        given::<Myocyte>([]).when("create", json!({ "title": "Roof", "sheets": ["Costs"] }));
    begun.decided();
    let cells = json!({ "A1": "Item", "B1": "Price", "B4": "=SUM(B2:B3)", "B5": "=B4*0.5" });
    let areas = json!([{ "at": "A2", "rows": [["Work", 480], ["Tiles", 420]] }]);
    let filled = begun.given.when("set", json!({ "cells": cells, "areas": areas }));
    filled.decided();
    filled.given
}

fn reply(then: &Then<Myocyte>) -> Value {
    match &then.decided().reply {
        Reply::Now(value) => value.clone(),
        later => panic!("{later:?}"),
    }
}

/// What a cell comes to.
fn comes_to(given: Given<Myocyte>, sheet: &str, cell: &str) -> Value {
    let told = given.when("read", json!({ "sheet": sheet, "area": cell }));
    reply(&told)["rows"][0][0].clone()
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Myocyte>();
}

#[test]
fn the_examples_of_the_page_work_one_after_the_other() {
    let mut given = given::<Myocyte>([]);
    for spec in <page::Myocyte as contracts::Page>::commands() {
        let then = given.when(spec.name, spec.example);
        assert!(then.result.is_ok(), "{}: {:?}", spec.name, then.result);
        given = then.given;
    }
    given.state_is_the_fold();
}

#[test]
fn nothing_is_done_to_a_workbook_that_is_not() {
    for (command, input) in [
        ("read", json!({})),
        ("add_sheet", json!({ "name": "a" })),
        ("export", json!({})),
        ("sort", json!({ "area": "A1:A2", "by": [{ "column": "A" }] })),
    ] {
        given::<Myocyte>([]).when(command, input).then_refused("actor_not_found");
    }
    roof().when("create", json!({})).then_refused("actor_exists");
}
