//! What the words of this crate promise: ids, partitions, chains, seals, stored bytes.

use bytes::Bytes;
use contracts::chain::Head;
use contracts::commit::{Commit, Input};
use contracts::entry::Stored;
use contracts::envelope::NodeKey;
use contracts::lifecycle::{Event, Parent};
use contracts::protected::{Protected, ProtectedError};
use contracts::{
    ActorId, Address, Caller, CommandId, Cursor, EffectId, Entry, Envelope, Hash, Origin,
    Partition, Revision, Tenant, Timestamp, codec, commit, input,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn address() -> Address {
    "main/counter/c".parse().expect("an address")
}

/// The commit `revision` of the counter, continuing `prev`.
fn commit(revision: u64, prev: Hash) -> Commit {
    let mut commit = commit::sample_commit(&address(), Revision(revision), prev);
    commit.command.input = Input::Inline(json!({ "by": revision }));
    commit
}

fn entry(cursor: u64, commit: &Commit) -> Entry {
    stored(cursor, commit.encode().expect("encodes"))
}

fn stored(cursor: u64, payload: Vec<u8>) -> Entry {
    let (cursor, address, payload) = (Cursor(cursor), address(), Bytes::from(payload));
    Entry::from(Stored { cursor, address, payload, imported: false })
}

/// A chain of `count` entries at the cursors 10, 20, 30 …
fn chain(count: u64) -> Vec<Entry> {
    let mut prev = Hash::ZERO;
    (1..=count)
        .map(|revision| {
            let commit = commit(revision, prev);
            prev = Hash::of(&commit.encode().expect("encodes"));
            entry(revision * 10, &commit)
        })
        .collect()
}

fn follow(entries: &[Entry]) -> Result<Head, contracts::chain::Broken> {
    entries.iter().try_fold(Head::default(), |head, entry| head.follow(&address(), entry))
}

#[test]
fn a_whole_chain_is_followed_to_its_head() {
    let entries = chain(5);
    let head = follow(&entries).expect("whole");
    assert_eq!((head.revision, head.cursor), (Revision(5), Cursor(50)));
    let Entry::Commit(last) = &entries[4] else { panic!("a commit") };
    assert_eq!(head.hash, last.hash);
}

#[test]
fn gaps_repeats_and_strangers_are_named() {
    let entries = chain(4);
    let mut gap = entries.clone();
    gap.remove(1);
    assert_eq!(follow(&gap).unwrap_err().revision, Revision(2));
    let mut repeat = entries.clone();
    repeat.insert(2, entries[1].clone());
    assert_eq!(follow(&repeat).unwrap_err().revision, Revision(3));
    let mut swapped = entries.clone();
    swapped.swap(1, 2);
    assert_eq!(follow(&swapped).unwrap_err().revision, Revision(2));
    let mut foreign = entries.clone();
    foreign[2] = stored(30, b"garbage".to_vec());
    let broken = follow(&foreign).unwrap_err();
    assert_eq!((broken.revision, broken.cursor), (Revision(3), Cursor(30)));
    let mut other = commit(3, Hash::ZERO);
    other.id = ActorId::from_static("d");
    assert!(matches!(entry(30, &other), Entry::Foreign(_)), "it belongs to another actor");
}

proptest! {
    /// Whatever bit of a stored commit is flipped, the chain breaks there or at the next one.
    #[test]
    fn a_flipped_bit_never_goes_unseen(
        revision in 1_usize..4,
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let mut entries = chain(5);
        let Entry::Commit(recorded) = &entries[revision - 1] else { panic!("a commit") };
        let mut bytes = recorded.raw.to_vec();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        entries[revision - 1] = stored(recorded.cursor.0, bytes);
        let broken = follow(&entries).unwrap_err();
        prop_assert!([revision as u64, revision as u64 + 1].contains(&broken.revision.0));
    }

    #[test]
    fn garbage_is_never_a_commit_and_never_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert!(matches!(stored(1, bytes.clone()), Entry::Foreign(_)));
        let _ = codec::decode_json(&bytes);
    }

    #[test]
    fn only_tokens_are_ids(text in "\\PC{0,8}") {
        let token = !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:@-".contains(&b))
            && text.as_bytes()[0].is_ascii_alphanumeric();
        prop_assert_eq!(ActorId::new(text.clone()).is_ok(), token, "{}", text);
    }
}

#[test]
fn an_actors_fork_names_its_parent() {
    let mut first = commit(8, Hash::of(b"the parent's seventh"));
    let parent = Parent { id: ActorId::from_static("p"), revision: Revision(7), muted: true };
    first.events = vec![Event::Forked(parent.clone()).to_record()];
    assert_eq!(Head::forked_from(&entry(80, &first)), Some(parent));
    assert_eq!(Head::forked_from(&chain(1)[0]), None);
}

#[test]
fn bytes_after_a_commit_make_it_foreign() {
    let mut bytes = commit(1, Hash::ZERO).encode().expect("encodes");
    bytes.push(0xc0);
    assert!(matches!(stored(10, bytes), Entry::Foreign(_)));
}

/// Known places, so that nobody changes the function without noticing: stored subjects carry it.
#[test]
fn partitions_stay_where_they_are() {
    for (actor, partition) in
        [("main/counter/c", 45), ("main/osteon/brief", 24), ("t-1/conversation/a:b@c_d", 19)]
    {
        let address: Address = actor.parse().expect("an address");
        assert_eq!(address.partition().number(), partition, "{actor}");
    }
    assert_eq!(Partition::all().count(), 64);
    assert_eq!(Partition::new(64), None);
}

#[test]
fn a_seal_holds_for_one_key_and_one_text() {
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let id = commit::sample_command_id(1);
    let name = "add".parse().expect("a name");
    let envelope = Envelope::new(id, address(), name, json!({ "by": 1 }), by);
    let (ours, theirs) = (NodeKey([1; 32]), NodeKey([2; 32]));
    let mut sealed = ours.seal(&envelope).expect("sealed");
    assert_eq!(ours.open(&sealed), Some(envelope));
    assert_eq!(theirs.open(&sealed), None);
    sealed.envelope[20] ^= 1;
    assert_eq!(ours.open(&sealed), None);
    assert!(!format!("{ours:?}").contains('1'), "a key is never shown");
}

#[test]
fn derived_ids_are_told_apart_and_stay() {
    let tenant = Tenant::from_static("main");
    let of = |tenant: &Tenant, key: &str| CommandId::from_key(tenant, &Caller::ADMIN, key);
    assert_eq!(of(&tenant, "k"), of(&tenant, "k"));
    assert_ne!(of(&tenant, "k"), of(&tenant, "l"));
    assert_ne!(of(&tenant, "k"), of(&Tenant::from_static("other"), "k"));
    let one = EffectId::of(&address(), Revision(1), 11);
    assert_ne!(one, EffectId::of(&address(), Revision(11), 1), "parts do not run together");
    assert_ne!(one.outcome_command(), EffectId::of(&address(), Revision(1), 12).outcome_command());
}

#[test]
fn times_are_read_and_written_as_rfc_3339() {
    let time: Timestamp = "2026-11-21T05:13:50.123+01:00".parse().expect("a time");
    assert_eq!(time.to_string(), "2026-11-21T04:13:50.123Z");
    assert_eq!(json!(time), "2026-11-21T04:13:50.123Z");
    for text in ["yesterday", "2026-11-21", "2026-13-01T00:00:00Z", ""] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

#[test]
fn inputs_have_bounds() {
    let code = |input: &Value| input::check(input).unwrap_err().code;
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(code(&deep), "input_too_deep");
    assert_eq!(code(&json!({ "t": "x".repeat(1024 * 1024 + 1) })), "string_too_long");
    assert_eq!(code(&json!([u64::MAX])), "number_imprecise");
    assert!(input::check(&json!({ "a": [1, "text", null, { "b": 1.5 }] })).is_ok());
}

#[test]
fn protected_values_keep_their_shape_and_show_nothing() {
    let key = ActorId::from_static("subject");
    let short: Result<Protected<String>, _> =
        Protected::new(key.clone(), vec![0; 23], vec![0; 16], None);
    assert_eq!(short.unwrap_err(), ProtectedError::Nonce);
    let bare: Result<Protected<String>, _> =
        Protected::new(key.clone(), vec![0; 24], vec![0; 15], None);
    assert_eq!(bare.unwrap_err(), ProtectedError::Tag);
    let value: Protected<String> =
        Protected::new(key, vec![7; 24], vec![9; 40], None).expect("well formed");
    assert_eq!(format!("{value:?}"), "Protected(subject, 40 bytes)");
    let bytes = codec::encode(&value).expect("encodes");
    assert_eq!(codec::decode::<Protected<String>>(&bytes).expect("decodes"), value);
    let text = serde_json::to_string(&value).expect("is JSON");
    assert_eq!(serde_json::from_str::<Protected<String>>(&text).expect("is one"), value);
}

#[test]
fn messagepack_of_strangers_keeps_what_json_can_hold() {
    let value = json!({ "a": [1, -2, 1.5, "t", null, true] });
    let bytes = codec::encode(&value).expect("encodes");
    assert_eq!(codec::decode_json(&bytes).expect("is JSON"), value);
    let nan = codec::encode(&f64::NAN).expect("encodes");
    assert!(codec::decode_json(&nan).is_err(), "JSON has no NaN");
    let binary = codec::encode(&Hash::ZERO).expect("encodes");
    assert!(codec::decode_json(&binary).is_err(), "JSON has no bytes");
    let deep = vec![0x91_u8; 100_000];
    assert!(codec::decode_json(&deep).is_err(), "depth is bounded");
}

#[test]
fn the_types_of_the_runtimes_events_are_all_listed() {
    let strange = ("type", "cambium:None");
    let told = contracts::read::tagged::<Event>(strange, ("data", &json!({}))).unwrap_err();
    let told = told.to_string();
    let mut known: Vec<_> = told.split('`').filter(|word| word.starts_with("cambium:")).collect();
    known.retain(|word| *word != "cambium:None");
    known.sort_unstable();
    assert_eq!(known, contracts::lifecycle::EVENT_TYPES);
}
