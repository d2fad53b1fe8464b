use bytes::Bytes;

use super::{Fut, PortError};

/// CHECKPOINTS: how far a fold of the log is, and what it led to, so that the next start reads only
/// the tail. Caches: any doubt about one means a fold from the beginning.
pub trait Checkpoints: Send + Sync {
    /// Keeps `content` as the checkpoint of the fold called `name` in place of the last one. It may
    /// be larger than a message. Cut off in the middle, the last one stays.
    fn save<'a>(&'a self, name: &'a str, content: Bytes) -> Fut<'a, Result<(), PortError>>;

    /// The last checkpoint of the fold called `name`, whole or not at all.
    fn load<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Bytes>, PortError>>;

    /// Forgets it.
    fn forget<'a>(&'a self, name: &'a str) -> Fut<'a, Result<(), PortError>>;
}
