use serde::{Deserialize, Serialize};

/// The limits of conversions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Conversions at once, each on a thread of its own; 1 to 64.
    pub concurrent_max: usize,
    /// The largest file that is read, in bytes.
    pub source_bytes_max: usize,
    /// How large the parts of an archive may grow together, in bytes.
    pub grown_bytes_max: u64,
    /// The largest file that is made, in bytes.
    pub made_bytes_max: usize,
    /// The longest cell of a table that becomes another file, in bytes; of a workbook its own
    /// format allows less. What is longer is cut and told.
    pub cell_bytes_max: usize,
    /// What the cells of one row of a table with commas or tabs may have together, in bytes; a
    /// file with a longer one is refused.
    pub row_bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            concurrent_max: 2,
            source_bytes_max: 64 * 1024 * 1024,
            grown_bytes_max: 256 * 1024 * 1024,
            made_bytes_max: 64 * 1024 * 1024,
            cell_bytes_max: 1024 * 1024,
            row_bytes_max: 16 * 1024 * 1024,
        }
    }
}
