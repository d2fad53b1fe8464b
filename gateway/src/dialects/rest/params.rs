//! Query parameters that several rows have.

use crate::edge::routes::Param;

/// A parameter that few rows have.
pub const fn param(name: &'static str, about: &'static str) -> Param {
    Param { name, about }
}

/// Beyond one's own house.
pub const ALL_TENANTS: Param =
    Param { name: "all_tenants", about: "1 = of all tenants; for operators." };
/// Which token the next page goes on after.
pub const AFTER: Param = Param {
    name: "after",
    about: "Goes on after this: `next` of an earlier page, a cursor, or for streams `now`.",
};
/// A revision or an instant.
pub const AT: Param =
    Param { name: "at", about: "As of this revision, or of this RFC 3339 instant." };
/// The kind.
pub const KIND: Param = Param { name: "kind", about: "Only of this kind." };
/// How many.
pub const LIMIT: Param = Param { name: "limit", about: "How many items at most." };
/// Read your writes.
pub const MIN_CURSOR: Param = Param {
    name: "min_cursor",
    about: "Answers only once this cursor of an earlier answer has been seen.",
};
/// The stored bytes.
pub const RAW: Param = Param {
    name: "raw",
    about: "1 = with the stored bytes as base64, so that hashes can be checked.",
};
/// Search.
pub const TEXT: Param = Param { name: "text", about: "Only where this text occurs." };
