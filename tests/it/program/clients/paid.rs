//! Official clients with the patience that they come with, before a provider that fails: whatever
//! it may have done and charged for, it is asked once for each call of theirs.

use cambium_tests::fake_models::Fake;

use super::{Client, anthropic, openai};
use crate::program::watching;

const OPENAI: &str = r#"
import sys
import openai
url, key = sys.argv[1:]
client = openai.OpenAI(base_url=f"{url}/v1", api_key=key)
assert client.max_retries > 0
said = [{"role": "user", "content": "Hello?"}]
for model in ["broken", "half", "html"]:
    for stream in [False, True]:
        try:
            told = client.chat.completions.create(model=f"paid/{model}", messages=said, stream=stream)
            raise SystemExit(f"{model} answered {list(told)}")
        except openai.APIError as error:
            assert error.code in ("effect_unknown", "model_provider"), (model, stream, error)
told = client.chat.completions.create(model="paid/good", messages=said)
assert told.model == "paid/good", told
parts = list(client.chat.completions.create(model="paid/good", messages=said, stream=True))
assert {part.model for part in parts} == {"paid/good"}, parts
told = client.responses.create(model="paid/good", input="Hello?")
assert told.model == "paid/good", told
"#;

const ANTHROPIC: &str = r#"
import sys
import anthropic
url, key = sys.argv[1:]
client = anthropic.Anthropic(base_url=url, api_key=key)
assert client.max_retries > 0
asked = dict(max_tokens=50, messages=[{"role": "user", "content": "Hello?"}])
for model in ["broken", "half", "html"]:
    for stream in [False, True]:
        try:
            told = client.messages.create(model=f"paid/{model}", stream=stream, **asked)
            raise SystemExit(f"{model} answered {list(told)}")
        except anthropic.APIError as error:
            assert any(code in str(error.body) for code in ("effect_unknown", "model_provider")), error
told = client.messages.create(model="paid/good", **asked)
assert told.model == "paid/good", told
with client.messages.stream(model="paid/good", **asked) as stream:
    assert stream.get_final_message().model == "paid/good"
"#;

/// Runs a script of `client`, and counts what the provider was asked: each way of asking once.
async fn asked_once(client: &'static Client, script: &'static str) {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let program = watching::started(&home.path().join("data"), &fake).await;
    client.in_python(script, vec![program.url().to_owned(), program.key().to_owned()]).await;
    for model in ["broken", "half", "html"] {
        assert_eq!(fake.calls(model), 2, "{model}: once in one piece, and once word by word");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_pays_once_for_what_fails() {
    asked_once(&openai::PYTHON, OPENAI).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anthropic_pays_once_for_what_fails() {
    asked_once(&anthropic::PYTHON, ANTHROPIC).await;
}
