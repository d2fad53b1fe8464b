//! A package as it is written.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A package that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unpacked(pub String);

/// A package as it grows. No part tells a time, so that the same parts are the same bytes.
pub struct Builder(ZipWriter<Cursor<Vec<u8>>>);

impl Default for Builder {
    fn default() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }
}

impl Builder {
    /// Adds a part.
    ///
    /// # Errors
    /// When it is larger than archives can be.
    pub fn part(&mut self, name: &str, bytes: &[u8]) -> Result<(), Unpacked> {
        let broken = |error: String| Unpacked(format!("{name}: {error}"));
        let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
        self.0.start_file(name, options).map_err(|error| broken(error.to_string()))?;
        self.0.write_all(bytes).map_err(|error| broken(error.to_string()))
    }

    /// Adds a part that others look at before they unpack anything: as it is.
    ///
    /// # Errors
    /// When it is larger than archives can be.
    pub fn plain(&mut self, name: &str, bytes: &[u8]) -> Result<(), Unpacked> {
        let broken = |error: String| Unpacked(format!("{name}: {error}"));
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::default())
            .compression_method(CompressionMethod::Stored);
        self.0.start_file(name, options).map_err(|error| broken(error.to_string()))?;
        self.0.write_all(bytes).map_err(|error| broken(error.to_string()))
    }

    /// The package.
    ///
    /// # Errors
    /// When it is larger than archives can be.
    pub fn done(self) -> Result<Vec<u8>, Unpacked> {
        let done = self.0.finish().map_err(|error| Unpacked(error.to_string()))?;
        Ok(done.into_inner())
    }
}
