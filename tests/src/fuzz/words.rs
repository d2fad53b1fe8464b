//! The words of `contracts`: whatever is read is written the same way again.

use contracts::archive::Line;
use contracts::entry::Stored;
use contracts::envelope::{NodeKey, Sealed};
use contracts::ports::Snapshot;
use contracts::{
    Address, CommandId, Commit, Cursor, Entry, Envelope, Hash, Timestamp, canonical, codec,
};

/// MessagePack in, the same MessagePack out.
pub fn codec(bytes: &[u8]) {
    if let Ok(commit) = codec::decode::<Commit>(bytes) {
        let stored = commit.encode().expect("what was read can be written");
        let again = Commit::decode(&stored).expect("what was written can be read");
        assert_eq!(again.encode().expect("written again"), stored);
    }
    if let Ok(envelope) = codec::decode::<Envelope>(bytes) {
        let key = NodeKey([7; 32]);
        let sealed = key.seal(&envelope).expect("what was read can be written");
        assert!(key.open(&sealed).is_some());
    }
    if let Ok(sealed) = codec::decode::<Sealed>(bytes) {
        assert!(NodeKey([7; 32]).open(&sealed).is_none(), "nobody guesses the code");
    }
    if let Ok(value) = codec::decode_json(bytes) {
        let _ = contracts::input::check(&value);
        let written = codec::encode(&value).expect("JSON has a MessagePack form");
        let read = codec::decode_json(&written).expect("what was written can be read");
        assert_eq!(codec::encode(&read).expect("written again"), written);
    }
    let whole = codec::decode::<Snapshot>(bytes).is_ok_and(|snapshot| snapshot.is_whole());
    assert!(!whole || bytes.len() > 80, "a digest alone is larger");
}

/// Canonical JSON is its own canonical form.
pub fn canonical(bytes: &[u8]) {
    let Ok(value) = canonical::parse_exact(bytes) else { return };
    let Ok(written) = canonical::to_canonical(&value) else { return };
    let read = canonical::parse_exact(&written).expect("canonical JSON is exact JSON");
    assert_eq!(canonical::to_canonical(&read).expect("written again"), written);
    let _ = contracts::input::check(&value);
}

/// A message of the log is a commit of its actor, or foreign; never anything else.
pub fn entry(bytes: &[u8]) {
    let address: Address = "main/counter/a".parse().expect("an address");
    let payload = bytes::Bytes::copy_from_slice(bytes);
    let stored = Stored { cursor: Cursor(1), address: address.clone(), payload, imported: false };
    match Entry::from(stored) {
        Entry::Commit(recorded) => {
            assert_eq!((recorded.commit.address(), recorded.hash), (address, Hash::of(bytes)));
            let _ = recorded.to_json(true);
            let _ = contracts::chain::Head::default()
                .follow(&recorded.commit.address(), &Entry::Commit(recorded));
        }
        Entry::Foreign(foreign) => assert_eq!(foreign.address, Some(address)),
    }
}

/// Lines of an export.
pub fn archive(bytes: &[u8]) {
    if let Ok(line) = Line::read(bytes) {
        let _ = format!("{line:?}");
    }
}

/// Ids, addresses, instants, and what is typed on the command line.
pub fn addresses(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse::<Address>().as_ref(), Ok(&address));
        assert!(!address.to_string().contains(['*', '>', ' ', '.']));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        let written = at.to_string();
        assert_eq!(written.parse::<Timestamp>().ok(), Some(at), "{written}");
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string(), text);
    }
    if let Ok(id) = text.parse::<CommandId>() {
        let _ = id.made_at_ms();
    }
    let _ = text.parse::<Cursor>();
    let _ = text.parse::<cambium::cli::address::Subject>();
    let _ = text.parse::<cambium::cli::address::Target>();
}
