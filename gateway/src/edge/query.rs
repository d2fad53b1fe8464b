//! Query parameters: each at most once, only those that the route has.

use std::str::FromStr;

use contracts::view::At;
use contracts::{Cursor, Refusal, Revision, Timestamp};

use super::routes::Param;
use super::safety::secrets;
use crate::problem::codes;

/// Parameters that may be given several times.
const MANY: &[&str] = &["stream_mode"];

/// The checked parameters of a request.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The parameters of `uri`, all of them among `known`.
    ///
    /// # Errors
    /// `query_invalid` for an unknown or repeated one, or text that cannot be decoded.
    pub fn read(uri: &axum::http::Uri, known: &[Param]) -> Result<Self, Refusal> {
        // What is no text would be read as some other text.
        let raw = percent_encoding::percent_decode_str(uri.query().unwrap_or_default());
        if raw.decode_utf8().is_err() {
            return Err(codes::query_invalid("query", "is UTF-8"));
        }
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| codes::query_invalid("query", "cannot be decoded"))?
            .0;
        for (at, (name, _)) in pairs.iter().enumerate() {
            if !known.iter().any(|param| param.name == name) {
                if secrets::is_meant(name) {
                    return Err(codes::secret_in_query());
                }
                let names: Vec<_> = known.iter().map(|param| param.name).collect();
                let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(codes::query_invalid(
                    &shortened(name),
                    format!("is unknown here; this route has {has}"),
                ));
            }
            let many = MANY.contains(&name.as_str());
            if !many && pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(codes::query_invalid(name, "may be given only once"));
            }
        }
        Ok(Self(pairs))
    }

    /// A parameter as text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter as often as it was given.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter as text of its own.
    #[must_use]
    pub fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A parameter of a type with a text form.
    ///
    /// # Errors
    /// `query_invalid` with `wanted`.
    pub fn parsed<T: FromStr>(&self, name: &str, wanted: &str) -> Result<Option<T>, Refusal> {
        let parse = |text: &str| text.parse().map_err(|_| codes::query_invalid(name, wanted));
        self.text(name).map(parse).transpose()
    }

    /// A flag: `1` or `true`, `0` or `false`, absent = no.
    ///
    /// # Errors
    /// `query_invalid` for anything else.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name) {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(codes::query_invalid(name, "is 1 or 0")),
        }
    }

    /// A point in an actor's history: a revision or an RFC 3339 instant.
    ///
    /// # Errors
    /// `query_invalid` for anything else.
    pub fn at(&self, name: &str) -> Result<At, Refusal> {
        self.text(name).map_or(Ok(At::Latest), |text| parse_at(name, text))
    }

    /// A position in the log.
    ///
    /// # Errors
    /// `query_invalid` for anything else.
    pub fn cursor(&self, name: &str) -> Result<Option<Cursor>, Refusal> {
        self.parsed(name, "is a cursor as an answer gave it")
    }

    /// How many items, within 1 and `max`.
    ///
    /// # Errors
    /// `query_invalid` for anything else.
    pub fn limit(&self, default: usize, max: usize) -> Result<usize, Refusal> {
        let wanted = format!("is a number from 1 to {max}");
        match self.parsed::<usize>("limit", &wanted)? {
            None => Ok(default.min(max)),
            Some(limit) if (1..=max).contains(&limit) => Ok(limit),
            Some(_) => Err(codes::query_invalid("limit", wanted)),
        }
    }
}

/// A revision from 1, or an instant. A `+` of an offset that came as a space is read as one.
///
/// # Errors
/// `query_invalid`.
pub fn parse_at(name: &str, text: &str) -> Result<At, Refusal> {
    if let Ok(revision) = text.parse::<u64>()
        && revision > 0
    {
        return Ok(At::Revision(Revision(revision)));
    }
    text.replace(' ', "+")
        .parse::<Timestamp>()
        .map(At::Time)
        .map_err(|_| codes::query_invalid(name, "is a revision from 1, or a time as RFC 3339"))
}

/// At most 40 characters of what the caller wrote.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use contracts::view::At;
    use contracts::{Refusal, Revision};

    use super::{Query, parse_at};
    use crate::edge::routes::Param;

    const KNOWN: &[Param] = &[Param { name: "limit", about: "" }, Param { name: "raw", about: "" }];

    fn read(query: &str) -> Result<Query, Refusal> {
        Query::read(&format!("/x?{query}").parse().unwrap(), KNOWN)
    }

    #[test]
    fn unknown_and_repeated_parameters_are_refused() {
        assert_eq!(read("limt=3").unwrap_err().code, "query_invalid");
        assert_eq!(read("raw=1&raw=0").unwrap_err().code, "query_invalid");
        assert_eq!(read("key=x").unwrap_err().code, "secret_in_query");
        assert!(read("").is_ok());
    }

    #[test]
    fn values_are_checked() {
        assert_eq!(read("limit=7").unwrap().limit(5, 10).unwrap(), 7);
        assert_eq!(read("").unwrap().limit(5, 10).unwrap(), 5);
        for bad in ["limit=0", "limit=11", "limit=-1", "limit=", "limit=abc"] {
            assert!(read(bad).unwrap().limit(5, 10).is_err(), "{bad}");
        }
        assert!(read("raw=true").unwrap().flag("raw").unwrap());
        assert!(read("raw=maybe").unwrap().flag("raw").is_err());
    }

    #[test]
    fn a_point_in_history_is_a_revision_or_a_time() {
        assert_eq!(parse_at("at", "7").unwrap(), At::Revision(Revision(7)));
        for time in ["2026-11-21T04:13:50.123Z", "2026-11-21T05:13:50 01:00"] {
            assert!(matches!(parse_at("at", time).unwrap(), At::Time(_)), "{time}");
        }
        for bad in ["0", "-1", "yesterday", ""] {
            assert!(parse_at("at", bad).is_err(), "{bad}");
        }
    }
}
