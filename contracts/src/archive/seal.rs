use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// The last line: what the file must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trailer {
    /// How many commits.
    pub commits: u64,
    /// How many contents.
    pub blobs: u64,
    /// How many bytes stand before the trailer.
    pub bytes: u64,
    /// Their BLAKE3.
    pub blake3: Hash,
}

/// Takes lines as they are written or read and tells what they come to.
#[derive(Clone, Default)]
pub struct Seal {
    hasher: blake3::Hasher,
    commits: u64,
    blobs: u64,
    bytes: u64,
}

impl Seal {
    /// Takes a line of `commits` commits and `blobs` contents, without its end, which is LF.
    pub fn take(&mut self, line: &[u8], commits: u64, blobs: u64) {
        self.hasher.update(line);
        self.hasher.update(b"\n");
        self.bytes += line.len() as u64 + 1;
        self.commits += commits;
        self.blobs += blobs;
    }

    /// What the lines come to.
    #[must_use]
    pub fn trailer(&self) -> Trailer {
        let blake3 = Hash(*self.hasher.finalize().as_bytes());
        Trailer { commits: self.commits, blobs: self.blobs, bytes: self.bytes, blake3 }
    }

    /// How many bytes were taken.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many commits were taken.
    #[must_use]
    pub const fn commits(&self) -> u64 {
        self.commits
    }
}
