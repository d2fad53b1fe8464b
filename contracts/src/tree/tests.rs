use std::collections::BTreeMap;

use super::{Leaf, PARTS, Proof, Tree, TreeHead, bit, key_of, leaf_hash, node_hash};
use crate::address::Address;
use crate::hash::Hash;
use crate::ids::{Cursor, Revision};
use crate::time::Timestamp;

fn actor(number: u64) -> Address {
    format!("main/counter/c{number}").parse().unwrap()
}

fn leaf(number: u64, revision: u64) -> Leaf {
    let commit = Hash::of(format!("{number} {revision}").as_bytes());
    Leaf { revision: Revision(revision), commit, cursor: Cursor(number + revision) }
}

/// The definition, word by word, without parts.
fn naive(leaves: &BTreeMap<Hash, Leaf>, depth: usize) -> Hash {
    let mut all = leaves.iter();
    match (all.next(), leaves.len()) {
        (None, _) => Hash::ZERO,
        (Some((key, leaf)), 1) => leaf_hash(key, leaf.revision, &leaf.commit),
        _ => {
            let side = |right: bool| -> BTreeMap<Hash, Leaf> {
                let own = leaves.iter().filter(|(key, _)| bit(key, depth) == right);
                own.map(|(key, leaf)| (*key, *leaf)).collect()
            };
            node_hash(&naive(&side(false), depth + 1), &naive(&side(true), depth + 1))
        }
    }
}

#[test]
fn the_root_is_that_of_the_definition_in_any_order() {
    let (mut tree, mut leaves) = (Tree::default(), BTreeMap::new());
    assert_eq!(tree.root().hash, Hash::ZERO);
    for number in 0..300 {
        tree.take(key_of(&actor(number)), leaf(number, 1));
        leaves.insert(key_of(&actor(number)), leaf(number, 1));
        if number < 20 || number % 37 == 0 {
            assert_eq!(tree.root().hash, naive(&leaves, 0), "{number}");
        }
    }
    let mut backwards = Tree::default();
    for number in (0..300).rev() {
        backwards.take(key_of(&actor(number)), leaf(number, 1));
    }
    assert_eq!(backwards.root(), tree.root());
    assert_eq!(tree.root().leaves, 300);
    let before = tree.root();
    tree.take(key_of(&actor(7)), leaf(7, 2));
    assert_ne!(tree.root(), before);
    tree.take(key_of(&actor(7)), leaf(8, 2));
    tree.take(key_of(&actor(7)), leaf(7, 1));
    leaves.insert(key_of(&actor(7)), leaf(7, 2));
    assert_eq!(tree.root().hash, naive(&leaves, 0), "the first of a revision stays");
}

#[test]
fn every_leaf_is_proved_and_no_other() {
    for count in [1, 2, 3, 50, 9_000] {
        let mut tree = Tree::default();
        for number in 0..count {
            tree.take(key_of(&actor(number)), leaf(number, 3));
        }
        let root = tree.root().hash;
        assert_eq!(tree.prove(&actor(count)), None);
        for number in (0..count).step_by(1 + usize::try_from(count / 50).unwrap()) {
            let proof = tree.prove(&actor(number)).unwrap();
            assert_eq!(proof.root(), Some(root), "{number} of {count}");
            let forged = [
                Proof { revision: Revision(4), ..proof.clone() },
                Proof { id: actor(count).id, ..proof.clone() },
                Proof { commit_hash: Hash::of(b"other"), ..proof.clone() },
                Proof { siblings: vec![Hash::ZERO; 257], ..proof.clone() },
            ];
            for forged in forged {
                assert_ne!(forged.root(), Some(root));
            }
            for at in 0..proof.siblings.len() {
                let mut other = proof.clone();
                other.siblings[at].0[0] ^= 1;
                assert_ne!(other.root(), Some(root));
            }
        }
    }
}

#[test]
fn what_is_signed_never_changes() {
    let head = TreeHead {
        v: 1,
        number: 3,
        at: Timestamp::from_millis(1_760_000_000_123),
        cursor: Cursor(42),
        root: Hash::of(b"root"),
        prev: Hash::ZERO,
    };
    let text = String::from_utf8(head.message()).unwrap();
    let zeros = "0".repeat(64);
    let wanted = format!(
        "cambium tree head v1\n{{\"at\":\"2025-10-09T08:53:20.123Z\",\"cursor\":\"42\",\
         \"number\":3,\"prev\":\"{zeros}\",\"root\":\"{}\",\"v\":1}}",
        head.root
    );
    assert_eq!(text, wanted);
    assert_eq!(PARTS, 4_096);
}
