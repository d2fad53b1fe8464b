use bytes::Bytes;

use super::{Blob, Header, Line, LineError, Seal, Selection};
use crate::hash::Hash;
use crate::ids::{Cursor, Tenant};
use crate::time::Timestamp;

fn again(line: Line) {
    let text = line.text().unwrap();
    assert_eq!(Line::read(text.as_bytes()).unwrap(), line, "{text}");
}

#[test]
fn lines_are_read_as_they_were_written() {
    let selection = Selection { tenant: Some(Tenant::from_static("main")), ..Selection::default() };
    let header = Header::new(&selection, Cursor(9), Timestamp::from_millis(1));
    assert!(!header.is_partial());
    again(Line::Header(header.clone()));
    let content = Some(Bytes::from_static(b"\0content"));
    let hash = Hash::of(b"\0content");
    again(Line::Blob(Blob { tenant: Tenant::from_static("main"), hash, content }));
    again(Line::Blob(Blob { tenant: Tenant::from_static("main"), hash, content: None }));
    let mut seal = Seal::default();
    seal.take(b"a line", 1, 0);
    assert_eq!(seal.trailer().blake3, Hash::of(b"a line\n"));
    again(Line::Trailer(seal.trailer()));
    let newer = Line::Header(Header { v: 2, ..header }).text().unwrap();
    assert!(matches!(Line::read(newer.as_bytes()), Err(LineError::Version(2))));
    for garbage in
        ["", "{}", "[]", "{\"archive\":null}", "{\"archive\":7}", "{\"tenant\":\"main\"}"]
    {
        assert!(Line::read(garbage.as_bytes()).is_err(), "{garbage}");
    }
}
