//! What a message holds: words and pictures.

use contracts::Refusal;
use contracts::model::{Image, ImageSource};
use serde_json::{Value, json};

use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::images::at_url;
use crate::problem::codes;

/// Words and pictures of a message.
pub type Content = (String, Vec<Image>);

/// Reads a message's content: a text, or a list of parts as `chat/completions` or `responses` have
/// them.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter` for parts of other sorts.
pub fn read(value: Value, at: &str) -> Result<Content, Refusal> {
    let parts = match value {
        Value::String(text) => return Ok((text, Vec::new())),
        Value::Array(parts) => parts,
        _ => return Err(wrong(at, "is a text or a list of parts")),
    };
    let (mut text, mut images) = (String::new(), Vec::new());
    for (index, part) in parts.into_iter().enumerate() {
        let mut part = Fields::new(part, format!("{at}[{index}]"))?;
        let sort = part.needed_text("type")?;
        match sort.as_str() {
            "text" | "input_text" | "output_text" => {
                text.push_str(&part.needed_text("text")?);
                part.ignore(&["annotations", "logprobs"]);
            }
            "refusal" => text.push_str(&part.needed_text("refusal")?),
            "image_url" => {
                let mut shown = part.fields("image_url")?;
                let shown = shown.as_mut().ok_or_else(|| part.wrong("image_url", "is needed"))?;
                shown.only("detail", &[json!("auto")])?;
                images.push(at_url(&shown.needed_text("url")?, &shown.place("url"))?);
            }
            "input_image" => {
                part.only("detail", &[json!("auto")])?;
                part.unsupported(&["file_id"])?;
                images.push(at_url(&part.needed_text("image_url")?, &part.place("image_url"))?);
            }
            _ => return Err(codes::unsupported_parameter(&part.place("type"))),
        }
        // Where a provider may cut its cache says nothing about the answer.
        part.ignore(&["prompt_cache_breakpoint"]);
        part.done()?;
    }
    Ok((text, images))
}

/// A picture as a part. One that is kept in the tenant's blobs is told by its name there: whoever
/// sent it has it.
#[must_use]
pub fn told(image: &Image) -> Value {
    let url = match &image.source {
        ImageSource::Url(url) => url.clone(),
        ImageSource::Blob(hash) => format!("blake3:{hash}"),
        ImageSource::Inline(data) => format!("data:{};base64,{data}", image.media_type),
    };
    json!({ "type": "input_image", "image_url": url, "detail": "auto" })
}

#[cfg(test)]
mod tests {
    use contracts::model::ImageSource;
    use serde_json::json;

    use super::read;

    #[test]
    fn words_and_pictures_of_both_dialects_are_read() {
        let parts = json!([
            { "type": "text", "text": "a " },
            { "type": "input_text", "text": "b" },
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } },
            { "type": "input_image", "image_url": "https://x.test/a.webp?x=1", "detail": "auto" },
        ]);
        let (text, images) = read(parts, "m").unwrap();
        assert_eq!(text, "a b");
        assert_eq!(images[0].source, ImageSource::Inline("AAAA".into()));
        assert_eq!(images[1].media_type, "image/webp");
    }

    #[test]
    fn what_is_no_picture_is_refused_where_it_stands() {
        for bad in ["data:text/html;base64,AAAA", "data:image/png;base64,%", "ftp://x", "x"] {
            let parts = json!([{ "type": "input_image", "image_url": bad }]);
            let refusal = read(parts, "m").unwrap_err();
            assert_eq!(refusal.errors[0].field, "m[0].image_url", "{bad}");
        }
        let refusal = read(json!([{ "type": "input_audio" }]), "m").unwrap_err();
        assert_eq!(refusal.code, "unsupported_parameter");
    }
}
