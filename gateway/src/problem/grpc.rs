//! How a call of gRPC ended: the status in the headers where nothing is answered, else behind the
//! answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use contracts::{Refusal, RefusalClass};
use http_body_util::{BodyExt as _, Full};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The media type of every message.
pub const MEDIA: &str = "application/grpc";

const STATUS: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";

/// What may not stand in a message as it is.
const UNSAFE: &AsciiSet = &CONTROLS.add(b'%');

/// The answer to a call that failed: the code and what is wrong, in place of an answer.
#[must_use]
pub fn failure(refusal: &Refusal) -> Response {
    let told = format!("{}: {}", refusal.code, super::told(refusal));
    let told = utf8_percent_encode(&told, UNSAFE).to_string();
    let mut response = named(().into_response());
    let headers = response.headers_mut();
    headers.insert(STATUS, HeaderValue::from(status(refusal)));
    if let Ok(told) = HeaderValue::try_from(told) {
        headers.insert(MESSAGE, told);
    }
    response
}

/// The answer to a call that went well: one message in its frame.
///
/// # Errors
/// A fault of ours, when the message is too long for a frame.
pub fn answer(message: &[u8]) -> Result<Response, Refusal> {
    let length = u32::try_from(message.len())
        .map_err(|_| Refusal::internal("an answer is too long for gRPC"))?;
    let mut frame = BytesMut::with_capacity(message.len().saturating_add(HEAD_BYTES));
    frame.put_u8(0);
    frame.put_u32(length);
    frame.put_slice(message);
    let trailers = HeaderMap::from_iter([(STATUS_NAME, HeaderValue::from_static("0"))]);
    let body = Full::new(frame.freeze()).with_trailers(async move { Some(Ok(trailers)) });
    Ok(named(Body::new(body).into_response()))
}

/// The name of [`STATUS`], ready for a trailer.
const STATUS_NAME: axum::http::HeaderName = axum::http::HeaderName::from_static(STATUS);

/// The bytes before a message: whether it is packed, and how long it is.
pub const HEAD_BYTES: usize = 5;

/// The one message of a call, and whether it is packed; `None` = the bytes are no such frame.
#[must_use]
pub fn message(frame: &Bytes) -> Option<(Bytes, bool)> {
    let (head, message) = frame.split_at_checked(HEAD_BYTES)?;
    let (packed, length) = head.split_first()?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    let whole = length == message.len() && *packed <= 1;
    whole.then(|| (frame.slice(HEAD_BYTES..), *packed == 1))
}

fn named(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    response
}

/// The number of a status. What may pass is `UNAVAILABLE`: exporters call again after it, after
/// `RESOURCE_EXHAUSTED` they do not.
fn status(refusal: &Refusal) -> u16 {
    let unimplemented = matches!(refusal.code.as_ref(), "unknown_route" | "method_not_allowed");
    match refusal.class {
        _ if unimplemented => 12,
        RefusalClass::Malformed
        | RefusalClass::NotAcceptable
        | RefusalClass::UnsupportedMedia
        | RefusalClass::Rejected => 3,
        RefusalClass::Timeout => 4,
        RefusalClass::NotFound => 5,
        RefusalClass::Forbidden => 7,
        RefusalClass::TooLarge => 8,
        RefusalClass::Conflict | RefusalClass::Precondition => 9,
        RefusalClass::MethodNotAllowed | RefusalClass::Unsupported => 12,
        RefusalClass::Internal => 13,
        RefusalClass::Overloaded | RefusalClass::Unavailable => 14,
        RefusalClass::Unauthenticated => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::codes;

    #[test]
    fn a_frame_holds_one_whole_message() {
        let of = |bytes: &'static [u8]| message(&Bytes::from_static(bytes));
        assert_eq!(of(&[0, 0, 0, 0, 2, 7, 8]), Some((Bytes::from_static(&[7, 8]), false)));
        assert_eq!(of(&[1, 0, 0, 0, 0]), Some((Bytes::new(), true)));
        for wrong in [&[][..], &[0; 4], &[0, 0, 0, 0, 1], &[0, 0, 0, 0, 0, 9], &[2, 0, 0, 0, 0]] {
            assert_eq!(message(&Bytes::copy_from_slice(wrong)), None, "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_a_frame_with_its_status_behind_it() {
        let body = answer(&[7]).expect("short").into_body().collect().await.expect("in memory");
        assert_eq!(body.trailers().expect("trailers")[STATUS], "0");
        assert_eq!(message(&body.to_bytes()), Some((Bytes::from_static(&[7]), false)));
    }

    #[test]
    fn a_failure_says_its_code_in_letters_that_a_header_may_have() {
        let refusal = Refusal::new(RefusalClass::Rejected, "no_such_thing", "100 % of \u{e4}\n");
        let response = failure(&refusal);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[STATUS], "3");
        assert_eq!(response.headers()[MESSAGE], "no_such_thing: 100 %25 of %C3%A4%0A");
        let status = |refusal| failure(&refusal).headers()[STATUS].to_str().unwrap().to_owned();
        assert_eq!(status(codes::unknown_route()), "12");
        assert_eq!(status(codes::overloaded()), "14");
    }
}
