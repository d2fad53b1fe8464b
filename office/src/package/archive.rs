//! The archive: how many parts it has and how much they grow to is bounded before anything is kept.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

/// What a package may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How many parts it has.
    pub parts_max: usize,
    /// How large one part grows, in bytes.
    pub part_bytes_max: u64,
    /// How large all parts that are read grow together, in bytes.
    pub bytes_max: u64,
    /// How deep elements nest.
    pub depth_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            parts_max: 2_000,
            part_bytes_max: 64 * 1024 * 1024,
            bytes_max: 128 * 1024 * 1024,
            depth_max: 64,
        }
    }
}

/// A file that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Hostile {
    /// It is no such file, or a part of it is broken or missing.
    #[error("{0}")]
    Broken(String),
    /// It grows too large.
    #[error("it grows larger than {0} bytes")]
    TooLarge(u64),
    /// It has too many parts.
    #[error("it has {0} parts")]
    TooManyParts(usize),
    /// Its elements nest too deep.
    #[error("its elements nest deeper than {0}")]
    TooDeep(usize),
    /// A part declares entities or a type of document, which no such file needs.
    #[error("it declares a type of document")]
    Declares,
    /// It has more cells than are taken.
    #[error("it has too many cells")]
    TooManyCells,
}

/// A package.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    bounds: Bounds,
    left: u64,
}

impl<'a> Package<'a> {
    /// The package in `bytes`.
    ///
    /// # Errors
    /// When it is none, or has too many parts.
    pub fn open(bytes: &'a [u8], bounds: Bounds) -> Result<Self, Hostile> {
        let archive = ZipArchive::new(Cursor::new(bytes));
        let archive = archive.map_err(|error| Hostile::Broken(error.to_string()))?;
        if archive.len() > bounds.parts_max {
            return Err(Hostile::TooManyParts(archive.len()));
        }
        Ok(Self { archive, bounds, left: bounds.bytes_max })
    }

    /// The names of its parts.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let names = self.archive.file_names();
        names.filter_map(|name| Some(name.ok()?.into_owned())).collect()
    }

    /// A part as text; none when there is no such part.
    ///
    /// # Errors
    /// When it is broken, too large or no text.
    pub fn part(&mut self, name: &str) -> Result<Option<String>, Hostile> {
        let Some(bytes) = self.bytes(name)? else {
            return Ok(None);
        };
        let broken = |_| Hostile::Broken(format!("{name}: it is not UTF-8"));
        String::from_utf8(bytes).map(Some).map_err(broken)
    }

    /// A part as it is; none when there is no such part.
    ///
    /// # Errors
    /// When it is broken or too large.
    pub fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, Hostile> {
        let name = name.trim_start_matches('/');
        if self.archive.index_for_name(name).is_none() {
            return Ok(None);
        }
        let most = self.bounds.part_bytes_max.min(self.left);
        let broken = |error: String| Hostile::Broken(format!("{name}: {error}"));
        let file = self.archive.by_name(name).map_err(|error| broken(error.to_string()))?;
        let mut bytes = Vec::new();
        // What the archive says about the size is not believed.
        let read = file.take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| broken(error.to_string()))?;
        let size = bytes.len() as u64;
        if size > most {
            return Err(Hostile::TooLarge(most));
        }
        self.left -= size;
        Ok(Some(bytes))
    }

    /// A part that must be there.
    ///
    /// # Errors
    /// As [`Package::part`], and when there is no such part.
    pub fn needed(&mut self, name: &str) -> Result<String, Hostile> {
        let part = self.part(name)?;
        part.ok_or_else(|| Hostile::Broken(format!("it has no {name}")))
    }

    /// How it is bounded.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }
}
