//! Pictures: what sort they are and how large.

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

/// Width and height in pixels; none where it does not tell, or tells what cannot be shown.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(bytes).ok()?;
    let shown = |side: usize| (1..=SIDE_PIXELS_MAX).contains(&side);
    if !shown(size.width) || !shown(size.height) {
        return None;
    }
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}
