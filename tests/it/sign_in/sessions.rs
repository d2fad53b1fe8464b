//! Sessions: their beginning, going on and end.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, World, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_user_becomes_super_admin_and_nobody_after_him() {
    let world = World::new().await;
    let ada = json!({ "name": "ada", "password": PASSWORD });
    // Two at the same moment: one is the first.
    let eve = json!({ "name": "eve", "password": PASSWORD });
    let (one, other) = tokio::join!(
        world.post("/v1/auth/register", None, ada),
        world.post("/v1/auth/register", None, eve),
    );
    let (first, second) = if one.0.is_success() { (one, other) } else { (other, one) };
    assert_eq!(first.0, StatusCode::CREATED, "{}", first.1);
    assert_eq!(second.1["code"], "registration_closed");
    assert_eq!(first.1["tenant"], "system");
    let token = text(&first.1["access_token"]);
    let (_, me) = world.ask((Method::GET, "/v1/auth/me"), Some(token), &Value::Null).await;
    assert_eq!(me["roles"][0]["role"], "admin");
    assert_eq!(me["sessions"][0]["this"], true);
    let (status, _) = world.ask((Method::GET, "/v1/admin/lag"), Some(token), &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "what concerns all tenants");
    let grace = json!({ "name": "grace", "password": PASSWORD });
    assert_eq!(world.refused("/v1/auth/register", None, grace).await, "registration_closed");
    // Without a tenant a name is looked for among those who see to the system, too.
    let name = text(&first.1["principal"]).to_owned();
    assert_eq!(world.login(&name).await["tenant"], "system");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_register_where_a_tenant_lets_them_in_and_as_users_only() {
    let settings = "[auth]\nregistration_tenants = [\"main\"]\nfirst_user = false\n";
    let world = World::with(settings).await;
    let body = json!({ "name": "ada", "password": PASSWORD });
    let told = world.done("/v1/auth/register", None, body.clone()).await;
    assert_eq!((text(&told["tenant"]), text(&told["principal"])), ("main", "ada"));
    let token = text(&told["access_token"]);
    world.done("/v1/counter/c/add", Some(token), json!({})).await;
    let more = json!({ "name": "eve", "password": PASSWORD, "roles": ["admin"] });
    assert_eq!(world.refused("/v1/auth/register", None, more).await, "invalid_input");
    assert_eq!(world.refused("/v1/auth/register", None, body).await, "principal_exists");
    let short = json!({ "name": "eve", "password": "1234567890" });
    assert_eq!(world.refused("/v1/auth/register", None, short).await, "password_unfit");
    let elsewhere = json!({ "name": "eve", "password": PASSWORD, "tenant": "system" });
    assert_eq!(world.refused("/v1/auth/register", None, elsewhere).await, "registration_closed");
    let reserved = json!({ "name": "admin", "password": PASSWORD });
    assert_eq!(world.refused("/v1/auth/register", None, reserved).await, "principal_name_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_counts_once_and_its_reuse_ends_the_session_for_all() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let first = world.login("ada").await;
    let token = |told: &Value, name: &str| text(&told[name]).to_owned();
    let refresh = |told: &Value| json!({ "refresh_token": told["refresh_token"] });
    let second = world.done("/v1/auth/refresh", None, refresh(&first)).await;
    assert_eq!(second["session"], first["session"]);
    for told in [&first, &second] {
        assert_eq!(world.code(&token(told, "access_token")).await, "none");
        assert_eq!(world.code(&token(told, "refresh_token")).await, "token_type_wrong");
    }
    let access = json!({ "refresh_token": second["access_token"] });
    assert_eq!(world.refused("/v1/auth/refresh", None, access).await, "token_type_wrong");
    assert_eq!(world.refused("/v1/auth/refresh", None, refresh(&first)).await, "refresh_reused");
    assert_eq!(world.code(&token(&second, "access_token")).await, "token_revoked");
    assert_eq!(world.refused("/v1/auth/refresh", None, refresh(&second)).await, "token_revoked");
    // Of two at the same moment one is too late, and then neither has a session.
    let third = world.login("ada").await;
    let (one, other) = tokio::join!(
        world.post("/v1/auth/refresh", None, refresh(&third)),
        world.post("/v1/auth/refresh", None, refresh(&third)),
    );
    assert!(one.0.is_success() != other.0.is_success(), "{one:?} {other:?}");
    assert_eq!(world.code(&token(&third, "access_token")).await, "token_revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_a_session_ends_the_next_request_and_open_streams() {
    let world = World::new().await;
    let key = Some(world.program.key());
    for (who, path, body) in [
        ("ada", "/v1/auth/logout", json!({})),
        ("bob", "/v1/auth/logout", json!({ "all": true })),
        ("cid", "/v1/principal/cid/suspend", json!({ "reason": "left" })),
        ("dan", "/v1/auth/password", json!({ "old": PASSWORD, "new": "another long walk" })),
    ] {
        world.user(who, &["user"]).await;
        let told = world.login(who).await;
        let token = text(&told["access_token"]).to_owned();
        let url = format!("{}/v1/events?after=now", world.program.url());
        let asked = world.client.get(url).bearer_auth(&token).header("accept", "text/event-stream");
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let mut stream = answer.bytes_stream();
        let first = stream.next().await.expect("a line").expect("read");
        assert!(first.starts_with(b": stream"));
        let by = if who == "cid" { key } else { Some(token.as_str()) };
        let done = world.done(path, by, body).await;
        assert_eq!(world.code(&token).await, "token_revoked", "{who}");
        let mut last = String::new();
        while let Some(bytes) = stream.next().await {
            last.push_str(&String::from_utf8_lossy(&bytes.expect("read")));
        }
        assert!(last.contains("event: error") && last.contains("token_revoked"), "{who}: {last}");
        if who == "dan" {
            assert_eq!(
                world.code(text(&done["access_token"])).await,
                "none",
                "a session of its own"
            );
            let old = json!({ "name": "dan", "password": PASSWORD });
            assert_eq!(world.refused("/v1/auth/login", None, old).await, "login_failed");
        }
    }
    let suspended = json!({ "name": "cid", "password": PASSWORD });
    assert_eq!(world.refused("/v1/auth/login", None, suspended).await, "login_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_as_many_sessions_as_the_operator_lets_there_be() {
    let world = World::with("[auth]\nsessions_max = 2\n").await;
    world.user("ada", &["user"]).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(text(&world.login("ada").await["access_token"]).to_owned());
    }
    assert_eq!(world.code(&tokens[0]).await, "token_revoked", "the oldest gave way");
    assert_eq!(world.code(&tokens[2]).await, "none");
    drop(world);
    let settings = "[auth]\nsessions_max = 1\nsessions_crowded = \"refuse\"\n";
    let world = World::with(settings).await;
    world.user("ada", &["user"]).await;
    world.login("ada").await;
    let again = json!({ "name": "ada", "password": PASSWORD });
    assert_eq!(world.refused("/v1/auth/login", None, again).await, "sessions_exceeded");
}

/// On whatever port it comes back: nobody has to say who tokens are from.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_outlive_another_port() {
    let world = World::new().await;
    world.user("ada", &["user"]).await;
    let kept = world.login("ada").await;
    let World { home, program, client } = world;
    let (data, before) = (program.data().to_owned(), program.url().to_owned());
    program.stop().expect("it stops");
    // The port is taken, so that it comes back on another.
    let taken = std::net::TcpListener::bind(before.trim_start_matches("http://"));
    let program = cambium_tests::program::Program::start(super::BINARY, &data).await;
    let world = World { home, program: program.expect("it starts"), client };
    drop(taken);
    assert_ne!(world.program.url(), before);
    assert_eq!(world.code(text(&kept["access_token"])).await, "none");
    let next = json!({ "refresh_token": kept["refresh_token"] });
    world.done("/v1/auth/refresh", None, next).await;
    let told = world.program.get("/.well-known/openid-configuration").await.expect("told");
    assert_eq!(text(&told["issuer"]), before);
    let keys = text(&told["jwks_uri"]);
    assert!(keys.starts_with(world.program.url()), "{keys}: what is fetched is here");
    drop(world.home);
}

/// Tokens and their keys outlive the program; sessions that were ended stay ended.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_outlive_a_restart() {
    let world = World::with("[auth]\nissuer = \"https://cambium.example.org\"\n").await;
    world.user("ada", &["user"]).await;
    let (kept, ended) = (world.login("ada").await, world.login("ada").await);
    world.done("/v1/auth/logout", Some(text(&ended["access_token"])), json!({})).await;
    let World { home, program, client } = world;
    let data = program.data().to_owned();
    program.stop().expect("it stops");
    let program = cambium_tests::program::Program::start(super::BINARY, &data).await;
    let world = World { home, program: program.expect("it starts"), client };
    assert_eq!(world.code(text(&kept["access_token"])).await, "none");
    assert_eq!(world.code(text(&ended["access_token"])).await, "token_revoked");
    let next = json!({ "refresh_token": kept["refresh_token"] });
    world.done("/v1/auth/refresh", None, next).await;
    drop(world.home);
}
