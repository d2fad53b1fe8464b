//! What is stored of the trail, and what is signed of it, for ever: these files only grow in
//! number.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{AuditHead, AuditRecord, HoldChange, Link, Statement as _, TrailAnchor};
use crate::hash::Hash;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../tests/golden/audit/", $name, ".json"))
    };
}

/// Reads `text`, and finds the same bytes when it is written again.
fn same<T: Serialize + DeserializeOwned + Debug>(text: &str) -> T {
    let value: T = serde_json::from_str(text).expect("it is read");
    assert_eq!(serde_json::to_string(&value).expect("JSON"), text.trim_end());
    value
}

#[test]
fn records_of_every_version_are_read() {
    let old: AuditRecord = serde_json::from_str(file!("record.v1")).expect("it is read");
    assert_eq!((old.v, old.details["code"].as_str()), (1, Some("forbidden")));
    let record: AuditRecord = same(file!("record.v2"));
    assert_eq!(record.v, super::AUDIT_RECORD_VERSION);
    let told: Value = serde_json::from_str(file!("record.v2")).expect("JSON");
    assert!(told.as_object().is_some_and(|members| members.len() == 18), "every member is there");
}

#[test]
fn what_rules_over_the_trail_is_read() {
    let _: HoldChange = same(file!("hold.v1"));
    let _: HoldChange = same(file!("release.v1"));
    let anchor: TrailAnchor = same(file!("anchor.v1"));
    let signed = Hash::of(&anchor.message()).to_string();
    assert_eq!(signed, "b54b010e376e47adf84ffd671f4d274d36bc1ffd4f7bee81a96bcb9b11759f61");
}

#[test]
fn heads_are_read_and_come_to_the_same_bytes() {
    let head: AuditHead = same(file!("head.v1"));
    assert!(head.root_holds());
    assert_eq!(
        Hash::of(&head.message()).to_string(),
        "e770553fd06213ff6a72b77c1c19d5c1bf6c65c35389d4d1f2e0db19e500c6cb"
    );
}

#[test]
fn a_chain_comes_to_the_same_hash() {
    let link = Link::default().then(1, b"one").then(7, b"two");
    assert_eq!((link.sequence, link.count), (7, 2));
    assert_eq!(
        link.hash.to_string(),
        "a5dcd3ccaf24594424ad1f7e1d295e6930d38ead34400f5002beb6fe24007496"
    );
}
