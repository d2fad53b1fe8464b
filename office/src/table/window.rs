//! What of a file is in memory: the part that is looked at, and no more.

use std::io::{BufRead, ErrorKind, Result};

/// How much is taken at once, in bytes.
const STEP_BYTES: usize = 64 * 1024;

/// A file, and the part of it that is in memory.
pub(super) struct Window<R> {
    reader: R,
    held: Vec<u8>,
    at: usize,
    passed: u64,
    ended: bool,
}

impl<R: BufRead> Window<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, held: Vec::new(), at: 0, passed: 0, ended: false }
    }

    /// What is in memory from here on.
    pub(super) fn rest(&self) -> &[u8] {
        &self.held[self.at..]
    }

    /// Whether the end of the file is in memory.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// How many bytes of the file lie before here.
    pub(super) const fn offset(&self) -> u64 {
        self.passed + self.at as u64
    }

    /// Goes on by so many bytes, which are in memory.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The byte so far from here, taken into memory; none behind the end.
    pub(super) fn byte(&mut self, ahead: usize) -> Result<Option<u8>> {
        self.hold(ahead + 1)?;
        Ok(self.rest().get(ahead).copied())
    }

    /// Takes so many bytes into memory, or all that there are.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<()> {
        while self.rest().len() < bytes && self.more()? {}
        Ok(())
    }

    /// Takes more into memory; false at the end.
    pub(super) fn more(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.at >= STEP_BYTES {
            self.held.drain(..self.at);
            self.passed += self.at as u64;
            self.at = 0;
        }
        let found = loop {
            match self.reader.fill_buf() {
                Ok(found) => break found,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        let taken = found.len().min(STEP_BYTES);
        self.held.extend_from_slice(&found[..taken]);
        self.reader.consume(taken);
        self.ended = taken == 0;
        Ok(taken > 0)
    }
}
