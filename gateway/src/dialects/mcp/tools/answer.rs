//! What a tool answers, as a result: structured, and the same as text for models. A refusal is a
//! result, too, so that the model can mend its call.

use contracts::Refusal;
use serde_json::{Value, json};

use crate::dialects::mcp::peer::Level;
use crate::dialects::mcp::rpc::Exchange;
use crate::dialects::mcp::wire::facts;

/// The result of a call.
pub async fn of(exchange: &Exchange, told: Result<Value, Refusal>) -> Value {
    match told {
        Ok(value) => {
            let value = exchange.shown(value).await;
            json!({
                "content": [{ "type": "text", "text": value.to_string() }],
                "structuredContent": value,
                "isError": false,
            })
        }
        Err(refusal) => {
            let problem = exchange.shown(facts(&refusal)).await;
            exchange.peer.log(Level::Error, "cambium", &problem);
            refused(&refusal, &problem)
        }
    }
}

fn refused(refusal: &Refusal, problem: &Value) -> Value {
    json!({
        "content": [
            { "type": "text", "text": refusal.to_string() },
            { "type": "text", "text": problem.to_string() },
        ],
        "isError": true,
        "_meta": { "cambium/problem": problem },
    })
}
