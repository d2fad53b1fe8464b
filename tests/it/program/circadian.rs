//! Schedules through a kill of the program, and mails by the worker of the docs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use contracts::Timestamp;
use serde_json::{Value, json};

use super::BINARY;
use super::crash::gone;

/// How far apart the runs are, in milliseconds.
const SPAN_MS: i64 = 1_000;

pub async fn asked(program: &Program, command: &str, input: &Value) -> Value {
    let path = format!("/v1/circadian/book/{command}");
    let told = program.post(&path, input).await.expect("an answer");
    assert_eq!(told["ok"], true, "{told}");
    told["output"].clone()
}

/// Waits until the state is as wanted.
pub async fn until(program: &Program, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let state = program.get(&format!("/v1/{kind}")).await.expect("JSON")["state"].clone();
        if wanted(&state) {
            return state;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "not yet: {state}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn begun(state: &Value) -> usize {
    state["runs"].as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_makes_up_for_its_runs_and_doubles_none() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let deed =
        json!({ "send": { "kind": "counter", "id": "c", "command": "add", "input": { "by": 1 } } });
    let every = json!({ "every": { "every_ms": SPAN_MS } });
    let input = json!({ "name": "tick", "when": every, "do": deed, "missed": "all", "missed_runs_max": 1_000 });
    asked(&program, "schedule", &input).await;
    until(&program, "circadian/book", |state| begun(state) >= 3).await;
    let broker = program.broker_pid();
    program.kill().expect("killed");
    gone(broker).await;
    let program = Program::start(BINARY, &data).await.expect("starts again");
    let before = until(&program, "circadian/book", |_| true).await;
    let wanted = begun(&before) + 5;
    until(&program, "circadian/book", |state| begun(state) >= wanted).await;
    asked(&program, "pause", &json!({ "name": "tick" })).await;
    let state = until(&program, "circadian/book", |state| {
        state["runs"].as_array().is_some_and(|runs| runs.iter().all(|run| run["status"] == "done"))
    })
    .await;
    let runs = state["runs"].as_array().expect("runs");
    let planned: Vec<Timestamp> = runs
        .iter()
        .map(|run| run["planned"].as_str().and_then(|it| it.parse().ok()).expect("a time"))
        .collect();
    let spans = planned.windows(2).map(|two| two[1].millis_since(two[0]));
    assert!(spans.into_iter().all(|span| span == SPAN_MS), "{planned:?}");
    let counter = program.get("/v1/counter/c").await.expect("a counter");
    assert_eq!(counter["state"]["value"], json!(runs.len()), "each run did it once");
    let replay = program.get("/v1/circadian/book/replay?decide=true").await.expect("JSON");
    assert_eq!(replay["drift"].as_array().map(Vec::len), Some(0), "{replay}");
    program.stop().expect("stops in order");
}

/// A server that takes mails.
pub struct Mailbox {
    port: u16,
    mails: Receiver<String>,
}

impl Mailbox {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (to, mails) = channel();
        std::thread::spawn(move || {
            while let Ok((caller, _)) = listener.accept() {
                if talk(&caller, &to).is_err() {
                    return;
                }
            }
        });
        Self { port, mails }
    }

    /// The next mail.
    pub fn next(&self) -> String {
        let wait = Duration::from_secs(60);
        tokio::task::block_in_place(|| self.mails.recv_timeout(wait).expect("a mail"))
    }
}

/// One conversation by RFC 5321, as much of it as a client needs.
fn talk(caller: &TcpStream, to: &Sender<String>) -> std::io::Result<()> {
    let mut said = BufReader::new(caller.try_clone()?).lines();
    let answer = |text: &str| (&mut &*caller).write_all(format!("{text}\r\n").as_bytes());
    answer("220 here")?;
    while let Some(line) = said.next() {
        match line?.split(' ').next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "DATA" => {
                answer("354 go on")?;
                let mut mail = String::new();
                for line in said.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                let _ = to.send(mail);
                answer("250 taken")?;
            }
            "QUIT" => return answer("221 bye"),
            _ => answer("250 fine")?,
        }
    }
    Ok(())
}

/// The worker of the docs; killed when dropped.
pub struct Worker(Child);

impl Worker {
    /// One that leases work of `program` and hands mails to `mailbox`.
    pub fn start(program: &Program, mailbox: &Mailbox) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/mail_worker.py");
        let worker = Command::new("python3")
            .arg(script)
            .arg(program.data())
            .arg("mail")
            .env("SMTP_HOST", "127.0.0.1")
            .env("SMTP_PORT", mailbox.port.to_string())
            .env("SMTP_FROM", "cambium@a.example")
            .spawn();
        Self(worker.expect("python3"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_out_by_the_worker_of_the_docs() {
    let (_home, program) = super::started().await;
    let mailbox = Mailbox::open();
    let _worker = Worker::start(&program, &mailbox);
    let mail = json!({ "to": ["ann@a.example"], "subject": "Größe", "text": "{what} is due" });
    let input = json!({
        "name": "due", "note": "Roof", "when": { "at": "2099-01-05T08:00:00Z" },
        "do": { "mail": mail },
    });
    asked(&program, "schedule", &input).await;
    let run = asked(&program, "run_now", &json!({ "name": "due" })).await["run"].clone();
    let received = mailbox.next();
    assert!(
        received.contains("Roof is due") && received.contains("To: ann@a.example"),
        "{received}"
    );
    let id = format!("Message-ID: <{}@a.example>", run.as_str().expect("a run"));
    assert!(received.contains(&id), "{received}");
    until(&program, "circadian/book", |state| state["runs"][0]["status"] == "done").await;
    program.stop().expect("stops in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_books_that_ask_each_other_end_where_a_chain_may_not_go_on() {
    let (_home, program) = super::started().await;
    let far = json!({ "at": "2099-01-01T00:00:00Z" });
    for (book, other) in [("one", "two"), ("two", "one")] {
        let deed = json!({ "send": { "kind": "circadian", "id": other, "command": "run_now",
            "input": { "name": "ask" } } });
        let input = json!({ "name": "ask", "when": far, "do": deed });
        let path = format!("/v1/circadian/{book}/schedule");
        let told = program.post(&path, &input).await.expect("an answer");
        assert_eq!(told["ok"], true, "{told}");
    }
    let now = json!({ "name": "ask" });
    let told = program.post("/v1/circadian/one/run_now", &now).await.expect("an answer");
    assert_eq!(told["ok"], true, "{told}");
    let failed = |state: &Value| {
        let runs = state["runs"].as_array().into_iter().flatten();
        runs.filter(|run| run["status"] == "failed").count()
    };
    // The first command is nobody's hop, and 64 follow it: the last of them is told to book one.
    let last = until(&program, "circadian/one", |state| failed(state) == 1).await;
    let refused = last["runs"].as_array().expect("runs").last().expect("a run");
    assert_eq!(refused["code"], "chain_too_long", "{refused}");
    let mut all = 0;
    for book in ["one", "two"] {
        let runs = until(&program, &format!("circadian/{book}"), |_| true).await;
        all += begun(&runs);
    }
    assert_eq!(all, 65);
    let again = program.post("/v1/circadian/two/run_now", &now).await.expect("an answer");
    assert_eq!(again["ok"], true, "who asks anew begins anew: {again}");
    until(&program, "circadian/two", |state| failed(state) == 1).await;
}
