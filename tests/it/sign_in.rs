//! Signing in, on the real program: passwords, tokens, sessions, resets, outside issuers.

mod bad;
mod outside;
mod resets;
mod seeds;
mod sessions;
mod verbs;

use cambium_tests::program::{Program, client};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The program under test.
const BINARY: &str = env!("CARGO_BIN_EXE_own-binary");
/// A password.
const PASSWORD: &str = "a long walk home";

/// A running program and a client without a key.
struct World {
    home: tempfile::TempDir,
    program: Program,
    client: reqwest::Client,
}

impl World {
    async fn new() -> Self {
        Self::with("").await
    }

    /// With settings.
    async fn with(settings: &str) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let data = home.path().join("data");
        std::fs::create_dir_all(&data).expect("made");
        std::fs::write(data.join("cambium.toml"), settings).expect("written");
        let program = Program::start(BINARY, &data).await.expect("the program starts");
        Self { home, program, client: client() }
    }

    /// What a request with a credential, or none, is answered.
    async fn ask(
        &self,
        (method, path): (Method, &str),
        credential: Option<&str>,
        body: &Value,
    ) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.program.url());
        let mut asked = self.client.request(method.clone(), url);
        if let Some(credential) = credential {
            asked = asked.bearer_auth(credential);
        }
        if method != Method::GET {
            asked = asked.json(body);
        }
        let answer = asked.send().await.expect("an answer");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn post(&self, path: &str, credential: Option<&str>, body: Value) -> (StatusCode, Value) {
        self.ask((Method::POST, path), credential, &body).await
    }

    /// As [`World::post`], and it is done.
    async fn done(&self, path: &str, credential: Option<&str>, body: Value) -> Value {
        let (status, told) = self.post(path, credential, body).await;
        assert!(status.is_success(), "{path}: {status} {told}");
        told
    }

    /// The code with which it is refused.
    async fn refused(&self, path: &str, credential: Option<&str>, body: Value) -> String {
        let (status, told) = self.post(path, credential, body).await;
        assert!(!status.is_success(), "{path} was done: {told}");
        told["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The code with which `GET /v1/auth/me` is answered; `none` = it is good.
    async fn code(&self, credential: &str) -> String {
        let (status, told) =
            self.ask((Method::GET, "/v1/auth/me"), Some(credential), &json!(null)).await;
        if status.is_success() {
            return "none".to_owned();
        }
        told["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Registers somebody with a password, by the admin key.
    async fn user(&self, name: &str, roles: &[&str]) {
        let key = Some(self.program.key());
        let body = json!({ "roles": roles, "email": format!("{name}@example.org") });
        self.done(&format!("/v1/principal/{name}/register"), key, body).await;
        let link = self.done(&format!("/v1/auth/password/reset/{name}"), key, json!({})).await;
        let body = json!({ "token": link["token"], "password": PASSWORD });
        self.done("/v1/auth/password/reset/confirm", None, body).await;
    }

    /// Signs in.
    async fn login(&self, name: &str) -> Value {
        self.done("/v1/auth/login", None, json!({ "name": name, "password": PASSWORD })).await
    }

    /// Everything that the log holds, as text.
    async fn log(&self) -> String {
        let asked = self.program.request(Method::GET, "/v1/export");
        let answer =
            asked.header("accept", "application/x-ndjson").send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.text().await.expect("text")
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
