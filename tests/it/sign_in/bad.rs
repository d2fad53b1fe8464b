//! What is tried to get in, or to get more.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, World, text};

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_and_a_wrong_password_are_told_apart_by_nobody() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let mut told = Vec::new();
    for (name, password) in [("ada", "wrong password"), ("nobody", "wrong password")] {
        let body = json!({ "name": name, "password": password });
        let (status, mut answer) = world.post("/v1/auth/login", None, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        for own in ["trace_id", "instance"] {
            answer.as_object_mut().expect("a problem").remove(own);
        }
        told.push(answer);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0]["code"], "login_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits_longer_and_longer() {
    let world = World::with("[auth.throttle]\nname_free = 3\nwait_ms = 60000\n").await;
    world.user("ada", &["user"]).await;
    let guess = json!({ "name": "ada", "password": "wrong password" });
    for _ in 0..4 {
        assert_eq!(world.refused("/v1/auth/login", None, guess.clone()).await, "login_failed");
    }
    let (status, told) = world.post("/v1/auth/login", None, guess).await;
    assert_eq!((status, text(&told["code"])), (StatusCode::TOO_MANY_REQUESTS, "login_throttled"));
    assert!(told["retry_after_ms"].as_u64().is_some_and(|ms| ms > 50_000), "{told}");
    let right = json!({ "name": "ada", "password": PASSWORD });
    let refused = world.refused("/v1/auth/login", None, right).await;
    assert_eq!(refused, "login_throttled", "the right one would tell that it is right");
}

/// The count that all nodes share (`edge/limits`), of an account and of an address.
#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_is_counted_where_all_nodes_see_it() {
    let world = World::with(
        "[auth.throttle]\nname_free = 100\npeer_free = 100\n\
        [edge.limits.login_account]\nquota = 3\nwindow_s = 3600\n",
    )
    .await;
    world.user("ada", &["user"]).await;
    let right = || json!({ "name": "ada", "password": PASSWORD });
    for _ in 0..6 {
        let (status, _) = world.post("/v1/auth/login", None, right()).await;
        assert_eq!(status, StatusCode::OK, "who is right has spent nothing");
    }
    let guess = json!({ "name": "ada", "password": "wrong password" });
    for _ in 0..3 {
        assert_eq!(world.refused("/v1/auth/login", None, guess.clone()).await, "login_failed");
    }
    assert_eq!(world.refused("/v1/auth/login", None, right()).await, "login_throttled");
    let other = json!({ "name": "eve", "password": "wrong password" });
    assert_eq!(world.refused("/v1/auth/login", None, other).await, "login_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_himself_more_than_he_has() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let session = world.login("ada").await;
    let token = Some(text(&session["access_token"]));
    let more = json!({ "role": "admin" });
    let refused = world.refused("/v1/principal/ada/assign", token, more).await;
    assert!(["own_rights", "forbidden"].contains(&refused.as_str()), "{refused}");
    // An agent that registers itself with capabilities.
    let agent = json!({ "sort": "agent", "roles": ["admin"] });
    let refused = world.refused("/v1/principal/bot/register", token, agent).await;
    assert_eq!(refused, "forbidden");
    // A session for ever, or another password, by the token of half an hour.
    let begin = json!({
        "family": "s1", "token_hash": "0".repeat(64), "expires_at": "2099-01-01T00:00:00Z",
    });
    let refused = world.refused("/v1/principal/ada/begin_session", token, begin).await;
    assert_eq!(refused, "proof_needed");
    let sealed = json!({ "hash": format!("sealed:{}", "A".repeat(160)) });
    let refused = world.refused("/v1/principal/ada/set_password", token, sealed).await;
    assert_eq!(refused, "proof_needed");
    let password = json!({ "old": "wrong password", "new": "another long walk" });
    assert_eq!(world.refused("/v1/auth/password", token, password).await, "login_failed");
    // Who may reset passwords takes over nobody who may more than he.
    world.user("root", &["admin"]).await;
    world.user("clerk", &[]).await;
    let key = Some(world.program.key());
    let grant = json!({ "capability": "cap:principal.reset_password" });
    world.done("/v1/principal/clerk/grant", key, grant).await;
    let clerk = world.login("clerk").await;
    let clerk = Some(text(&clerk["access_token"]));
    let refused = world.refused("/v1/auth/password/reset/root", clerk, json!({})).await;
    assert_eq!(refused, "grant_exceeds_rights");
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth_speaks_as_the_rfcs_say() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let url = |path: &str| format!("{}{path}", world.program.url());
    let form = async |path: &str, pairs: &[(&str, &str)]| {
        let mut body = reqwest::Url::parse("http://x/").expect("a URL");
        body.query_pairs_mut().extend_pairs(pairs);
        let text = body.query().unwrap_or_default().to_owned();
        let asked = world.client.post(url(path)).body(text);
        let asked = asked.header("content-type", "application/x-www-form-urlencoded");
        let answer = asked.send().await.expect("an answer");
        let kept = answer.headers().get("cache-control").cloned();
        let (status, told) = (answer.status(), answer.json::<Value>().await.expect("JSON"));
        assert!(!status.is_success() || kept.is_some_and(|it| it == "no-store"), "{told}");
        (status.as_u16(), told)
    };
    let grant = [("grant_type", "password"), ("username", "ada"), ("password", PASSWORD)];
    let (status, told) = form("/v1/auth/token", &grant).await;
    assert_eq!((status, text(&told["token_type"])), (200, "Bearer"));
    let token = text(&told["access_token"]).to_owned();
    let wrong = [("grant_type", "password"), ("username", "ada"), ("password", "wrong password")];
    let (status, told) = form("/v1/auth/token", &wrong).await;
    assert_eq!((status, text(&told["error"])), (400, "invalid_grant"));
    let (status, told) = form("/v1/auth/token", &[("grant_type", "implicit")]).await;
    assert_eq!((status, text(&told["error"])), (400, "unsupported_grant_type"));
    let twice = [("grant_type", "password"), ("grant_type", "refresh_token")];
    let (status, told) = form("/v1/auth/token", &twice).await;
    assert_eq!((status, text(&told["error"])), (400, "invalid_request"));
    let asked = json!({ "token": token });
    let told = world.done("/v1/auth/introspect", Some(&token), asked.clone()).await;
    assert_eq!((told["active"].as_bool(), text(&told["sub"])), (Some(true), "ada"));
    world.user("eve", &["user"]).await;
    let eve = world.login("eve").await;
    let eve = Some(text(&eve["access_token"]));
    let told = world.done("/v1/auth/introspect", eve, asked.clone()).await;
    assert_eq!(told, json!({ "active": false }), "of others nothing is told");
    assert_eq!(form("/v1/auth/revoke", &[("token", "no token at all")]).await.0, 200);
    assert_eq!(form("/v1/auth/revoke", &[("token", &token)]).await.0, 200);
    assert_eq!(world.code(&token).await, "token_revoked");
    let told = world.done("/v1/auth/introspect", Some(world.program.key()), asked).await;
    assert_eq!(told, json!({ "active": false }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_becomes_a_token_that_carries_no_more_and_lives_no_longer() {
    let world = World::new().await;
    world.user("bot", &["user"]).await;
    let key = Some(world.program.key());
    let wanted = json!({ "principal": "bot", "label": "t", "scope": ["cap:counter.read"] });
    let made = world.done("/v1/keys", key, wanted).await;
    let (id, secret) = (text(&made["id"]), text(&made["key"]));
    let grant = |secret: &str| {
        json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        })
    };
    let told = world.done("/v1/auth/token", None, grant(secret)).await;
    assert!(told["refresh_token"].is_null(), "RFC 6749, 4.4.3");
    let token = text(&told["access_token"]);
    assert_eq!(world.refused("/v1/counter/c/add", Some(token), json!({})).await, "forbidden");
    let (status, told) = world.post("/v1/auth/token", None, grant("wrong")).await;
    assert_eq!((status.as_u16(), text(&told["error"])), (401, "invalid_client"));
    world.done(&format!("/v1/keys/{id}/revoke"), key, json!({ "principal": "bot" })).await;
    assert_eq!(world.code(token).await, "token_revoked");
}

/// Neither a password nor its hash nor a token stands in the log, in a state, or in what is said.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_stands_where_it_can_be_read() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let session = world.login("ada").await;
    let next = json!({ "refresh_token": session["refresh_token"] });
    world.done("/v1/auth/refresh", None, next).await;
    let key = Some(world.program.key());
    let (_, state) = world.ask((Method::GET, "/v1/principal/ada"), key, &Value::Null).await;
    assert!(text(&state["state"]["password"]).starts_with("sealed:"), "{state}");
    let said = std::fs::read_to_string(world.program.data().with_extension("said"));
    let all = [world.log().await, state.to_string(), said.expect("said")].concat();
    for secret in
        [PASSWORD, "argon2id", text(&session["access_token"]), text(&session["refresh_token"])]
    {
        assert!(!all.contains(secret), "{secret} can be read");
    }
}

/// Every login, failure, reuse and reset is written down, and no secret with it.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_tells_who_signed_in_and_who_tried() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let first = world.login("ada").await;
    let refresh = json!({ "refresh_token": first["refresh_token"] });
    world.done("/v1/auth/refresh", None, refresh.clone()).await;
    assert_eq!(world.refused("/v1/auth/refresh", None, refresh).await, "refresh_reused");
    let wrong = json!({ "name": "ada", "password": "wrong password" });
    assert_eq!(world.refused("/v1/auth/login", None, wrong).await, "login_failed");
    let key = Some(world.program.key());
    let wanted = ["a session began", "a refresh token came", "a name came", "a link for another"];
    let mut told = String::new();
    // The record of a failure is written beside its answer.
    while !wanted.iter().all(|message| told.contains(message)) {
        let path = "/v1/audit?class=login&limit=100";
        let (status, answer) = world.ask((Method::GET, path), key, &Value::Null).await;
        assert!(status.is_success(), "{answer}");
        told = answer.to_string();
        tokio::task::yield_now().await;
    }
    for secret in [PASSWORD, "wrong password", "argon2", text(&first["access_token"])] {
        assert!(!told.contains(secret), "{secret} stands in {told}");
    }
}
