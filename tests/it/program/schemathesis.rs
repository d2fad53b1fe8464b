//! Schemathesis, a stranger that reads `/openapi.json` and tries what it says: every check that it
//! has, with a key and without, on every operation. By hand, with many examples, and on some paths
//! alone where that is said:
//!
//! ```text
//! SCHEMATHESIS=100 SCHEMATHESIS_PATHS='^/langgraph' cargo nextest run -E 'test(schemathesis)'
//! ```

use std::path::Path;
use std::process::Command;

use cambium_tests::program::Program;
use cambium_tests::python;
use serde_json::Value;

const PACKAGES: &[&str] = &["schemathesis==4.32.5", "msgpack==1.2.4"];

/// Teaches it the other form of bodies.
const HOOKS: &str = r#"
import json

import msgpack
import schemathesis


# MessagePack has no integers beyond 64 bits; what is larger is as wrong as the largest of them.
def fitting(value):
    if isinstance(value, dict):
        return {name: fitting(member) for name, member in value.items()}
    if isinstance(value, list):
        return [fitting(item) for item in value]
    if isinstance(value, int):
        return max(1 - 2**63, min(value, 2**64 - 1))
    return value


# An integer is read when a double holds it; 1e300 is one, its digits are none. To a schema both are
# the same number, so that of floats only those are sent about which it says what is so.
def told(value):
    if isinstance(value, dict):
        return all(told(member) for member in value.values())
    if isinstance(value, list):
        return all(told(item) for item in value)
    return not isinstance(value, float) or abs(value) <= 2**53


@schemathesis.hook
def filter_body(ctx, body):
    return told(body)


@schemathesis.serializer("application/msgpack")
def packed(ctx, value):
    return msgpack.packb(fitting(value))


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


# A command has one name; that two headers exclude each other no schema can say.
@schemathesis.hook
def map_headers(ctx, headers):
    if headers and "Idempotency-Key" in headers:
        headers.pop("Cambium-Command-Id", None)
    return headers
"#;

/// Settings of the stranger. What a rule of a kind says no to (409, 412, 422) is no fault of the
/// description; which lines are an export no schema can say.
const CONFIG: &str = r#"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429"]

# A lock that does not hold is told before what is wrong with the input.
[checks.negative_data_rejection]
expected-statuses = [
    "400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429", "5xx",
]

# Where a page goes on is what a page gave, which no schema can say.
[[operations]]
include-operation-id-regex = """^(list_|messages_|timeline|effects$|audit|usage$\
|conversations_items$|files$|response_input$)"""
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "504"]
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "504"]

# JSON-RPC says with status 200 what is wrong with a request; what is wrong with its headers is
# told as everywhere.
[[operations]]
include-operation-id-regex = "^a2a_(assistant_)?rpc$"
checks.negative_data_rejection.expected-statuses = ["200", "400", "401", "403", "404", "405", "406", "415"]

# A position that the log never reaches is waited for in vain, which 504 says.
[[operations]]
include-operation-id-regex = """^(state_|command_status$|limits$|effect$|knowledge_search$\
|assistant_memory$)"""
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "504"]
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "504"]

# Which parameters, headers and members belong together, the rules say: which session a message
# of MCP names, and what a model is told, where names are unique and schemas are schemas. A2A
# tells with 400 what a task is too late for.
[[operations]]
include-operation-id-regex = """^(export|mcp|(new_)?policy_put|create_.*policy|a2a_send|a2a_stream\
|a2a_task_do|agui_run|chat|response_create|message_create|message_tokens|conversations_(begin|add)\
|run_(start|answer_tools)|(new_)?assistant_(ask|define)|new_run_start|create_.*(run|assistant)\
|langgraph_.*)$"""
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422",
]

# Which text is a schedule or a time zone, that thresholds rise, and which secrets are a
# connector's own, no schema can say.
[[operations]]
include-operation-id-regex = """^((new_)?(budget|cron)_set|create_(with_id_)?(budget|cron)\
|connector_seal)$"""
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422", "429",
]

# Nor which tasks there are, and that a plan is of tasks or of goals.
[[operations]]
include-operation-id-regex = """circadian_(schedule|remind|plan_timeline|assign|import_calendar\
|upcoming|back_fill|track|simulate)$"""
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422", "429",
]

# How many approvers a quorum takes, and that nobody is named twice, no schema can say.
[[operations]]
include-operation-id-regex = "(approval_propose|conversation_create|^create_.*_?(approval|conversation))$"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422",
]

[[operations]]
include-operation-id-regex = "osteon_(draft|edit|export|outline|summarize)$"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422",
]

# Which agent has which intent, and what each takes, the rules say.
[[operations]]
include-operation-id-regex = "^biowerk_ask"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422",
]

# That a calendar says what happens at its appointments, and no other file, and which format becomes
# which, no schema says.
[[operations]]
include-operation-id-regex = "(chaperone_(convert|import)|^create_.*chaperone)$"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422", "429",
]

# Which parts fit where, which data can be drawn, and which design is one, no schema can say.
[[operations]]
include-operation-id-regex = "synapse_(storyboard|slide_make|slide_add|slide_edit|visualize|load)$"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422",
]

# Not every text is a name.
[[operations]]
include-operation-id-regex = "^(biowerk|symbia|version7)_register$"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "422",
]

[[operations]]
include-operation-id = "import"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "409", "422"]

# A ticket comes with no other credential and where a stream is asked for: no schema ties a
# parameter to headers. What streams is read for a moment, and each costs that moment.
[[operations]]
include-operation-id-regex = "^(actor_events_|live_|events$|ws$|langgraph_thread_stream$)"
request-timeout = 0.5
generation.max-examples = 10
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "400", "401", "403", "404"]

# What a grant needs, and whether it counts, RFC 6749 tells with 400 and a code of its own.
[[operations]]
include-operation-id = "token"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404"]

# How many messages there are, the conversation's state says.
[[operations]]
include-operation-id-regex = "conversation_mark_read$"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "412", "422",
]

# Which text is a policy, and which template has which holes, no schema can say.
[[operations]]
include-operation-id-regex = "^version7_policy_"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "422",
]

# No model is there that turns speech into text, which 501 says.
[[operations]]
include-operation-id = "audio_transcription"
checks.positive_data_acceptance.expected-statuses = ["400", "401", "403", "501"]
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "501"]

# They wait as long as their caller says.
[[operations]]
include-operation-id-regex = "^work_lease$"
checks.max_response_time = 35

# They stop what the others try.
[[operations]]
include-operation-id-regex = "engage"
enabled = false
"#;

/// What is tried at every corner of its description, also when nobody says how much is to be tried:
/// all kinds share their routes, so the smallest of them, those whose inputs say most, and what
/// belongs to none stand for the rest. Leases wait as long as they are asked to.
const SOME: &str = concat!(
    "^/(livez|readyz|metrics|docs|llms|seeds|v1/(admin|approval|audit|auth|commands|counter|dead|",
    "effects|events|export|import|keys|limit|limits|nats-users|policies|privacy|secrets|subject|",
    r"tickets|timeline|tree|verify|work/\{effect))",
);

/// What is tried of which paths.
struct Trial {
    paths: String,
    examples: String,
    phases: Option<&'static str>,
}

impl Trial {
    /// Every operation with a few inputs, and those of `corners` at every corner; or what the
    /// environment says.
    fn all(corners: String) -> Vec<Self> {
        let paths = std::env::var("SCHEMATHESIS_PATHS").unwrap_or_else(|_| "^/".to_owned());
        if let Ok(examples) = std::env::var("SCHEMATHESIS") {
            return vec![Self { paths, examples, phases: None }];
        }
        let few = |paths, phases| Self { paths, examples: "1".to_owned(), phases: Some(phases) };
        vec![few(corners, "examples,coverage"), few(paths, "fuzzing")]
    }
}

/// The paths that a description says are open to everybody. All others see of a request without a
/// key that it has none, whatever else it holds.
fn open(description: &Value) -> String {
    let paths = description["paths"].as_object().expect("paths");
    let is_open = |methods: &Value| {
        let mut methods = methods.as_object().expect("methods").values();
        methods.any(|operation| operation["security"].as_array().is_some_and(Vec::is_empty))
    };
    let open = paths.iter().filter(|(_, methods)| is_open(methods));
    let open: Vec<String> = open.map(|(path, _)| path.replace(['{', '}', '.', '*'], ".")).collect();
    assert!(open.len() > 10, "{open:?}");
    format!("^({})$", open.join("|"))
}

/// No limits: the stranger is one address, and wrong credentials are what it tries.
const LIFTED: [(&str, &str); 9] = [
    // A command that needs a worker is answered without its outcome: nobody works here. Nor is a
    // position that somebody made up ever reached.
    ("CAMBIUM_EDGE__WAIT_DEFAULT_MS", "200"),
    ("CAMBIUM_EDGE__READ_WAIT_MS", "50"),
    ("CAMBIUM_EDGE__LIMITS__FAILURES__QUOTA", "0"),
    ("CAMBIUM_EDGE__LIMITS__LOGIN_ADDRESS__QUOTA", "0"),
    ("CAMBIUM_EDGE__LIMITS__LOGIN_ACCOUNT__QUOTA", "0"),
    ("CAMBIUM_AUTH__THROTTLE__WAIT_MS", "0"),
    ("CAMBIUM_EDGE__LIMITS__ADDRESS__QUOTA", "0"),
    ("CAMBIUM_EDGE__LIMITS__PRINCIPAL__QUOTA", "0"),
    ("CAMBIUM_EDGE__LIMITS__STREAMS__QUOTA", "0"),
];

/// Tries it, and tells with how many requests.
async fn tried(key: bool) -> u64 {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start_in(super::BINARY, &data, &[], &LIFTED).await;
    let program = program.expect("the program starts");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let python = python::with(&folder, PACKAGES).expect("schemathesis is installed");
    let config = home.path().join("schemathesis.toml");
    std::fs::write(&config, CONFIG).expect("a file");
    std::fs::write(home.path().join("hooks.py"), HOOKS).expect("a file");
    // The description itself is told to those who have a key.
    let schema = home.path().join("openapi.json");
    let told = program.get("/openapi.json").await.expect("the description");
    std::fs::write(&schema, told.to_string()).expect("a file");
    let mut cases = 0;
    let corners = if key { SOME.to_owned() } else { open(&told) };
    for trial in Trial::all(corners) {
        let mut stranger = Command::new(python.with_file_name("schemathesis"));
        stranger.env("PYTHONPATH", home.path()).env("SCHEMATHESIS_HOOKS", "hooks");
        stranger.arg("--config-file").arg(&config).arg("run");
        stranger.args(["--checks", "all", "--seed", "20261121", "--workers", "1", "--no-color"]);
        stranger.args(["--request-timeout", "30", "--generation-database", "none"]);
        // A machine that builds at the same time makes inputs slowly, which is no fault of theirs.
        stranger.args(["--suppress-health-check", "too_slow"]);
        stranger.args(["--max-examples", &trial.examples, "--include-path-regex", &trial.paths]);
        if let Some(phases) = trial.phases {
            stranger.args(["--phases", phases]);
        }
        if key {
            stranger.arg("-H").arg(format!("X-API-Key: {}", program.key()));
        }
        stranger.arg(&schema).args(["--url", program.url()]).current_dir(home.path());
        let said = tokio::task::spawn_blocking(move || python::run(&mut stranger)).await;
        cases += generated(&said.expect("it runs").expect("it finds nothing"));
    }
    assert!(cases > 100, "{cases} requests are no trial");
    cases
}

/// How many requests were made, as the stranger says.
fn generated(said: &str) -> u64 {
    let line = said.lines().find(|line| line.contains(" generated, "));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number: {said}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_it_finds_nothing() {
    let cases = tried(true).await;
    println!("{cases} requests were tried, and nothing was found");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_it_finds_nothing() {
    let cases = tried(false).await;
    println!("{cases} requests were tried, and nothing was found");
}
