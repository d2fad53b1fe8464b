//! Accounts in the real program: a key comes in by its route and stands nowhere in the clear, and a
//! user who was sent to a service comes back with its tokens.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use cambium_tests::fake_models::{Fake, KEY};
use cambium_tests::program::Program;
use reqwest::Method;
use serde_json::{Value, json};

const PLANTED: &str = "planted-access-token";

/// Gives tokens to whoever comes with the code.
async fn tokens(request: Request) -> Response {
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.expect("a body");
    let good = String::from_utf8_lossy(&body).contains("code=the-code");
    let told = match good {
        true => json!({ "access_token": PLANTED, "token_type": "Bearer", "expires_in": 3_600 }),
        false => json!({ "error": "invalid_grant" }),
    };
    axum::Json(told).into_response()
}

async fn put(program: &Program, path: &str, body: &Value) -> (u16, Value) {
    let told = program.request(Method::PUT, path).json(body).send().await.expect("told");
    let status = told.status().as_u16();
    (status, told.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_tokens_come_in_and_stand_nowhere_in_the_clear() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let login = format!("http://{}", listener.local_addr().expect("bound"));
    let router = axum::Router::new().fallback(tokens);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let data = home.path().join("data");
    std::fs::create_dir_all(&data).expect("made");
    let settings = format!(
        "[actors.models]\ndetect = false\n[actors.models.providers.shop]\nbase_url = {}\n\
         key = \"secret:shop\"\n[actors.fetch]\nallow = [\"127.0.0.1\"]\n",
        json!(fake.url)
    );
    std::fs::write(data.join("cambium.toml"), settings).expect("written");
    let program = Program::start(super::BINARY, &data).await.expect("the program starts");
    let ask = json!({ "model": "shop/good", "turns": [{ "role": "user", "content": "Hello?" }] });
    // The settings name a sealed secret; before it is there, nobody is asked.
    let told = program.request(Method::PUT, "/v1/run/early").json(&ask).send().await;
    let told: Value = told.expect("asked").json().await.expect("JSON");
    assert!(told.to_string().contains("not among the sealed ones"), "{told}");
    assert_eq!(put(&program, "/v1/secrets/shop", &json!({ "value": KEY })).await.0, 201);
    let (_, told) = put(&program, "/v1/run/settings", &ask).await;
    assert_eq!(told["output"]["text"], "Grüße, Welt.", "{told}");
    // A wrong key of the caller's own comes before it.
    let create = json!({ "service": { "service": "model", "provider": "shop" } });
    assert_eq!(put(&program, "/v1/connector/mine", &create).await.0, 201);
    let wrong = json!({ "value": "sk-wrong-9876543210fedcba9876543210" });
    let (status, told) = put(&program, "/v1/connectors/mine/key", &wrong).await;
    assert_eq!((status, &told["status"]), (200, &json!("ready")), "{told}");
    let (_, told) = put(&program, "/v1/run/wrong", &ask).await;
    assert!(told.to_string().contains("model_auth"), "{told}");
    put(&program, "/v1/connectors/mine/key", &json!({ "value": KEY })).await;
    let (_, told) = put(&program, "/v1/run/own", &ask).await;
    assert_eq!(told["output"]["text"], "Grüße, Welt.", "{told}");
    let cursor = told["cursor"].as_str().expect("a cursor");
    let spent = program.get(&format!("/v1/usage?by=connector,model&min_cursor={cursor}")).await;
    let spent = spent.expect("told");
    let calls = |connector: &str| {
        let rows = spent["items"].as_array().expect("rows").iter();
        let of = rows.filter(|row| row["connector"] == connector && row["model"] == "shop/good");
        of.map(|row| row["calls"].as_u64().expect("a number")).sum::<u64>()
    };
    assert_eq!((calls(""), calls("mine")), (1, 1), "whose account paid: {spent}");
    let own = program.get("/v1/usage?connector=mine").await.expect("told");
    assert_eq!(own["items"][0]["calls"], 1, "{own}");
    let circuit = program.get("/v1/connectors/mine/circuit").await.expect("it was used");
    assert_eq!(circuit["state"], "closed");
    for odd in [json!({ "value": "two\nlines" }), json!({ "value": { "x": KEY } }), json!({})] {
        let (status, told) = put(&program, "/v1/connectors/mine/key", &odd).await;
        assert!(status == 400 && !told.to_string().contains(KEY), "{told}");
    }
    connected(&program, &login).await;
    let data = program.data().to_owned();
    let mut texts = std::fs::read_to_string(data.with_extension("said")).expect("it logs");
    for path in ["/v1/events?limit=500", "/v1/connector", "/v1/secrets", "/v1/connector/mine"] {
        texts.push_str(&program.get(path).await.expect("read").to_string());
    }
    program.stop().expect("stops");
    for secret in [KEY, "sk-wrong", PLANTED, "the-code"] {
        assert!(!texts.contains(secret), "{secret} is told");
        assert_eq!(super::secrets::holding(&data, secret), Vec::<String>::new());
    }
}

/// A user is sent away and comes back.
async fn connected(program: &Program, login: &str) {
    let create = json!({
        "service": { "service": "http", "base_url": login },
        "auth": {
            "auth": "oauth", "authorize_url": format!("{login}/authorize"),
            "token_url": format!("{login}/token"), "client_id": "cambium", "scopes": ["read"],
        },
    });
    assert_eq!(put(program, "/v1/connector/cloud", &create).await.0, 201);
    let sent = program.post("/v1/connectors/cloud/authorize", &json!({})).await.expect("sent");
    let url = sent["authorize_url"].as_str().expect("a URL").to_owned();
    assert!(url.starts_with(&format!("{login}/authorize?response_type=code&")), "{url}");
    let state = url.split("state=").nth(1).and_then(|it| it.split('&').next()).expect("a state");
    let client = cambium_tests::program::client();
    let back = |query: String| {
        let url = format!("{}/v1/connectors/callback?{query}", program.url());
        let asked = client.get(url).send();
        async move {
            let told = asked.await.expect("told");
            let status = told.status().as_u16();
            (status, told.json::<Value>().await.unwrap_or_default())
        }
    };
    let (status, told) = back("state=nobody&code=the-code".to_owned()).await;
    assert_eq!((status, &told["code"]), (403, &json!("oauth_state_unknown")));
    let (status, told) = back(format!("state={state}&code=the-code&scope=read")).await;
    assert_eq!((status, &told["status"]), (200, &json!("ready")), "{told}");
    let (status, told) = back(format!("state={state}&code=the-code")).await;
    assert_eq!((status, &told["code"]), (403, &json!("oauth_state_unknown")), "it is good once");
    let check = program.post("/v1/connector/cloud/check", &json!({})).await.expect("checked");
    assert_eq!(check["output"]["ok"], true, "{check}");
    let sent = program.post("/v1/connectors/cloud/authorize", &json!({})).await.expect("sent");
    let url = sent["authorize_url"].as_str().expect("a URL").to_owned();
    let state = url.split("state=").nth(1).and_then(|it| it.split('&').next()).expect("a state");
    let (status, told) = back(format!("state={state}&error=access_denied")).await;
    assert_eq!((status, &told["code"]), (422, &json!("oauth_refused")), "{told}");
}
