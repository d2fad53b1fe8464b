//! The audit trail: read, followed, exported, checked; what is held and for how long it is kept.

mod csv;
mod inputs;
mod read;

pub use inputs::{HoldInput, ReleaseInput};

use contracts::access::Capability;

use super::archive::NDJSON;
use super::csv::CONTENT_TYPE as CSV;
use super::params::{AFTER, ALL_TENANTS, LIMIT, RAW, TEXT, param};
use super::respond::JSON;
use crate::edge::routes::{Access, Handler, Method, Needs, Param, Route};
use crate::edge::sse;

/// Reading the trail.
const READ: Capability<'static> = Capability::read("audit");
/// Having a head of it signed.
const SIGN: Capability<'static> = Capability::new("audit", "sign");
/// Saying what nobody may purge.
const HOLD: Capability<'static> = Capability::new("audit", "hold");
/// Saying for how long classes are kept.
const RETAIN: Capability<'static> = Capability::new("audit", "retain");

/// What a list of records can be told in.
const MEDIA: &[&str] = &[JSON[0], sse::CONTENT_TYPE, CSV, NDJSON[0]];

const FILTERS: &[Param] = &[
    ALL_TENANTS,
    param("class", "Only of this class, such as `refused` or `login`."),
    param("principal", "Only about this principal."),
    param("actor", "Only about this actor, as `kind/id`."),
    param("code", "Only with this code."),
    param("outcome", "Only with this outcome: `done`, `refused`, `failed`, `noted`."),
    param("from", "From this RFC 3339 instant on."),
    param("to", "Until before this RFC 3339 instant."),
    TEXT,
    AFTER,
    LIMIT,
    param("order", "`newest` first, as it comes, or `oldest`; streams are the oldest first."),
    RAW,
];

const fn row(
    method: Method,
    path: &'static str,
    name: &'static str,
    about: &'static str,
    needs: Capability<'static>,
) -> Route {
    let (access, needs) = (Access::Key, Needs::Tenant(needs));
    let handler: Handler = |shared, call| Box::pin(read::list(shared, call));
    Route { method, path, name, about, access, needs, offers: JSON, query: &[], handler }
}

/// The rows of the audit trail.
pub const ROUTES: &[Route] = &[
    Route {
        offers: MEDIA,
        query: FILTERS,
        ..row(
            Method::Get,
            "/v1/audit",
            "audit",
            "Lists what was written down; as CSV or lines the whole of it, as events what comes.",
            READ,
        )
    },
    Route {
        query: &[ALL_TENANTS],
        handler: |shared, call| Box::pin(read::verify(shared, call)),
        ..row(
            Method::Get,
            "/v1/audit/verify",
            "audit_verify",
            "Checks every chain of the trail against its signed heads and against the rows.",
            READ,
        )
    },
    Route {
        handler: |shared, call| Box::pin(inputs::sign(shared, call)),
        ..row(
            Method::Post,
            "/v1/audit/heads",
            "audit_head",
            "Signs a head of the tenant's chains as they are now.",
            SIGN,
        )
    },
    Route {
        query: &[ALL_TENANTS, param("released", "1 = also those that hold no longer.")],
        handler: |shared, call| Box::pin(read::holds(shared, call)),
        ..row(Method::Get, "/v1/audit/holds", "audit_holds", "Lists the legal holds.", READ)
    },
    Route {
        handler: |shared, call| Box::pin(inputs::hold(shared, call)),
        ..row(
            Method::Post,
            "/v1/audit/holds",
            "audit_hold",
            "Says that records may not be purged: `{reason, class?, principal?}`.",
            HOLD,
        )
    },
    Route {
        handler: |shared, call| Box::pin(inputs::release(shared, call)),
        ..row(
            Method::Post,
            "/v1/audit/release",
            "audit_release",
            "Says that a hold holds no longer: `{hold, reason}`.",
            HOLD,
        )
    },
    Route {
        handler: |shared, call| Box::pin(read::retention(shared, call)),
        ..row(
            Method::Get,
            "/v1/audit/retention",
            "audit_retention",
            "Tells for how long records of each class are kept.",
            READ,
        )
    },
    Route {
        handler: |shared, call| Box::pin(inputs::retain(shared, call)),
        ..row(
            Method::Post,
            "/v1/audit/retention",
            "audit_retain",
            "Says for how many days records of a class are kept in this tenant: `{class, days?}`.",
            RETAIN,
        )
    },
];
