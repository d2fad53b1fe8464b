use serde_json::json;

use super::SourceRecord;
use super::artifact::{Artifact, Body, Citation, Section};
use crate::ids::Revision;
use crate::time::Timestamp;

fn body(id: &str) -> Body {
    let sections =
        vec![Section { id: id.to_owned(), title: "Costs".to_owned(), text: "9 [1]".to_owned() }];
    let citations = vec![Citation {
        id: SourceRecord::new("List", None).id,
        number: 1,
        title: "List".to_owned(),
        reference: None,
        sections: vec![id.to_owned()],
    }];
    Body { sections, toc: vec!["Costs".to_owned()], citations }
}

fn artifact(id: &str, version: u64, at: Option<i64>) -> Artifact {
    let metadata = json!({ "year": 2026 }).as_object().expect("an object").clone();
    let at = at.map(Timestamp::from_millis);
    Artifact::new("Roof".to_owned(), Revision(version), at, metadata, body(id)).expect("exact")
}

#[test]
fn the_content_hash_is_of_the_content_alone() {
    let (one, other) = (artifact("s_1", 3, Some(5)), artifact("s_2", 9, None));
    assert_eq!(one.meta.content_hash, other.meta.content_hash);
    let mut changed = one.clone();
    changed.body.sections[0].text.push('!');
    assert_ne!(changed.content_hash().expect("exact").to_string(), one.meta.content_hash);
    changed = one.clone();
    changed.meta.metadata.insert("year".to_owned(), json!(2027));
    assert_ne!(changed.content_hash().expect("exact").to_string(), one.meta.content_hash);
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let one = artifact("s_1", 3, Some(5));
    let text = serde_json::to_string(&one).expect("JSON");
    assert_eq!(serde_json::from_str::<Artifact>(&text).expect("an artifact"), one);
    let foreign = text.replacen("\"body\"", "\"more\":1,\"body\"", 1);
    assert!(serde_json::from_str::<Artifact>(&foreign).is_err());
}

#[test]
fn sources_of_the_same_title_and_reference_are_the_same() {
    assert_eq!(SourceRecord::new("a", Some("b")), SourceRecord::new("a", Some("b")));
    assert_ne!(SourceRecord::new("a", Some("b")).id, SourceRecord::new("a", None).id);
    assert_ne!(SourceRecord::new("ab", Some("")).id, SourceRecord::new("a", Some("b")).id);
}
