//! Pictures in the sections of a document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{ALT_BYTES_MAX, REMARK_BYTES_MAX};
use crate::kinds::check::{PICTURE, SAID};

/// Input of `put_picture`. In the text it is `![alt](blob:…)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPicture {
    /// The section that shows it.
    pub section: String,
    /// Which of the tenant's blobs: `blob:` and the BLAKE3 of its bytes, as `file` tells it.
    #[schemars(regex(pattern = PICTURE))]
    pub picture: String,
    /// What it shows, for who cannot see it.
    #[schemars(length(max = ALT_BYTES_MAX), regex(pattern = SAID))]
    pub alt: String,
    /// The words that it comes after, which stand in the section exactly once; a paragraph of its
    /// own at the end when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub after: Option<String>,
}
