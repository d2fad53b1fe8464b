//! Exports: the log, or a part of it, as lines of JSON that anyone can check, keep and import.
//!
//! | line | holds |
//! | --- | --- |
//! | first | `{"archive": …}`: what was asked for, [`Header`] |
//! | content | `{"blob": …}`: large content that the next commit refers to, [`Blob`] |
//! | commit | a commit as the API shows it, with `raw`, its stored bytes, which alone count |
//! | last | `{"trailer": …}`: counts and the BLAKE3 of all lines before it, [`Trailer`] |

mod line;
mod seal;
mod step;
#[cfg(test)]
mod tests;

pub use line::{Blob, Header, Line, LineError, blobs_of};
pub use seal::{Seal, Trailer};
pub use step::{Acknowledged, Checked, Imported, TreeHeadChecked, VerifyStep};

use crate::ids::{ActorId, Cursor, Kind, Tenant};
use crate::time::Timestamp;

/// The version of the lines.
pub const ARCHIVE_VERSION: u16 = 1;

/// Which commits are meant. Everything absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of one tenant.
    pub tenant: Option<Tenant>,
    /// Of one kind.
    pub kind: Option<Kind>,
    /// Of one actor and those that it was forked from; needs tenant and kind.
    pub id: Option<ActorId>,
    /// That stand after here.
    pub after: Cursor,
    /// That stand here at the latest.
    pub until: Option<Cursor>,
    /// Decided at this instant or later.
    pub from: Option<Timestamp>,
    /// Decided before this instant.
    pub to: Option<Timestamp>,
}
