//! Pictures: what sort they are and how large.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imagesize::ImageType;

/// A sort of picture that files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
}

impl Kind {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// How the names of its files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }
}

/// The sort of these bytes; none where they are no picture that is taken.
pub fn kind(bytes: &[u8]) -> Option<Kind> {
    match imagesize::image_type(bytes).ok()? {
        ImageType::Png => Some(Kind::Png),
        ImageType::Jpeg => Some(Kind::Jpeg),
        ImageType::Gif => Some(Kind::Gif),
        ImageType::Webp => Some(Kind::Webp),
        _ => None,
    }
}

/// How many pixels wide and high a picture may say it is.
const SIDE_PIXELS_MAX: usize = 20_000;
/// How many pixels a picture may say it has: as many are in memory where it is drawn.
const AREA_PIXELS_MAX: usize = 64_000_000;

/// Width and height in pixels; none where it does not tell, or tells what cannot be shown.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(bytes).ok()?;
    let shown = |side: usize| (1..=SIDE_PIXELS_MAX).contains(&side);
    let fits = shown(size.width) && shown(size.height);
    if !fits || size.width * size.height > AREA_PIXELS_MAX {
        return None;
    }
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// Whether these bytes are a picture that documents show: PNG, JPEG, GIF or WebP, of a size that
/// can be drawn.
#[must_use]
pub fn is_shown(bytes: &[u8]) -> bool {
    kind(bytes).is_some() && size(bytes).is_some()
}

/// The bytes that an address holds itself: `data:`, a media type and base64.
#[must_use]
pub fn inlined(address: &str) -> Option<Vec<u8>> {
    let (_, data) = address.strip_prefix("data:")?.split_once(";base64,")?;
    STANDARD.decode(data.trim()).ok()
}
