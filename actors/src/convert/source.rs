//! A file that is to be read: its bytes, and how they are written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use contracts::effect::ConvertFormat;
use contracts::kinds::chaperone::limits::TITLE_BYTES_MAX;
use contracts::{Hash, Refusal};

use super::fault;

/// A file that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its bytes.
    pub bytes: Bytes,
    /// How they are written.
    pub format: ConvertFormat,
    /// What it is called.
    pub filename: String,
}

impl Source {
    /// A text.
    #[must_use]
    pub fn text(text: &str, format: ConvertFormat) -> Self {
        Self::of(Bytes::copy_from_slice(text.as_bytes()), format)
    }

    /// Bytes in base64.
    ///
    /// # Errors
    /// `file_damaged`.
    pub fn base64(base64: &str, format: ConvertFormat) -> Result<Self, Refusal> {
        let bytes = STANDARD.decode(base64.trim());
        let bytes = bytes.map_err(|_| fault::damaged("it is no base64"))?;
        Ok(Self::of(bytes.into(), format))
    }

    fn of(bytes: Bytes, format: ConvertFormat) -> Self {
        Self { bytes, format, filename: format!("content.{}", format.ending()) }
    }

    /// A file of this name: its format is the one that is said, or the one of its name.
    ///
    /// # Errors
    /// `file_unsupported` when nothing tells it.
    pub fn file(
        bytes: Bytes,
        filename: String,
        format: Option<ConvertFormat>,
    ) -> Result<Self, Refusal> {
        let format = format.or_else(|| ConvertFormat::named(&filename));
        let format = format.ok_or_else(|| {
            let known = ConvertFormat::ALL.map(ConvertFormat::as_str).join(", ");
            let message = format!("nothing tells how {filename} is written; known are {known}");
            Refusal::rejected("file_unsupported", message)
        })?;
        Ok(Self { bytes, format, filename })
    }

    /// Its name without the ending, when an actor may be called so.
    #[must_use]
    pub fn stem(&self) -> Option<String> {
        let name = &self.filename;
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
        let fits = !stem.trim().is_empty() && stem.len() <= TITLE_BYTES_MAX;
        (fits && !stem.contains('\0')).then(|| stem.to_owned())
    }

    /// Its BLAKE3.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.bytes)
    }

    /// It is no larger than allowed, and says something.
    ///
    /// # Errors
    /// `file_too_large`, `file_empty`.
    pub fn ensure_fits(&self, bytes_max: usize) -> Result<(), Refusal> {
        if self.bytes.is_empty() {
            return Err(fault::empty());
        }
        if self.bytes.len() > bytes_max {
            return Err(fault::too_large(self.bytes.len() as u64, bytes_max as u64));
        }
        Ok(())
    }

    /// It as a text.
    ///
    /// # Errors
    /// `file_damaged`.
    pub fn as_text(&self) -> Result<&str, Refusal> {
        std::str::from_utf8(&self.bytes).map_err(|error| {
            fault::damaged(&format!("it is no UTF-8 from byte {} on", error.valid_up_to()))
        })
    }
}
