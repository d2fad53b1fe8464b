//! `calculator`: exact decimal arithmetic. Nothing is evaluated but numbers.

mod parse;

use contracts::{Refusal, Timestamp};
use serde_json::{Value, json};

use super::{Pure, fault, view};

/// The longest expression, in bytes.
const EXPRESSION_BYTES_MAX: usize = 2_000;

pub(super) fn tool() -> Pure {
    let about = "Calculates an expression of decimal numbers exactly, to 28 digits: + - * / % ^, \
                 parentheses, abs, ceil, floor, round(x, places), sqrt, ln, exp, min, max, sum, \
                 avg, pi and e.";
    let parameters = json!({
        "type": "object",
        "properties": {
            "expression": {
                "type": "string", "minLength": 1, "maxLength": EXPRESSION_BYTES_MAX,
                "description": "Such as (19.99 * 3 + 4.5) * 1.19",
            },
        },
        "required": ["expression"],
        "additionalProperties": false,
        "examples": [{ "expression": "(19.99 * 3 + 4.5) * 1.19" }],
    });
    Pure { view: view("calculator", about, parameters), run }
}

fn run(input: &Value, _: Timestamp) -> Result<Value, Refusal> {
    let expression = input["expression"].as_str().unwrap_or_default();
    if expression.len() > EXPRESSION_BYTES_MAX {
        return Err(fault(format!("an expression has at most {EXPRESSION_BYTES_MAX} bytes")));
    }
    let result = parse::calculate(expression).map_err(fault)?;
    Ok(json!({ "result": result.normalize().to_string() }))
}
