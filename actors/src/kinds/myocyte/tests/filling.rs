use serde_json::json;

use super::{Myocyte, comes_to, reply, roof};
use crate::kinds::testing::given;

#[test]
fn what_is_set_is_computed_and_what_changed_is_told() {
    let then = roof().when("set", json!({ "cells": { "B2": 500 } }));
    let told = reply(&then);
    assert_eq!(told["computed"], 2);
    let values: Vec<_> = told["changed"].as_array().expect("a list").iter().collect();
    assert_eq!(values.len(), 2, "{told}");
    assert!(values.iter().any(|one| one["cell"] == "B4" && one["value"] == 920), "{told}");
    then.given.state_is_the_fold();
    assert_eq!(comes_to(then.given, "Costs", "B5"), 460);
}

#[test]
fn the_same_again_is_no_event() {
    let then = roof().when("set", json!({ "cells": { "B2": 480 } }));
    assert_eq!(then.decided().events, []);
}

#[test]
fn a_workbook_may_begin_with_its_cells() {
    let then =
        given::<Myocyte>([]).when("set", json!({ "sheet": "Ideas", "cells": { "A1": true } }));
    assert_eq!(then.types(), ["Created", "SheetAdded", "CellsSet"]);
    assert_eq!(comes_to(then.given, "ideas", "A1"), true);
}

#[test]
fn errors_are_values_and_travel() {
    let then =
        roof().when("set", json!({ "cells": { "B2": "=1/0", "C1": "=IFERROR(B4, \"none\")" } }));
    let given = then.given;
    given.state_is_the_fold();
    assert_eq!(comes_to(given, "Costs", "B5"), json!({ "error": "#DIV/0!" }));
}

#[test]
fn what_cannot_be_kept_is_refused() {
    for (input, code) in [
        (json!({}), "invalid_input"),
        (json!({ "cells": { "B0": 1 } }), "invalid_input"),
        (json!({ "cells": { "A1": [1] } }), "invalid_input"),
        (json!({ "cells": { "A1": "x".repeat(40_000) } }), "invalid_input"),
        (json!({ "areas": [{ "at": "XFD1", "rows": [[1, 2]] }] }), "invalid_input"),
        (json!({ "areas": [{ "at": "A1", "rows": [vec![1; 20_001]] }] }), "invalid_input"),
        (json!({ "cells": { "A1": "=1+" } }), "formula_invalid"),
        (
            json!({ "cells": { "A1": format!("={}1{}", "(".repeat(100), ")".repeat(100)) } }),
            "formula_invalid",
        ),
        (json!({ "sheet": "Nowhere", "cells": { "A1": 1 } }), "sheet_not_found"),
    ] {
        roof().when("set", input).then_refused(code);
    }
}

#[test]
fn cells_that_would_wait_for_themselves_are_named() {
    let then =
        roof().when("set", json!({ "cells": { "B2": "=B5" } })).then_refused("formula_cycle");
    let refusal = then.result.expect_err("refused");
    let cells = refusal.details.expect("details")["cells"].clone();
    let mut cells: Vec<String> = serde_json::from_value(cells).expect("texts");
    cells.sort();
    assert_eq!(cells, ["Costs!B2", "Costs!B4", "Costs!B5"]);
    // What was refused left nothing behind.
    assert_eq!(comes_to(then.given, "Costs", "B5"), 450);
    roof().when("set", json!({ "cells": { "C1": "=C1+1" } })).then_refused("formula_cycle");
    let with = roof().when("add_sheet", json!({ "name": "Two" })).given;
    let with = with.when("set", json!({ "sheet": "Two", "cells": { "A1": "=Costs!B4" } })).given;
    with.when("set", json!({ "cells": { "B3": "=Two!A1" } })).then_refused("formula_cycle");
}

#[test]
fn texts_of_every_script_stay_as_they_are() {
    let text = "שלום 👩‍🚀 grüße";
    let then =
        roof().when("set", json!({ "cells": { "D1": text, "D2": "=LEN(D1)", "D3": "'=no" } }));
    then.given.state_is_the_fold();
    let told = then.given.when("read", json!({ "area": "D1:D3" }));
    let told = reply(&told);
    assert_eq!((&told["rows"][0][0], &told["rows"][2][0]), (&json!(text), &json!("=no")));
}
