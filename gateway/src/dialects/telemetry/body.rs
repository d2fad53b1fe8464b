//! Bodies of what tells: as they come, or packed.

use std::io::Read as _;

use axum::http::{HeaderValue, header};
use bytes::Bytes;
use contracts::Refusal;

use crate::edge::body;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::problem::{codes, grpc};

/// The whole body, unpacked when it came packed by gzip.
///
/// # Errors
/// `body_too_large`, `body_unreadable`, `unsupported_media_type`.
pub async fn read(shared: &Shared, call: &mut Call) -> Result<Bytes, Refusal> {
    let config = &shared.edge.config;
    let limits = &config.records;
    let coding = call.parts.headers.remove(header::CONTENT_ENCODING);
    let packed = is_gzip(coding.as_ref())?;
    let content = std::mem::take(&mut call.body);
    let bytes = body::whole(&call.parts.headers, content, limits.body_bytes_max, config).await?;
    if packed { unpack(&bytes, limits.unpacked_bytes_max) } else { Ok(bytes) }
}

/// The one message of a call of gRPC, unpacked when its frame says that it is packed.
///
/// # Errors
/// As [`read`].
pub async fn message(shared: &Shared, call: &mut Call) -> Result<Bytes, Refusal> {
    let config = &shared.edge.config;
    let limits = &config.records;
    let gzip = is_gzip(call.parts.headers.get("grpc-encoding"))?;
    let (content, max) = (std::mem::take(&mut call.body), limits.body_bytes_max);
    let frame = body::whole(&call.parts.headers, content, max, config).await?;
    let (message, packed) = grpc::message(&frame).ok_or_else(codes::body_unreadable)?;
    match (packed, gzip) {
        (false, _) => Ok(message),
        (true, true) => unpack(&message, limits.unpacked_bytes_max),
        (true, false) => Err(codes::unsupported_media_type()),
    }
}

/// Whether a coding is gzip rather than none.
fn is_gzip(coding: Option<&HeaderValue>) -> Result<bool, Refusal> {
    let coding = coding.map_or(&b"identity"[..], HeaderValue::as_bytes);
    match coding {
        _ if coding.eq_ignore_ascii_case(b"identity") => Ok(false),
        _ if coding.eq_ignore_ascii_case(b"gzip") => Ok(true),
        _ => Err(codes::unsupported_media_type()),
    }
}

/// Reads no more than `max` bytes, however much a few packed ones stand for.
fn unpack(packed: &[u8], max: usize) -> Result<Bytes, Refusal> {
    let mut bytes = Vec::new();
    let most = (max as u64).saturating_add(1);
    let reading = flate2::read::GzDecoder::new(packed).take(most).read_to_end(&mut bytes);
    reading.map_err(|_| codes::body_unreadable())?;
    if bytes.len() > max { Err(codes::body_too_large(max)) } else { Ok(bytes.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::unpack;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).expect("in memory");
        packer.finish().expect("in memory")
    }

    #[test]
    fn a_small_body_that_stands_for_a_large_one_is_refused() {
        let bomb = packed(&vec![0; 1 << 20]);
        assert!(bomb.len() < 4_096);
        assert_eq!(unpack(&bomb, 1 << 20).expect("as much as may be").len(), 1 << 20);
        assert_eq!(unpack(&bomb, (1 << 20) - 1).expect_err("too much").code, "body_too_large");
        assert_eq!(unpack(b"no gzip", 99).expect_err("none").code, "body_unreadable");
    }
}
