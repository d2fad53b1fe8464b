//! Webhooks of the real program, received and checked by others' libraries.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use cambium_tests::program::{Program, client};
use cambium_tests::python;
use cambium_tests::receiver::{Message, Receiver};
use serde_json::{Value, json};

use super::BINARY;

/// The libraries of the two specifications, pinned.
const PACKAGES: &[&str] = &["standardwebhooks==1.1.0", "cloudevents==2.2.0"];

/// Checks a message with each of the secrets and tells what the event says.
const CHECK: &str = "
import json, sys
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
asked = json.load(sys.stdin)
body, headers = asked['body'].encode(), asked['headers']
verified = []
for secret in asked['secrets']:
    try:
        Webhook(secret).verify(body, headers)
        verified.append(True)
    except WebhookVerificationError:
        verified.append(False)
event = from_http_event(HTTPMessage(headers={'content-type': headers['content-type']}, body=body))
print(json.dumps({
    'verified': verified, 'id': event.get_id(), 'source': event.get_source(),
    'type': event.get_type(), 'subject': event.get_subject(), 'time': str(event.get_time()),
    'sequence': event.get_attributes()['sequence'], 'data': event.get_data(),
}))
";

/// What the libraries say of a message.
fn checked(message: &Message, secrets: &[&str]) -> Value {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("webhooks");
    let python = python::with(&home, PACKAGES).expect("python");
    let asked = json!({ "body": message.body, "headers": message.headers, "secrets": secrets });
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, asked.to_string().as_bytes()).expect("written");
    let input = fs::File::open(file.path()).expect("read");
    let said = python::run(Command::new(python).args(["-c", CHECK]).stdin(input));
    serde_json::from_str(&said.expect("it is a CloudEvent")).expect("JSON")
}

/// A program that may reach the receiver, and nothing else on this machine.
async fn started(home: &Path, receiver: &Receiver) -> Program {
    let data = home.join("data");
    fs::create_dir_all(&data).expect("made");
    let settings = format!("[actors.fetch]\nallow = [\"127.0.0.1:{}\"]\n", receiver.port);
    fs::write(data.join("cambium.toml"), settings).expect("written");
    Program::start(BINARY, &data).await.expect("the program starts")
}

/// Asks with a key.
async fn ask(program: &Program, key: &str, path: &str, body: Value) -> Value {
    let asked = client().post(format!("{}{path}", program.url())).header("x-api-key", key);
    asked.json(&body).send().await.expect("an answer").json().await.expect("JSON")
}

/// Whether `text` stands in a file below `folder`.
fn stands_below(folder: &Path, text: &[u8]) -> bool {
    fs::read_dir(folder).expect("a folder").flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return stands_below(&path, text);
        }
        let bytes = fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|it| it == text)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_approvals_is_told_and_answers_with_a_key_of_their_own() {
    let (home, receiver) = (tempfile::tempdir().expect("a directory"), Receiver::start().await);
    let program = started(home.path(), &receiver).await;
    let roles = json!({ "roles": ["developer", "reviewer"] });
    program.post("/v1/principal/anna/register", &roles).await.expect("registered");
    let key = json!({ "principal": "anna", "label": "phone" });
    let key = program.post("/v1/keys", &key).await.expect("issued");
    let anna = key["key"].as_str().expect("shown once").to_owned();
    let hook = json!({
        "id": "phone", "url": receiver.url(),
        "filter": { "kinds": ["approval"], "events": ["Proposed"] },
    });
    let made = ask(&program, &anna, "/v1/webhooks", hook.clone()).await;
    let secret = made["secret"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    assert!(secret.starts_with("whsec_") && made["id"] == "phone");
    let again = ask(&program, &anna, "/v1/webhooks", hook).await;
    assert_eq!(again["code"], "webhook_exists", "{again}");

    program.post("/v1/counter/visits/add", &json!({ "by": 7 })).await.expect("added");
    let reset = json!({ "kind": "counter", "id": "visits", "name": "reset", "input": {} });
    let proposed = program.post("/v1/approval/reset/propose", &json!({ "command": reset })).await;
    assert_eq!(proposed.expect("proposed")["ok"], true);
    let message = receiver.next().await;
    let told = checked(&message, &[&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]);
    assert_eq!(told["verified"], json!([true, false]));
    assert_eq!(told["type"], "cambium.approval.Proposed");
    assert_eq!(
        (&told["source"], &told["subject"]),
        (&json!("/v1/approval/reset"), &json!("approval/reset"))
    );
    assert_eq!(told["sequence"], "00000000000000000001.0000");
    assert_eq!(told["id"], message.headers["webhook-id"].as_str());
    let event = &told["data"]["event"];
    assert_eq!(
        (&event["type"], &event["data"]["command"]["name"]),
        (&json!("Proposed"), &json!("reset"))
    );
    // As it stands in the log.
    let logged = program.get("/v1/approval/reset/events").await.expect("events");
    assert_eq!(*event, logged["items"][0]["events"][0]);
    assert_eq!(told["data"]["hash"], logged["items"][0]["hash"]);
    // The answer goes where the message says, by the hash that it says.
    let source = told["source"].as_str().expect("a path");
    let yes = json!({ "hash": event["data"]["hash"] });
    let answered = ask(&program, &anna, &format!("{source}/approve"), yes).await;
    assert_eq!(answered["ok"], true, "{answered}");
    let mut value = json!(7);
    while value != json!(0) {
        let state = program.get("/v1/counter/visits").await.expect("a state");
        value = state["state"]["value"].clone();
    }
    // No secret stands in the log, in a file or in an answer.
    let events = program.get("/v1/webhook/phone/events?raw=1").await.expect("events").to_string();
    let state = program.get("/v1/webhook/phone").await.expect("a state").to_string();
    let listed = program.get("/v1/secrets").await.expect("secrets").to_string();
    assert!(listed.contains("webhook:phone"), "{listed}");
    let bare = secret.trim_start_matches("whsec_");
    assert!([events, state, listed].iter().all(|text| !text.contains(bare)));
    program.stop().expect("stops");
    assert!(!stands_below(&home.path().join("data"), bare.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_sign_while_they_change_and_a_receiver_that_is_gone_ends_it() {
    let (home, receiver) = (tempfile::tempdir().expect("a directory"), Receiver::start().await);
    let program = started(home.path(), &receiver).await;
    let key = program.key().to_owned();
    let hook = json!({ "id": "all", "url": receiver.url() });
    let first = ask(&program, &key, "/v1/webhooks", hook).await;
    let first = first["secret"].as_str().expect("shown once").to_owned();
    let rotated = ask(&program, &key, "/v1/webhooks/all/rotate", json!({})).await;
    let second = rotated["secret"].as_str().expect("shown once").to_owned();
    assert_ne!(first, second);
    program.post("/v1/webhook/all/test", &json!({})).await.expect("asked");
    let ping = receiver.next().await;
    let told = checked(&ping, &[&first, &second]);
    assert_eq!(
        (&told["verified"], &told["type"]),
        (&json!([true, true]), &json!("cambium.webhook.Pinged"))
    );
    let rotated = ask(&program, &key, "/v1/webhooks/all/rotate", json!({ "overlap_s": 0 })).await;
    let third = rotated["secret"].as_str().expect("shown once").to_owned();
    program.post("/v1/counter/c/add", &json!({})).await.expect("added");
    let added = receiver.next().await;
    let told = checked(&added, &[&first, &second, &third]);
    assert_eq!(
        (&told["verified"], &told["type"]),
        (&json!([false, false, true]), &json!("cambium.counter.Added"))
    );
    // Again, under the same id; the program has been started anew meanwhile.
    let mut delivery = Value::Null;
    while delivery.is_null() {
        let state = program.get("/v1/webhook/all").await.expect("a state");
        delivery = state["state"]["recent"][1]["delivery"].clone();
    }
    program.stop().expect("stops");
    let program = started(home.path(), &receiver).await;
    let again = json!({ "delivery": delivery });
    let asked = program.post("/v1/webhook/all/redeliver", &again).await.expect("asked");
    assert_eq!(asked["ok"], true, "{asked}");
    let again = receiver.next().await;
    assert_eq!(again.headers["webhook-id"], added.headers["webhook-id"]);
    assert_eq!(again.body, added.body);
    receiver.status.store(410, Ordering::SeqCst);
    program.post("/v1/counter/c/add", &json!({})).await.expect("added");
    receiver.next().await;
    let mut state = Value::Null;
    while state["state"]["enabled"] != json!(false) {
        state = program.get("/v1/webhook/all").await.expect("a state");
    }
    assert_eq!(state["state"]["disabled"], "gone");
    assert!(receiver.is_quiet().await);
    program.stop().expect("stops");
}
