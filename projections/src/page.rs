//! Pages of a listing: limits, and the tokens by which the next one is asked for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::view::Page;
use contracts::{Refusal, RefusalClass};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::error::Error;
use crate::store::Row;

/// A question that cannot be answered, and which member of it is at fault.
pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::Malformed, "query_invalid", "the question cannot be understood")
        .field(field, message)
}

/// How many items a page has.
pub(crate) fn limit(config: &Config, asked: Option<usize>) -> Result<usize, Refusal> {
    let max = config.page_items_max;
    match asked {
        None => Ok(config.page_items_default.min(max)),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(_) => Err(invalid("limit", format!("a page has 1 to {max} items"))),
    }
}

/// A text to search for, in lower case.
pub(crate) fn needle(config: &Config, text: Option<&str>) -> Result<Option<String>, Refusal> {
    let max = config.search_bytes_max;
    match text {
        Some(text) if text.len() > max => {
            Err(invalid("text", format!("a text to search for has at most {max} bytes")))
        }
        // The engine takes a NUL for the end of a pattern, and would find everything.
        Some(text) if text.contains('\0') => {
            Err(invalid("text", "no text has a NUL character in it"))
        }
        text => Ok(text.filter(|text| !text.is_empty()).map(str::to_lowercase)),
    }
}

/// The place after which the next page begins, as an opaque text.
///
/// It says where a listing stands and in which order, nothing of who may see it: the tenant is
/// always that of the question.
pub(crate) fn token<T: Serialize>(place: &T) -> String {
    let bytes = serde_json::to_vec(place).expect("numbers and texts have a JSON form");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a token stands for.
pub(crate) fn place<T: DeserializeOwned>(token: Option<&str>) -> Result<Option<T>, Refusal> {
    let read = |token: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        contracts::read::from_slice(&bytes).ok()
    };
    token
        .map(|token| {
            read(token).ok_or_else(|| {
                invalid("after", "this is not the `next` of a page of the same listing")
            })
        })
        .transpose()
}

/// The page that `rows`, of which one more than `limit` was asked for, make.
pub(crate) fn page<T>(
    mut rows: Vec<Row>,
    limit: usize,
    read: impl Fn(&Row) -> Result<T, Error>,
    next: impl FnOnce(&T) -> String,
) -> Result<Page<T, String>, Error> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let items: Vec<T> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let next = if more { items.last().map(next) } else { None };
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_its_place() {
        let place_of = (7_u64, "ada".to_owned());
        let text = token(&place_of);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(place::<(u64, String)>(Some(&text)), Ok(Some(place_of)));
        assert_eq!(place::<(u64, String)>(None), Ok(None));
    }

    #[test]
    fn a_foreign_token_is_refused() {
        for bad in ["", "x", "%%%", "bnVsbA", "'; DROP TABLE heads_v1; --"] {
            let refusal = place::<(u64, String)>(Some(bad)).expect_err(bad);
            assert_eq!(refusal.code, "query_invalid");
            assert_eq!(refusal.errors[0].field, "after");
        }
    }

    #[test]
    fn limits_are_told() {
        let config = Config::default();
        assert_eq!(limit(&config, None), Ok(50));
        assert_eq!(limit(&config, Some(500)), Ok(500));
        for bad in [0, 501, usize::MAX] {
            assert_eq!(limit(&config, Some(bad)).expect_err("out of range").code, "query_invalid");
        }
        assert!(needle(&config, Some(&"x".repeat(257))).is_err());
        assert!(needle(&config, Some("a\0b")).is_err());
        assert_eq!(needle(&config, Some("ÄB")), Ok(Some("äb".to_owned())));
    }
}
