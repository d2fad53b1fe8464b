//! Another password by a link.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, World, text};

const ANOTHER: &str = "another long walk";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_sent_by_a_worker_counts_once_and_stands_nowhere() {
    let world = World::with("[auth]\nreset_url = \"https://example.org/reset?t={token}\"\n").await;
    world.user("ada", &["user"]).await;
    let session = world.login("ada").await;
    let key = Some(world.program.key());
    let mut answers = Vec::new();
    for name in ["ada", "nobody"] {
        let body = json!({ "name": name });
        answers.push(world.post("/v1/auth/password/reset", None, body).await);
    }
    assert_eq!(answers[0], answers[1], "the answer tells nothing");
    assert_eq!(answers[0].0, StatusCode::ACCEPTED);
    // The worker: the piece of work holds a ticket, and nothing that opens anything.
    let lease = json!({ "max": 1, "wait_s": 20.0, "worker": "mailer" });
    let leased = world.done("/v1/work/mail/lease", key, lease).await;
    let input = &leased["items"][0]["input"];
    assert_eq!(input["template"], "password_reset", "{leased}");
    let path = format!("/v1/auth/mail/{}", text(&input["ticket"]));
    let message = world.done(&path, key, json!({})).await;
    assert_eq!(text(&message["to"]), "ada@example.org");
    let token = text(&message["token"]).to_owned();
    assert_eq!(text(&message["link"]), format!("https://example.org/reset?t={token}"));
    assert_eq!(world.refused(&path, key, json!({})).await, "ticket_unknown", "once");
    assert!(!world.log().await.contains(&token), "the log never has it");
    let weak = json!({ "token": token, "password": "short" });
    let refused = world.refused("/v1/auth/password/reset/confirm", None, weak).await;
    assert_eq!(refused, "password_unfit", "and the link still counts");
    let body = json!({ "token": token, "password": ANOTHER });
    // Of two at the same moment one is too late.
    let (one, other) = tokio::join!(
        world.post("/v1/auth/password/reset/confirm", None, body.clone()),
        world.post("/v1/auth/password/reset/confirm", None, body),
    );
    assert!(one.0.is_success() != other.0.is_success(), "{one:?} {other:?}");
    assert_eq!(world.code(text(&session["access_token"])).await, "token_revoked");
    let old = json!({ "name": "ada", "password": PASSWORD });
    assert_eq!(world.refused("/v1/auth/login", None, old).await, "login_failed");
    world.done("/v1/auth/login", None, json!({ "name": "ada", "password": ANOTHER })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_link_counts_no_longer_once_the_password_is_another() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let key = Some(world.program.key());
    let link = async || world.done("/v1/auth/password/reset/ada", key, json!({})).await;
    let (first, second) = (link().await, link().await);
    let confirm = |link: &Value| json!({ "token": link["token"], "password": ANOTHER });
    world.done("/v1/auth/password/reset/confirm", None, confirm(&second)).await;
    let refused = world.refused("/v1/auth/password/reset/confirm", None, confirm(&first)).await;
    assert_eq!(refused, "reset_invalid");
    let made_up = json!({ "token": format!("cr_{}", "0".repeat(64)), "password": ANOTHER });
    let refused = world.refused("/v1/auth/password/reset/confirm", None, made_up).await;
    assert_eq!(refused, "reset_invalid");
    let (status, _) =
        world.ask((Method::POST, "/v1/auth/password/reset/nobody"), key, &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
