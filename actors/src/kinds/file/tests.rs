use contracts::Hash;
use contracts::kinds::file as page;
use serde_json::{Value, json};

use super::File;
use crate::kinds::testing::{given, page_is_consistent};

fn upload() -> Value {
    json!({
        "filename": "a.txt", "purpose": "user_data", "media_type": "text/plain", "bytes": 5,
        "blob": Hash::of(b"hello"),
    })
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::File>();
}

#[test]
fn a_file_is_uploaded_once_and_deleted_once() {
    given::<File>([]).when("delete", json!({})).then_refused("actor_not_found");
    let then = given::<File>([]).when("upload", upload());
    assert_eq!(then.decided().events.len(), 1);
    let then = then.given.when("upload", upload());
    then.then_refused("actor_exists");
    let uploaded: page::Upload = serde_json::from_value(upload()).unwrap();
    let then = given::<File>([page::Event::Uploaded(uploaded)]).when("delete", json!({}));
    assert!(then.given.state.deleted);
    then.given.state_is_the_fold();
    then.given.when("delete", json!({})).then_refused("actor_not_found");
}

#[test]
fn inputs_have_limits() {
    for (name, bad) in [
        ("filename", json!(" ")),
        ("filename", json!("x".repeat(256))),
        ("purpose", json!("")),
        ("media_type", json!("x".repeat(129))),
        ("blob", json!("abc")),
    ] {
        let mut input = upload();
        input[name] = bad;
        given::<File>([]).when("upload", input).then_refused("invalid_input");
    }
}
