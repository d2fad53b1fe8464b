//! A message that somebody sends: words, pictures, data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::model::{Image, ImageSource, Role, Turn};
use contracts::{ActorId, Refusal, RefusalClass};
use serde_json::Value;

use crate::dialects::common::fields::{Fields, wrong};

/// The longest name of a message, in bytes: it is kept with the run.
const ID_BYTES_MAX: usize = 256;
/// The media types of pictures that models look at.
pub const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A message.
#[derive(Debug)]
pub struct Message {
    /// What its sender calls it.
    pub id: String,
    /// The conversation that it belongs to.
    pub context: Option<ActorId>,
    /// The task that it is said to.
    pub task: Option<String>,
    /// What is said, for a model.
    pub turn: Turn,
    /// Its data.
    pub data: Vec<Value>,
    /// The model that the sender wants.
    pub model: Option<String>,
}

/// Reads the message of a request. Members that are not known say nothing, as A2A wants it.
///
/// # Errors
/// `invalid_input`; `unsupported_media_type` for parts that no model takes.
pub fn read(params: &mut Fields) -> Result<Message, Refusal> {
    let mut said = params.fields("message")?.ok_or_else(|| params.wrong("message", "is needed"))?;
    let id = said.needed_text("messageId")?;
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(said.wrong("messageId", &format!("has 1 to {ID_BYTES_MAX} bytes")));
    }
    if said.needed_text("role")? != "ROLE_USER" {
        return Err(said.wrong("role", "is ROLE_USER"));
    }
    let context = match said.text("contextId")?.filter(|it| !it.is_empty()) {
        Some(text) => {
            Some(ActorId::new(&text).map_err(|error| said.wrong("contextId", &error.to_string()))?)
        }
        None => None,
    };
    let task = said.text("taskId")?.filter(|it| !it.is_empty());
    let parts = said.list("parts")?.filter(|parts| !parts.is_empty());
    let parts = parts.ok_or_else(|| said.wrong("parts", "is a list of at least one part"))?;
    let mut metadata = said.fields("metadata")?;
    let model = metadata.as_mut().map(|it| it.text("model")).transpose()?.flatten();
    let (turn, data) = content(parts)?;
    Ok(Message { id, context, task, turn, data, model })
}

fn content(parts: Vec<Value>) -> Result<(Turn, Vec<Value>), Refusal> {
    let (mut words, mut data, mut turn) = (Vec::new(), Vec::new(), Turn::new(Role::User, ""));
    for (index, part) in parts.into_iter().enumerate() {
        let mut part = Fields::new(part, format!("message.parts[{index}]"))?;
        let media = part.text("mediaType")?.unwrap_or_default().to_ascii_lowercase();
        let media = media.split(';').next().unwrap_or_default().trim().to_owned();
        let sorts = [part.text("text")?, part.text("raw")?, part.text("url")?];
        match (sorts, part.take("data")) {
            ([Some(text), None, None], None) => words.push(text),
            ([None, None, None], Some(value)) => {
                words.push(value.to_string());
                data.push(value);
            }
            ([None, Some(raw), None], None) => kept(&part, &media, raw, &mut words, &mut turn)?,
            ([None, None, Some(url)], None) if PICTURES.contains(&media.as_str()) => {
                let known = url.starts_with("https://") || url.starts_with("http://");
                known.then_some(()).ok_or_else(|| part.wrong("url", "is an https: URL"))?;
                turn.images.push(Image { media_type: media, source: ImageSource::Url(url) });
            }
            ([None, None, Some(_)], None) => return Err(no_media(&part, "url", &media)),
            _ => {
                let place = format!("message.parts[{index}]");
                return Err(wrong(&place, "has one of text, raw, url and data"));
            }
        }
    }
    turn.content = words.join("\n\n");
    Ok((turn, data))
}

/// Bytes that came inside the message: a picture, or words in a file.
fn kept(
    part: &Fields,
    media: &str,
    raw: String,
    words: &mut Vec<String>,
    turn: &mut Turn,
) -> Result<(), Refusal> {
    let bytes = STANDARD.decode(&raw).map_err(|_| part.wrong("raw", "is base64"))?;
    if PICTURES.contains(&media) {
        let (media_type, source) = (media.to_owned(), ImageSource::Inline(raw));
        turn.images.push(Image { media_type, source });
        return Ok(());
    }
    if media.starts_with("text/") || media == "application/json" {
        let text = String::from_utf8(bytes).map_err(|_| part.wrong("raw", "is UTF-8"))?;
        words.push(text);
        return Ok(());
    }
    Err(no_media(part, "raw", media))
}

fn no_media(part: &Fields, name: &str, media: &str) -> Refusal {
    let named = if media.is_empty() { "no media type" } else { media };
    let message = format!("{} of {named} is not taken", part.place(name));
    Refusal::new(RefusalClass::UnsupportedMedia, "unsupported_media_type", message)
        .field(part.place(name), format!("is text, JSON or a picture: {}", PICTURES.join(", ")))
}

/// That the caller takes one of the sorts of answers that there are.
///
/// # Errors
/// `unsupported_media_type`.
pub fn ensure_modes(configuration: &mut Fields) -> Result<(), Refusal> {
    let Some(modes) = configuration.list("acceptedOutputModes")? else { return Ok(()) };
    const GIVEN: &[&str] = &["text/plain", "application/json", "text/*", "*/*", "text"];
    if modes.is_empty() || modes.iter().any(|it| it.as_str().is_some_and(|it| GIVEN.contains(&it)))
    {
        return Ok(());
    }
    let message = "answers are text/plain or application/json, and neither is accepted";
    Err(Refusal::new(RefusalClass::UnsupportedMedia, "unsupported_media_type", message)
        .field(configuration.place("acceptedOutputModes"), "has text/plain or application/json"))
}

#[cfg(test)]
mod tests {
    use contracts::model::ImageSource;
    use serde_json::{Value, json};

    use super::{Fields, read};

    fn message(parts: Value) -> Value {
        json!({ "message": { "messageId": "m-1", "role": "ROLE_USER", "parts": parts } })
    }

    #[test]
    fn words_pictures_and_data_are_read() {
        let said = message(json!([
            { "text": "look" },
            { "raw": "AAAA", "mediaType": "image/png" },
            { "raw": "aGk=", "mediaType": "text/markdown; charset=utf-8" },
            { "data": { "a": 1 }, "somethingNew": true },
        ]));
        let said = read(&mut Fields::new(said, "").unwrap()).unwrap();
        assert_eq!(said.turn.content, "look\n\nhi\n\n{\"a\":1}");
        assert_eq!(said.turn.images[0].source, ImageSource::Inline("AAAA".into()));
        assert_eq!(said.data, [json!({ "a": 1 })]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (parts, code) in [
            (json!([]), "invalid_input"),
            (json!([{}]), "invalid_input"),
            (json!([{ "text": "a", "url": "https://x.test" }]), "invalid_input"),
            (json!([{ "raw": "%", "mediaType": "image/png" }]), "invalid_input"),
            (json!([{ "raw": "AAAA", "mediaType": "audio/wav" }]), "unsupported_media_type"),
            (json!([{ "url": "https://x.test/a.pdf" }]), "unsupported_media_type"),
        ] {
            let told = read(&mut Fields::new(message(parts.clone()), "").unwrap()).unwrap_err();
            assert_eq!(told.code, code, "{parts}");
        }
    }
}
