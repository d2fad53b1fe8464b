//! Pages of lists as OpenAI's clients walk them: after an id, so many, in an order.

use contracts::Refusal;
use serde_json::{Value, json};

use crate::edge::query::Query;
use crate::edge::routes::Param;
use crate::problem::codes;

/// After which item.
pub const AFTER: Param = Param { name: "after", about: "The id of the last item already seen." };
/// How many.
pub const LIMIT: Param = Param { name: "limit", about: "How many items, at most." };
/// In which order.
pub const ORDER: Param =
    Param { name: "order", about: "`desc`, the newest first, which is usual, or `asc`." };
/// What else is told: clients say it, and there is nothing more.
pub const INCLUDE: Param = Param { name: "include[]", about: "Taken, and has nothing to add." };

/// Items of a page when the caller does not say.
const ITEMS_DEFAULT: usize = 20;
/// The most items of a page.
const ITEMS_MAX: usize = 100;

/// The page of `items`, which stand in the order in which they came to be, that the caller wants.
///
/// # Errors
/// `query_invalid`.
pub fn of(mut items: Vec<Value>, query: &Query) -> Result<Value, Refusal> {
    let limit = query.limit(ITEMS_DEFAULT, ITEMS_MAX)?;
    match query.text("order") {
        None | Some("desc") => items.reverse(),
        Some("asc") => {}
        Some(_) => return Err(codes::query_invalid("order", "is asc or desc")),
    }
    if let Some(after) = query.text("after") {
        let at = items.iter().position(|item| item["id"] == after);
        let at = at.ok_or_else(|| codes::query_invalid("after", "is the id of an item"))?;
        items.drain(..=at);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    Ok(json!({
        "object": "list",
        "first_id": items.first().map(|item| item["id"].clone()),
        "last_id": items.last().map(|item| item["id"].clone()),
        "has_more": more,
        "data": items,
    }))
}
