//! What stands in another tenant, asked for by its name under one's own: it is not there, whatever
//! the road says of it to whoever owns it.

use cambium::edge::routes::{self, Needs};
use cambium_tests::program::{Program, client};
use serde_json::{Value, json};

use super::routes::post;
use super::standstill::world::{SETTINGS, ask, world};

/// Rows that begin what they name: under one's own tenant that is another thing.
const BEGIN: &[&str] = &[
    "biowerk_ask",
    "biowerk_ask_unversioned",
    "command",
    "command_new",
    "create",
    "create_with_id",
    "langgraph_run_create",
    "langgraph_run_stream",
    "langgraph_run_wait",
    "secret_put",
    "telemetry_tell",
];

/// Rows of what nobody owns, and one that follows a name which may come to be: it says nothing
/// until then.
const NOBODYS: &[&str] = &["live", "model", "tree_head"];

/// Whether an answer tells of nothing: it is not there, an empty list, or an error of a call.
fn tells_nothing(status: u16, told: &Value) -> bool {
    let empty = told["items"].as_array().is_some_and(Vec::is_empty) || told["error"].is_object();
    status == 404 || (status == 200 && empty)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_tenant_has_is_not_there() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    std::fs::create_dir_all(&data).expect("made");
    std::fs::write(data.join("cambium.toml"), SETTINGS).expect("written");
    let program = Program::start(env!("CARGO_BIN_EXE_own-binary"), &data).await;
    let program = program.expect("it starts");
    let world = world(&program).await;
    let roles = json!({ "roles": ["admin"] });
    post(&program, "acme", "/v1/principal/boss/register", roles).await;
    let key = json!({ "principal": "boss", "label": "test" });
    let key = post(&program, "acme", "/v1/keys", key).await;
    let key = key["key"].as_str().expect("shown once").to_owned();

    let client = client();
    let (mut asked, mut surprises) = (0, Vec::new());
    for route in routes::all().filter(|route| !BEGIN.contains(&route.name)) {
        let begin = |method, path: &str| {
            let asked = client.request(method, format!("{}{path}", program.url()));
            asked.header("x-api-key", &key).header("accept", "*/*")
        };
        let told = ask(route, &world, begin).await;
        asked += 1;
        let status = told.status().as_u16();
        let media = told.headers().get("content-type").and_then(|it| it.to_str().ok());
        // A stream has no end.
        let whole = media.is_some_and(|it| it.contains("json") && !it.contains("ndjson"));
        let text = if whole { told.text().await.unwrap_or_default() } else { String::new() };
        let above = matches!(route.needs, Needs::System(_)) && status == 403;
        let named = route.path.contains('{') && !above && !NOBODYS.contains(&route.name);
        let nothing = tells_nothing(status, &serde_json::from_str(&text).unwrap_or_default());
        let told = status < 300 && world.names().iter().any(|name| text.contains(name));
        if told || (status >= 500 && status != 501) || (named && !nothing) {
            surprises.push(format!("{}: {status} {text:.200}", route.name));
        }
    }
    println!("{asked} rows were asked for what another tenant has");
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
