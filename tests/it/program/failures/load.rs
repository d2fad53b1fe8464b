//! A load whose ledger stands outside: clients that add, reset and read at all edges, and note what
//! they asked and what they were told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use cambium_tests::history::{Asked, Op, Stand, Told};
use cambium_tests::program::client;
use cambium_tests::rng::Rng;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::house::PATIENCE;

/// Counters of the load: some in the share of every node.
const ACTORS: u32 = 12;
/// Clients of each.
const CLIENTS: u32 = 2;
/// How long one request may take.
const REQUEST_MAX: Duration = Duration::from_secs(12);
/// How long a client repeats what got no answer, or a passing no.
const ERRAND_MAX: Duration = Duration::from_secs(45);
/// What the word for trouble begins with that the system itself did not say.
const CONNECTION: &str = "connection: ";
/// The longest pause between two errands of a client, in milliseconds.
const PAUSE_MS: u64 = 60;

/// What all clients share.
struct Shared {
    edges: Vec<String>,
    key: String,
    begun: Instant,
    ops: Mutex<Vec<Op>>,
    /// Of each counter, how many errands were done.
    done: BTreeMap<String, AtomicU64>,
    /// Errands that were refused, or got no answer, at least once on their way: when, and why.
    troubled: Mutex<Vec<(u64, String)>>,
    stop: AtomicBool,
}

/// The load while it runs.
pub(super) struct Load {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

/// What one request came to.
enum Came {
    Done(Stand),
    Refused(String, bool),
    Unknown(String),
    /// Nobody got it.
    NotSent,
}

impl Load {
    /// Clients of these edges, by chance from `rng`.
    pub(super) fn start(edges: Vec<String>, key: &str, rng: &mut Rng) -> Self {
        let done = (0..ACTORS).map(|n| (format!("c{n}"), AtomicU64::new(0))).collect();
        let shared = Shared {
            edges,
            key: key.to_owned(),
            begun: Instant::now(),
            ops: Mutex::default(),
            done,
            troubled: Mutex::default(),
            stop: AtomicBool::new(false),
        };
        let shared = Arc::new(shared);
        let tasks = (0..ACTORS * CLIENTS).map(|number| {
            let (shared, rng) = (shared.clone(), rng.fork());
            tokio::spawn(work(shared, number, format!("c{}", number % ACTORS), rng))
        });
        let tasks = tasks.collect();
        Self { shared, tasks }
    }

    /// Microseconds since the beginning.
    pub(super) fn now_us(&self) -> u64 {
        self.shared.now_us()
    }

    /// Errands that have met trouble on their way since `since_us`, by what it was.
    pub(super) fn troubled(&self, since_us: u64) -> BTreeMap<String, usize> {
        let troubled = self.shared.troubled.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = BTreeMap::new();
        for (_, why) in troubled.iter().filter(|(at, _)| *at >= since_us) {
            *found.entry(why.clone()).or_default() += 1;
        }
        found
    }

    /// Waits until every counter has done so many more.
    pub(super) async fn until_all_go_on(&self, more: u64, why: &str) -> Duration {
        let begun = Instant::now();
        let before: Vec<u64> =
            self.shared.done.values().map(|it| it.load(Ordering::Relaxed)).collect();
        loop {
            let now = self.shared.done.iter().zip(&before);
            let stand: Vec<&String> = now
                .filter(|((_, now), then)| now.load(Ordering::Relaxed) < **then + more)
                .map(|((actor, _), _)| actor)
                .collect();
            if stand.is_empty() {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < PATIENCE, "{why}: {stand:?} stand still");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends it and gives what was noted.
    pub(super) async fn stop(self) -> Vec<Op> {
        self.shared.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("the load ends well");
        }
        std::mem::take(&mut *self.shared.ops.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shared {
    fn now_us(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn note(&self, op: Op) {
        if matches!(op.told, Told::Done(_))
            && let Some(done) = self.done.get(&op.actor)
        {
            done.fetch_add(1, Ordering::Relaxed);
        }
        self.ops.lock().unwrap_or_else(PoisonError::into_inner).push(op);
    }
}

/// A client's errands, one after another.
async fn work(shared: Arc<Shared>, client_number: u32, actor: String, mut rng: Rng) {
    let client = client();
    while !shared.stops() {
        let asked = match rng.below(10) {
            0 => Asked::Reset,
            1..=3 => Asked::Read,
            _ => Asked::Add(1 + i64::try_from(rng.below(1_000_000)).expect("small")),
        };
        let id = if asked == Asked::Read { String::new() } else { command_id(&mut rng) };
        let begun_us = shared.now_us();
        let told = errand(&shared, &client, (&actor, &id, asked), &mut rng).await;
        let ended_us = shared.now_us();
        let actor = actor.clone();
        shared.note(Op { client: client_number, actor, id, asked, begun_us, ended_us, told });
        tokio::time::sleep(Duration::from_millis(rng.below(PAUSE_MS))).await;
    }
}

/// A UUID of version 7.
fn command_id(rng: &mut Rng) -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (ms, one, two) = (since.as_millis() & 0xffff_ffff_ffff, rng.next(), rng.next());
    let text = format!("{ms:012x}7{:03x}8{:015x}", one & 0xfff, two >> 4);
    let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &text[part]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// One errand: sent again under its own id while there is no answer or a passing no, as long as
/// chance and patience let it.
async fn errand(
    shared: &Shared,
    client: &Client,
    what: (&str, &str, Asked),
    rng: &mut Rng,
) -> Told {
    let begun = Instant::now();
    let (mut doubt, mut troubled) = (None, false);
    loop {
        let edge = rng.pick(&shared.edges).clone();
        let came = request(shared, client, &edge, what).await;
        // A node that is not there was asked for nothing: another is tried, as a balancer would.
        let trouble = match &came {
            Came::Done(_) | Came::NotSent => None,
            Came::Refused(why, _) | Came::Unknown(why) => Some(why.clone()),
        };
        if let Some(why) = trouble.filter(|_| !std::mem::replace(&mut troubled, true)) {
            let all = shared.troubled.lock();
            all.unwrap_or_else(PoisonError::into_inner).push((shared.now_us(), why));
        }
        let told = match came {
            Came::Done(stand) => return Told::Done(stand),
            Came::NotSent => None,
            Came::Refused(code, passing) if doubt.is_none() => {
                (!passing || rng.permille(200)).then_some(Told::Refused(code))
            }
            // Whether an earlier sending was stored, this answer does not say.
            Came::Refused(code, _) => rng.permille(100).then_some(Told::Unknown(code)),
            Came::Unknown(why) => {
                doubt = Some(why.clone());
                rng.permille(200).then_some(Told::Unknown(why))
            }
        };
        if let Some(told) = told {
            return told;
        }
        if begun.elapsed() > ERRAND_MAX || shared.stops() {
            let nobody = || Told::Refused("unreachable".to_owned());
            return doubt.map_or_else(nobody, Told::Unknown);
        }
        tokio::time::sleep(Duration::from_millis(20 + rng.below(60))).await;
    }
}

async fn request(
    shared: &Shared,
    client: &Client,
    edge: &str,
    (actor, id, asked): (&str, &str, Asked),
) -> Came {
    let at = format!("{edge}/v1/counter/{actor}");
    let request = match asked {
        Asked::Read => client.get(at),
        Asked::Add(by) => client.post(format!("{at}/add")).json(&json!({ "by": by })),
        Asked::Reset => client.post(format!("{at}/reset")).json(&json!({})),
    };
    let named = if id.is_empty() { request } else { request.header("cambium-command-id", id) };
    let sent = named.header("x-api-key", &shared.key).timeout(REQUEST_MAX).send().await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) if error.is_connect() => return Came::NotSent,
        Err(error) => return Came::Unknown(format!("{CONNECTION}{}", cause(&error))),
    };
    let status = answer.status();
    let Ok(body) = answer.json::<Value>().await else {
        return Came::Unknown(format!("{status} and no body"));
    };
    came(status, &body, asked)
}

/// The innermost reason of an error.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// What an answer says.
fn came(status: StatusCode, body: &Value, asked: Asked) -> Came {
    let value =
        if asked == Asked::Read { &body["state"]["value"] } else { &body["output"]["value"] };
    let final_one = asked == Asked::Read || body["ok"] == true;
    if matches!(status, StatusCode::OK | StatusCode::CREATED) && final_one {
        let (value, revision) = (value.as_i64(), body["revision"].as_u64());
        if let (Some(value), Some(revision)) = (value, revision) {
            return Came::Done(Stand { value, revision });
        }
    }
    let code = body["code"].as_str().unwrap_or("no code").to_owned();
    let passing = matches!(status.as_u16(), 429 | 503);
    match status.as_u16() {
        _ if code == "in_doubt" => Came::Unknown(code),
        400..=499 | 503 => Came::Refused(code, passing),
        _ => Came::Unknown(format!("{status} {code}")),
    }
}
