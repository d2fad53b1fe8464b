//! How things are laid out in the broker, for ever: what is there already is never made otherwise
//! under the same version.
//!
//! `GOLDEN=add cargo test -p cambium-tests layout` writes the file of a version that has none.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nats::Config;
use nats::streams::{FORMAT, all};
use serde_json::{Value, json};

/// What of a stream an older program or what is stored already rests on.
const RESTED_ON: [&str; 12] = [
    "subjects",
    "subject_transform",
    "retention",
    "storage",
    "discard",
    "max_msgs_per_subject",
    "deny_delete",
    "deny_purge",
    "allow_rollup_hdrs",
    "allow_msg_ttl",
    "allow_msg_schedules",
    "metadata",
];

#[test]
fn streams_are_laid_out_as_their_version_says() {
    let streams = all(&Config::default()).into_iter().map(|stream| {
        let told = serde_json::to_value(&stream).expect("JSON");
        let kept = RESTED_ON.map(|name| (name, told.get(name).cloned().unwrap_or_default()));
        (stream.name, kept.into_iter().collect::<BTreeMap<_, Value>>())
    });
    let today = json!(streams.collect::<BTreeMap<_, _>>());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/streams");
    let path = folder.join(format!("v{FORMAT}.json"));
    if !path.exists() && std::env::var("GOLDEN").is_ok_and(|what| what == "add") {
        fs::create_dir_all(&folder).expect("a folder");
        let text = serde_json::to_string_pretty(&today).expect("JSON");
        fs::write(&path, text + "\n").expect("written");
    }
    let text = fs::read_to_string(&path).expect("the file of this version");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(today, golden, "what is laid out otherwise has another version: raise FORMAT");
}
