//! `multipart/form-data` (RFC 7578), read whole: an upload is bounded before it is looked at.

use bytes::Bytes;
use contracts::{Refusal, RefusalClass};
use memchr::memmem;

use crate::problem::codes;

/// The most parts of a form.
const PARTS_MAX: usize = 16;
/// The longest head of a part, in bytes.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which member it is.
    pub name: String,
    /// What a file is called.
    pub filename: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// What it holds.
    pub content: Bytes,
}

/// The boundary that a media type names.
///
/// # Errors
/// `unsupported_media_type` when it is no form.
pub fn boundary(media: &str) -> Result<String, Refusal> {
    let (name, parameters) = media.split_once(';').unwrap_or((media, ""));
    let named = |part: &str| parameter(part, "boundary");
    let boundary = parameters.split(';').find_map(named).filter(|it| (1..=70).contains(&it.len()));
    match boundary {
        Some(boundary) if name.trim().eq_ignore_ascii_case("multipart/form-data") => Ok(boundary),
        _ => Err(codes::unsupported_media_type()),
    }
}

/// The parts of a form.
///
/// # Errors
/// `invalid_input` when it is not one, or has too many.
pub fn read(body: &Bytes, boundary: &str) -> Result<Vec<Part>, Refusal> {
    let opening = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    if !body.starts_with(opening.as_bytes()) {
        return Err(malformed("the form does not begin with its boundary"));
    }
    let (mut parts, mut at) = (Vec::new(), opening.len());
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if !rest.starts_with(b"\r\n") || parts.len() == PARTS_MAX {
            return Err(malformed("a boundary is not followed by a part, or there are too many"));
        }
        let head = at + 2;
        let length = memmem::find(&body[head..], b"\r\n\r\n").filter(|it| *it <= HEAD_BYTES_MAX);
        let length = length.ok_or_else(|| malformed("a part has no head"))?;
        let content = head + length + 4;
        let end = memmem::find(&body[content..], between.as_bytes());
        let end = content + end.ok_or_else(|| malformed("the form breaks off"))?;
        let text = std::str::from_utf8(&body[head..head + length]);
        let text = text.map_err(|_| malformed("the head of a part is not UTF-8"))?;
        parts.push(part(text, body.slice(content..end))?);
        at = end + between.len();
    }
}

fn part(head: &str, content: Bytes) -> Result<Part, Refusal> {
    let (mut name, mut filename, mut media_type) = (None, None, None);
    for line in head.split("\r\n") {
        let Some((header, value)) = line.split_once(':') else { continue };
        if header.eq_ignore_ascii_case("content-disposition") {
            for piece in value.split(';') {
                name = name.or_else(|| parameter(piece, "name"));
                filename = filename.or_else(|| parameter(piece, "filename"));
            }
        } else if header.eq_ignore_ascii_case("content-type") {
            media_type = Some(value.trim().to_owned());
        }
    }
    let name = name.ok_or_else(|| malformed("a part has no name"))?;
    Ok(Part { name, filename, media_type, content })
}

fn parameter(piece: &str, wanted: &str) -> Option<String> {
    let (name, value) = piece.split_once('=')?;
    let fits = name.trim().eq_ignore_ascii_case(wanted);
    fits.then(|| value.trim().trim_matches('"').replace("%22", "\""))
}

fn malformed(message: &str) -> Refusal {
    Refusal::new(RefusalClass::Malformed, "invalid_input", message).field("body", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--x1\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nuser_data\
        \r\n--x1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
        Content-Type: text/plain\r\n\r\nhe\r\n--x\r\nllo\r\n--x1--\r\n";

    #[test]
    fn a_form_is_read() {
        let boundary = boundary("multipart/form-data; boundary=x1").unwrap();
        let parts = read(&Bytes::from(FORM), &boundary).unwrap();
        assert_eq!(parts[0].content, "user_data");
        assert_eq!(parts[1].filename.as_deref(), Some("a.txt"));
        assert_eq!(parts[1].media_type.as_deref(), Some("text/plain"));
        assert_eq!(parts[1].content, "he\r\n--x\r\nllo", "another boundary is content");
    }

    #[test]
    fn what_is_no_form_is_refused_wherever_it_is_cut() {
        for media in ["application/json", "multipart/form-data", "multipart/mixed; boundary=x"] {
            assert_eq!(boundary(media).unwrap_err().code, "unsupported_media_type", "{media}");
        }
        let end = FORM.len() - 4;
        for at in 0..end {
            let cut = Bytes::from(FORM[..at].to_owned());
            assert!(read(&cut, "x1").is_err(), "cut at {at}");
        }
    }
}
