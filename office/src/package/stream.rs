//! A package as it is written, part after part, none of them in memory as a whole.

use std::io::{Result, Write};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{DateTime, ZipWriter};

/// A package that goes out while it is made. No part tells a time, so that the same parts are the
/// same bytes.
pub struct Stream<W: Write>(ZipWriter<StreamWriter<W>>);

impl<W: Write> Stream<W> {
    /// A package that goes to `out`.
    pub fn new(out: W) -> Self {
        Self(ZipWriter::new_stream(out))
    }

    /// Begins a part: what is written goes into it until the next one begins.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn part(&mut self, name: &str) -> Result<()> {
        let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
        Ok(self.0.start_file(name, options)?)
    }

    /// Ends the package.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn done(self) -> Result<W> {
        Ok(self.0.finish()?.into_inner())
    }
}

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.0.flush()
    }
}
