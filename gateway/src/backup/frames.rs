//! Messages in a file: a line that says what it is, then one message after another. Numbers are
//! little endian, texts and bytes stand behind their length.

use bytes::{Buf as _, BufMut as _, Bytes};
use nats::copy::Kept;

/// The first line.
const MAGIC: &[u8] = b"cambium backup chunk 1\n";

/// Begins a file.
#[must_use]
pub fn begun() -> Vec<u8> {
    MAGIC.to_vec()
}

/// Adds a message.
pub fn push(file: &mut Vec<u8>, kept: &Kept) {
    let Kept { sequence, stored_ns, subject, headers, ttl_s, payload } = kept;
    file.put_u64_le(*sequence);
    file.put_i64_le(*stored_ns);
    file.put_u64_le(*ttl_s);
    piece(file, subject.as_bytes());
    file.put_u32_le(u32::try_from(headers.len()).unwrap_or(u32::MAX));
    for (name, value) in headers {
        piece(file, name.as_bytes());
        piece(file, value.as_bytes());
    }
    piece(file, payload);
}

fn piece(file: &mut Vec<u8>, bytes: &[u8]) {
    file.put_u32_le(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    file.put_slice(bytes);
}

/// The messages of a file; `None` when it is none.
#[must_use]
pub fn read(file: &Bytes) -> Option<Vec<Kept>> {
    let mut rest = file.clone();
    if !rest.starts_with(MAGIC) {
        return None;
    }
    rest.advance(MAGIC.len());
    let mut messages = Vec::new();
    while rest.has_remaining() {
        messages.push(message(&mut rest)?);
    }
    Some(messages)
}

fn message(rest: &mut Bytes) -> Option<Kept> {
    if rest.remaining() < 24 {
        return None;
    }
    let (sequence, stored_ns, ttl_s) = (rest.get_u64_le(), rest.get_i64_le(), rest.get_u64_le());
    let subject = text(rest)?;
    let mut headers = Vec::new();
    for _ in 0..length(rest)? {
        headers.push((text(rest)?, text(rest)?));
    }
    let payload = taken(rest)?;
    Some(Kept { sequence, stored_ns, subject, headers, ttl_s, payload })
}

fn length(rest: &mut Bytes) -> Option<usize> {
    if rest.remaining() < 4 {
        return None;
    }
    usize::try_from(rest.get_u32_le()).ok()
}

fn taken(rest: &mut Bytes) -> Option<Bytes> {
    let length = length(rest)?;
    (rest.remaining() >= length).then(|| rest.split_to(length))
}

fn text(rest: &mut Bytes) -> Option<String> {
    String::from_utf8(taken(rest)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use nats::copy::Kept;

    use super::{begun, push, read};

    #[test]
    fn what_is_written_is_read_and_a_cut_file_is_none() {
        let one = Kept {
            sequence: 7,
            stored_ns: -1,
            subject: "evt.1.main.counter.a".to_owned(),
            headers: vec![("a".to_owned(), "b".to_owned())],
            ttl_s: 9,
            payload: Bytes::from_static(b"bytes"),
        };
        let two = Kept { sequence: 8, headers: Vec::new(), ..one.clone() };
        let mut file = begun();
        push(&mut file, &one);
        let first = file.len();
        push(&mut file, &two);
        assert_eq!(read(&Bytes::from(file.clone())), Some(vec![one, two]));
        for cut in 0..file.len() {
            let whole = cut == super::MAGIC.len() || cut == first;
            assert_eq!(read(&Bytes::copy_from_slice(&file[..cut])).is_some(), whole, "{cut}");
        }
    }
}
