//! Which engine keeps the rows.

/// The engines that the read models run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// One file of this program.
    Sqlite,
    /// A server that several programs share.
    Postgres,
}
