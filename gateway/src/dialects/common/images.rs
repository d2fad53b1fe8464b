//! Pictures as callers show them. Those that came inside a request are kept in the tenant's blobs,
//! and named there in the log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Refusal;
use contracts::kinds::run;
use contracts::model::{Image, ImageSource, Turn};

use super::asker::Asker;
use super::fields::wrong;
use crate::edge::shared::Shared;

/// The media types of pictures that models look at.
const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// The picture at a URL: `https:`, `http:`, or `data:` with base64.
///
/// # Errors
/// `invalid_input`, which names `at`.
pub fn at_url(url: &str, at: &str) -> Result<Image, Refusal> {
    if url.starts_with("https://") || url.starts_with("http://") {
        let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let media_type = match path.rsplit('.').next() {
            Some("png") => "image/png",
            Some("gif") => "image/gif",
            Some("webp") => "image/webp",
            _ => "image/jpeg",
        };
        let source = ImageSource::Url(url.to_owned());
        return Ok(Image { media_type: media_type.to_owned(), source });
    }
    let inside = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (media, data) = inside.ok_or_else(|| wrong(at, "is an https: or a base64 data: URL"))?;
    inline(media, data, at)
}

/// A picture that came as base64.
///
/// # Errors
/// As [`at_url`].
pub fn inline(media_type: &str, data: &str, at: &str) -> Result<Image, Refusal> {
    let media_type = media_type.to_ascii_lowercase();
    if !PICTURES.contains(&media_type.as_str()) {
        return Err(wrong(at, &format!("is a picture: {}", PICTURES.join(", "))));
    }
    STANDARD.decode(data).map_err(|_| wrong(at, "is base64"))?;
    Ok(Image { media_type, source: ImageSource::Inline(data.to_owned()) })
}

/// Keeps the pictures of `turns`.
///
/// # Errors
/// `forbidden` for who may not begin a run, before anything is kept; the store's.
pub async fn keep(shared: &Shared, asker: &Asker, turns: &mut [Turn]) -> Result<(), Refusal> {
    for turn in turns {
        for image in &mut turn.images {
            let ImageSource::Inline(data) = &image.source else { continue };
            asker.ensure(shared, (&run::KIND, "start"), None)?;
            let bytes = STANDARD.decode(data).unwrap_or_default();
            let hash = shared.edge.blobs.put(&asker.tenant, bytes.into()).await?;
            image.source = ImageSource::Blob(hash);
        }
    }
    Ok(())
}
