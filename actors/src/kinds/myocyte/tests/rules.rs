use serde_json::{Value, json};

use super::{Myocyte, comes_to, reply, roof};
use crate::kinds::testing::{Given, given};

/// The workbook with a rule; what its answer tells.
fn ruled(given: Given<Myocyte>, rule: &Value) -> (Given<Myocyte>, Value) {
    let then = given.when("set_rule", json!({ "rule": rule }));
    let told = reply(&then);
    then.given.state_is_the_fold();
    (then.given, told)
}

fn cells(told: &Value) -> Vec<&str> {
    let cells = told.as_array().expect("a list").iter();
    cells.map(|cell| cell["cell"].as_str().expect("a place")).collect()
}

#[test]
fn what_a_rule_does_not_allow_is_refused_and_loses_nothing() {
    let rule = json!({ "area": "B2:B3", "allow": { "whole": { "between": [1, "=C$8"] } },
        "message": "No more than half" });
    let given = roof().when("set", json!({ "cells": { "C8": 450 } })).given;
    let (given, told) = ruled(given, &rule);
    assert_eq!((told["checked"].as_u64(), told["count"].as_u64()), (Some(2), Some(1)), "{told}");
    assert_eq!(cells(&told["broken"]), ["B2"]);
    let input = json!({ "cells": { "A9": "kept?", "B2": 1.5, "B3": 4 } });
    let then = given.when("set", input).then_refused("rule_broken");
    let refusal = then.result.expect_err("refused");
    let details = refusal.details.expect("details");
    assert_eq!(cells(&details["cells"]), ["B2"]);
    assert_eq!(details["cells"][0]["message"], "No more than half");
    assert_eq!(details["cells"][0]["rule"], told["rules"][0]["id"]);
    assert!(refusal.message.contains("B2 may not hold 1.5"), "{}", refusal.message);
    let given = then.given;
    let given =
        given.when("set", json!({ "cells": { "B3": "=1/0" } })).then_refused("rule_broken").given;
    let told = reply(&given.when("read", json!({ "area": "A9:B9" })));
    assert_eq!(told["rows"], json!([[null, null]]), "nothing of what was refused is there");
}

#[test]
fn what_is_emptied_or_stays_as_it_was_breaks_no_rule() {
    let rule = json!({ "area": "B2:B3", "allow": { "whole": { "between": [1, 450] } } });
    let (given, _) = ruled(roof(), &rule);
    let cells = json!({ "A2": "Labour", "B2": 480, "B3": null, "C1": 99.5 });
    let then = given.when("set", json!({ "cells": cells }));
    assert_eq!(then.decided().events.len(), 1);
    assert_eq!(comes_to(then.given, "Costs", "B4"), 480);
}

#[test]
fn what_only_warns_is_kept_and_told() {
    let rule = json!({ "area": "B2:C5", "allow": { "decimal": { "at_most": 1000 } },
        "otherwise": "warn" });
    let (given, told) = ruled(roof(), &rule);
    assert_eq!(told["count"], 0);
    let then = given.when("set", json!({ "cells": { "B2": 5000 } }));
    let told = reply(&then);
    // The cell, and what hangs on it.
    let mut broken = cells(&told["broken"]);
    broken.sort_unstable();
    assert_eq!(broken, ["B2", "B4", "B5"]);
    let told = reply(&then.given.when("validate", json!({})));
    assert_eq!((cells(&told["broken"]), told["count"].as_u64()), (vec!["B2", "B4", "B5"], Some(3)));
    assert_eq!(told["broken"][1]["value"], 5420);
}

#[test]
fn formulas_may_break_a_rule_that_refuses() {
    let (given, _) =
        ruled(roof(), &json!({ "area": "B5", "allow": { "decimal": { "below": 500 } } }));
    let then = given.when("set", json!({ "cells": { "B2": 900 } }));
    assert_eq!(cells(&reply(&then)["broken"]), ["B5"]);
    let told = reply(&then.given.when("validate", json!({ "area": "A1:B4" })));
    assert_eq!((told["count"].as_u64(), told["checked"].as_u64()), (Some(0), Some(0)));
}

#[test]
fn lists_days_lengths_and_formulas_are_kept() {
    let given = roof().when("add_sheet", json!({ "name": "Lists" })).given;
    let names =
        json!({ "sheet": "Lists", "areas": [{ "at": "A1", "rows": [["Tiles"], ["Work"]] }] });
    let mut given = given.when("set", names).given;
    for (rule, good, bad) in [
        (json!({ "area": "D1", "allow": { "list": ["a", "3"] } }), json!(3), json!("A")),
        (json!({ "area": "D2", "allow": { "list_of": "Lists!A:A" } }), json!("Work"), json!("w")),
        (
            json!({ "area": "D3", "allow": { "date": { "at_least": "2026-01-31" } } }),
            json!(46_053),
            json!(46_052),
        ),
        (
            json!({ "area": "D4", "allow": { "text_length": { "equal": 3 } } }),
            json!("שלו"),
            json!("four"),
        ),
        (json!({ "area": "D5:D6", "allow": { "formula": "=D5>B2" } }), json!(481), json!(1)),
        (json!({ "area": "D7", "allow": { "decimal": { "different": 2 } } }), json!(3), json!(2)),
    ] {
        let place = rule["area"].as_str().expect("an area").split(':').next().expect("a place");
        let place = place.to_owned();
        let (ruled, _) = ruled(given, &rule);
        let set = |value: &Value| json!({ "cells": { place.as_str(): value } });
        let then = ruled.when("set", set(&bad)).then_refused("rule_broken");
        let then = then.given.when("set", set(&good));
        then.decided();
        given = then.given;
    }
    // The formula of the second cell is the one of the first, copied.
    let then = given.when("set", json!({ "cells": { "D6": 420 } })).then_refused("rule_broken");
    let given = then.given.when("set", json!({ "cells": { "D6": 421 } })).given;
    let told = reply(&given.when("validate", json!({ "sheet": "Costs" })));
    assert_eq!((told["count"].as_u64(), told["checked"].as_u64()), (Some(0), Some(7)), "{told}");
    assert_eq!(told["rules"][2]["rule"]["allow"], json!({ "date": { "at_least": 46_053 } }));
    assert_eq!(told["rules"][1]["rule"]["allow"], json!({ "list_of": "Lists!$A:$A" }));
}

#[test]
fn a_sort_that_puts_in_what_is_not_allowed_is_refused() {
    let rule = json!({ "area": "B2", "allow": { "whole": { "at_least": 450 } } });
    let (given, _) = ruled(roof(), &rule);
    let sort = json!({ "area": "A2:B3", "by": [{ "column": "B" }] });
    let then = given.when("sort", sort).then_refused("rule_broken");
    // Rules move with rows that come, and nobody wrote anything.
    let moved = then.given.when("insert_lines", json!({ "axis": "rows", "at": 1 }));
    let told = reply(&moved.given.when("validate", json!({})));
    assert_eq!(told["rules"][0]["rule"]["area"], "B3");
}

#[test]
fn a_cell_has_one_rule() {
    let any = |area: &str| json!({ "area": area, "allow": { "decimal": { "above": 0 } } });
    let (given, told) = ruled(roof(), &any("B2:B3"));
    let id = told["rules"][0]["id"].clone();
    let then = given.when("set_rule", json!({ "rule": any("B3:B4") }));
    let (given, told) = ruled(then.then_refused("invalid_input").given, &any("B2:B3"));
    assert_eq!((told["rules"].as_array().map(Vec::len), &told["rules"][0]["id"]), (Some(1), &id));
    let then = given.when("remove_rule", json!({ "area": "C1" })).then_refused("rule_not_found");
    let then = then.given.when("remove_rule", json!({ "area": "A1:B9" }));
    assert_eq!(then.types(), ["RuleRemoved"]);
    then.given.state_is_the_fold();
    let told = reply(&then.given.when("validate", json!({})));
    assert_eq!(told["rules"], json!([]));
}

#[test]
fn a_rule_keeps_the_cells_beside_those_it_loses() {
    let rule = json!({ "area": "B2:D9", "allow": { "formula": "=B2>A$1" }, "message": "No" });
    let (given, told) = ruled(roof(), &rule);
    let id = told["rules"][0]["id"].clone();
    let then = given.when("remove_rule", json!({ "area": "C3:C4" }));
    assert_eq!(then.types(), ["RuleSet"; 4]);
    let told = reply(&then);
    assert_eq!(told["rules"][0]["rule"]["area"], "B2:D9", "the rule as it was");
    then.given.state_is_the_fold();
    let told = reply(&then.given.when("validate", json!({})));
    let rules = told["rules"].as_array().expect("rules");
    let said = |rule: &Value| {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&rule["rule"]["area"]), text(&rule["rule"]["allow"]["formula"]))
    };
    let said: Vec<_> = rules.iter().map(said).collect();
    let expected =
        [("B2:D2", "=B2>A$1"), ("B3:B4", "=B3>A$1"), ("D3:D4", "=D3>C$1"), ("B5:D9", "=B5>A$1")];
    assert_eq!(said, expected.map(|(area, text)| (area.to_owned(), text.to_owned())));
    assert_eq!(rules[0]["id"], id);
    let ids: std::collections::BTreeSet<_> = rules.iter().map(|it| it["id"].to_string()).collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn what_is_wrong_with_a_rule_is_told_where_it_stands() {
    for (allow, field) in [
        (json!({ "list": ["a", " ", "b"] }), "input.rule.allow.list[1]"),
        (json!({ "list_of": "A1:B9" }), "input.rule.allow.list_of"),
        (json!({ "formula": "A1>2" }), "input.rule.allow.formula"),
        (json!({ "whole": { "between": [1, true] } }), "input.rule.allow.whole.between[1]"),
        (json!({ "date": { "equal": "2026-02-30" } }), "input.rule.allow.date.equal"),
    ] {
        let rule = json!({ "area": "C1", "allow": allow });
        let then = roof().when("set_rule", json!({ "rule": rule })).then_refused("invalid_input");
        let refusal = then.result.expect_err("refused");
        let fields: Vec<_> = refusal.errors.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, [field]);
    }
}

#[test]
fn what_is_no_rule_is_refused() {
    let whole = |value: Value| json!({ "whole": value });
    for (allow, code) in [
        (json!({ "list": [] }), "invalid_input"),
        (json!({ "list": [" "] }), "invalid_input"),
        (json!({ "list_of": "A1:B9" }), "invalid_input"),
        (json!({ "list_of": "Nowhere!A1:A9" }), "sheet_not_found"),
        (json!({ "formula": "A1>2" }), "invalid_input"),
        (json!({ "formula": "=A1>" }), "formula_invalid"),
        (whole(json!({ "between": [10, 1] })), "invalid_input"),
        (whole(json!({ "equal": "2026-01-31" })), "invalid_input"),
        (json!({ "date": { "equal": "2026-02-30" } }), "invalid_input"),
    ] {
        let rule = json!({ "area": "C1", "allow": allow });
        roof().when("set_rule", json!({ "rule": rule })).then_refused(code);
    }
    let rule = json!({ "area": "C0", "allow": { "list": ["a"] } });
    roof().when("set_rule", json!({ "rule": rule })).then_refused("invalid_input");
    given::<Myocyte>([]).when("validate", json!({})).then_refused("actor_not_found");
}
