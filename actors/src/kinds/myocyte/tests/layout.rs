use serde_json::{Value, json};

use super::{reply, roof};

#[test]
fn a_sheet_is_laid_out_bit_by_bit_and_read_tells_it() {
    let layout = json!({ "columns": [{ "at": "A:C", "letters": 20 }, { "at": "B" }],
        "rows": [{ "at": "1", "points": 0 }], "frozen": { "rows": 1 } });
    let then = roof().when("layout", json!({ "layout": layout }));
    assert_eq!(then.types(), ["LaidOut"]);
    then.given.state_is_the_fold();
    let more = json!({ "merged": ["A6:B7"], "filter": { "area": "A1:B3" } });
    let then = then.given.when("layout", json!({ "sheet": "Costs", "layout": more }));
    let then = then.given.when("read", json!({}));
    let told = reply(&then);
    let expected = json!({
        "columns": [{ "at": "A", "letters": 20.0 }, { "at": "C", "letters": 20.0 }],
        "rows": [{ "at": "1", "points": 0.0 }], "frozen": { "rows": 1, "columns": 0 },
        "merged": ["A6:B7"], "filter": { "area": "A1:B3" },
    });
    assert_eq!(told["layout"], expected);
    // Rows that come take it along; the same again is no event.
    let lines = json!({ "axis": "rows", "at": 2, "count": 1 });
    let then = then.given.when("insert_lines", lines);
    let again = json!({ "layout": { "merged": ["A7:B8"], "frozen": { "rows": 1 } } });
    let then = then.given.when("layout", again);
    assert_eq!(then.decided().events, []);
    let plain = json!({ "layout": { "merged": [], "filter": {}, "frozen": {},
        "columns": [{ "at": "A:C" }], "rows": [{ "at": "1" }] } });
    let then = then.given.when("layout", plain);
    then.given.state_is_the_fold();
    assert_eq!(reply(&then.given.when("read", json!({})))["layout"], Value::Null);
}

#[test]
fn what_no_sheet_can_be_is_refused() {
    for layout in [
        json!({}),
        json!({ "columns": [{ "at": "A1", "letters": 20 }] }),
        json!({ "columns": [{ "at": "C:A", "letters": 20 }] }),
        json!({ "columns": [{ "at": "XFE", "letters": 20 }] }),
        json!({ "columns": [{ "at": "A", "letters": 256 }] }),
        json!({ "columns": [{ "at": "A", "letters": -1 }] }),
        json!({ "rows": [{ "at": "0", "points": 20 }] }),
        json!({ "rows": [{ "at": "1:1048576", "points": 20 }] }),
        json!({ "frozen": { "rows": 1001 } }),
        json!({ "merged": ["A1"] }),
        json!({ "merged": ["A1:B2", "B2:C3"] }),
        json!({ "merged": ["A1:XFD1048576"] }),
        json!({ "filter": { "area": "Costs" } }),
    ] {
        let then = roof().when("layout", json!({ "layout": layout }));
        then.then_refused("invalid_input");
    }
}
