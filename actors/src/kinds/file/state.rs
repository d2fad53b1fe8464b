use contracts::Timestamp;
use contracts::kinds::file::Upload;
use serde::{Deserialize, Serialize};

/// What a file is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What was uploaded.
    pub file: Option<Upload>,
    /// When that was.
    pub at: Option<Timestamp>,
    /// It is out of sight.
    pub deleted: bool,
}
