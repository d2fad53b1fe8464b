//! A writer outside of the program: it sends commands, sends them again while it has no answer, and
//! keeps a ledger of what it was told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::ports::{CommandBus as _, Wait};
use contracts::view::{Answer, Status};
use contracts::{Cursor, Entry, Envelope, Refusal, RefusalClass, Revision};
use serde_json::Value;

use super::node::{Ground, KEY, Node};
use super::trace::lock;
use super::watch::Violation;
use cambium_tests::rng::Rng;

/// By which road a command goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// In process.
    Bus,
    /// In process, stored in COMMANDS first.
    Told,
    /// A request of a NATS client.
    Ask,
    /// A publication of a NATS client.
    Published,
}

/// What the writer knows of a command.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The revision and, when it was final, the reply that the first answer gave.
    pub answer: Option<(Revision, Option<Value>)>,
    /// It was refused for good.
    pub refused: bool,
    /// It was sent in a way that nobody knows what became of.
    pub doubt: bool,
    /// COMMANDS has it.
    pub stored: bool,
    /// How many are under way.
    pub under_way: u32,
}

/// The ledger of all writers, by the number of the errand.
pub type Ledger = Arc<Mutex<BTreeMap<u64, (Envelope, Told)>>>;

/// The runs of the program that can be reached now.
pub type Nodes = Arc<Mutex<Vec<Node>>>;

/// How long a writer waits before it believes that nobody is there.
const PATIENCE: Duration = Duration::from_secs(20);

/// One errand.
pub struct Errand {
    /// Its number in the ledger.
    pub number: u64,
    /// What is sent.
    pub envelope: Envelope,
    /// How.
    pub road: Road,
    /// The world.
    pub ground: Ground,
    /// Who can be asked.
    pub nodes: Nodes,
    /// Where it is written down.
    pub ledger: Ledger,
    /// What was found not to hold.
    pub verdict: Arc<Mutex<Option<Violation>>>,
    /// Chance of its own.
    pub rng: Rng,
}

/// What one sending led to.
enum Sent {
    Answered(Box<Answer>),
    /// As a client of the broker is answered.
    Replied(Value),
    Refused(Refusal),
    Stored,
    Unknown,
}

impl Errand {
    /// Sends until there is an answer.
    pub async fn run(mut self) {
        self.note(|told| told.under_way += 1);
        loop {
            let before = self.told();
            let sent = self.send().await;
            let done = match sent {
                Sent::Answered(answer) => self.answered(&answer).await,
                Sent::Replied(value) => self.replied(&value, &before).await,
                Sent::Refused(refusal) => self.refused(&refusal, &before).await,
                Sent::Stored => {
                    self.note(|told| told.stored = true);
                    true
                }
                Sent::Unknown => {
                    self.note(|told| told.doubt = true);
                    false
                }
            };
            if done {
                break;
            }
            let pause = 20 + self.rng.below(800);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        self.note(|told| told.under_way -= 1);
    }

    fn note(&self, change: impl FnOnce(&mut Told)) {
        let mut ledger = lock(&self.ledger);
        let fresh = || (self.envelope.clone(), Told::default());
        change(&mut ledger.entry(self.number).or_insert_with(fresh).1);
    }

    fn told(&self) -> Told {
        lock(&self.ledger).get(&self.number).map(|(_, told)| told.clone()).unwrap_or_default()
    }

    fn accuse(&self, what: String) {
        let what = format!("{what}; the command was {:?}", self.envelope);
        lock(&self.verdict).get_or_insert(what);
    }

    async fn send(&mut self) -> Sent {
        match self.road {
            Road::Bus | Road::Told => self.send_in_process().await,
            Road::Ask => self.ask().await,
            Road::Published => {
                let to = &self.envelope.to;
                let subject = format!("cmd.{}.{}.{}", to.tenant, to.kind, to.id);
                let body = self.envelope.input.to_string();
                match self.ground.memory.publish(&subject, self.headers(), body.into()) {
                    Ok(()) => Sent::Stored,
                    Err(_) => Sent::Unknown,
                }
            }
        }
    }

    async fn send_in_process(&mut self) -> Sent {
        let nodes = lock(&self.nodes).clone();
        if nodes.is_empty() {
            return Sent::Refused(Refusal::unavailable("nobody", "no program runs"));
        }
        let node = self.rng.pick(&nodes).clone();
        if node.life.awake().await.is_err() {
            return Sent::Refused(Refusal::unavailable("nobody", "the program is gone"));
        }
        let envelope = self.envelope.clone();
        let wait = match self.rng.below(3) {
            0 => Wait::Accepted,
            _ => Wait::Completed(Duration::from_millis(self.rng.below(5_000))),
        };
        let told = self.road == Road::Told;
        let asking = async {
            let sent = if told {
                match node.runtime.tell(envelope).await {
                    Ok(()) => Sent::Stored,
                    Err(_) => Sent::Unknown,
                }
            } else {
                match node.runtime.ask(envelope, wait).await {
                    Ok(answer) => Sent::Answered(Box::new(answer)),
                    Err(refusal) => Sent::Refused(refusal),
                }
            };
            // The answer travels with the program's last breath, or not at all.
            if node.life.awake().await.is_ok() { sent } else { Sent::Unknown }
        };
        tokio::select! {
            biased;
            () = node.life.ended() => Sent::Unknown,
            sent = tokio::time::timeout(PATIENCE, asking) => sent.unwrap_or(Sent::Unknown),
        }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let lines = [
            ("cambium-command", self.envelope.name.to_string()),
            ("cambium-command-id", self.envelope.id.to_string()),
            ("cambium-key", KEY.to_owned()),
        ];
        lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    async fn ask(&self) -> Sent {
        let to = &self.envelope.to;
        let subject = format!("ask.{}.{}.{}", to.tenant, to.kind, to.id);
        let body = self.envelope.input.to_string();
        let request = self.ground.memory.request(&subject, self.headers(), body.into());
        match tokio::time::timeout(PATIENCE, request).await {
            Ok(Some(payload)) => match serde_json::from_slice(&payload) {
                Ok(value) => Sent::Replied(value),
                Err(error) => {
                    self.accuse(format!("an answer is no JSON: {error}"));
                    Sent::Unknown
                }
            },
            // A server that is gone or held has the request, and may still decide it.
            Ok(None) | Err(_) => Sent::Unknown,
        }
    }

    async fn answered(&self, answer: &Answer) -> bool {
        let Answer { revision, cursor, reply, status, .. } = answer;
        let number = self.number;
        let trace = &self.ground.trace;
        trace.note(format_args!("errand {number} {status:?} r{revision} @{cursor} {reply}"));
        // The true log, at this very moment: what is answered is stored.
        let stored = self.ground.memory.log().get(*cursor).await.ok().flatten();
        let Some(Entry::Commit(found)) = stored.map(Entry::from) else {
            self.accuse(format!("{answer:?} was given for a commit that is not stored"));
            return true;
        };
        let id = self.envelope.id;
        let completion = found.commit.completion(id);
        let told_so = match status {
            Status::Completed => completion.is_some_and(|done| done.ok && done.reply == *reply),
            Status::Failed => completion.is_some_and(|done| !done.ok && done.reply == *reply),
            _ => found.commit.command.id == id,
        };
        if found.commit.address() != self.envelope.to || found.commit.revision != *revision {
            self.accuse(format!("{answer:?} speaks of another commit"));
        } else if !told_so {
            self.accuse(format!("{answer:?} is not what the commit says"));
        }
        let reply = (*status != Status::Accepted).then(|| reply.clone());
        self.keep(*revision, reply);
        true
    }

    async fn replied(&self, value: &Value, before: &Told) -> bool {
        let number = self.number;
        self.ground.trace.note(format_args!("errand {number} replied {value}"));
        if value["ok"] == true {
            match value["revision"].as_u64() {
                Some(revision) => {
                    let done = value["status"] == "completed";
                    self.keep(Revision(revision), done.then(|| value["output"].clone()));
                }
                None => self.accuse(format!("an answer without a revision: {value}")),
            }
            return true;
        }
        if value["status"] == "failed" {
            // Accepted, and failed later: an answer.
            return true;
        }
        match serde_json::from_value::<Refusal>(value["error"].clone()) {
            Ok(refusal) => self.refused(&refusal, before).await,
            Err(_) => {
                self.accuse(format!("an answer that says nothing: {value}"));
                true
            }
        }
    }

    /// The first answer is the answer.
    fn keep(&self, revision: Revision, reply: Option<Value>) {
        let mut other = None;
        self.note(|told| match &mut told.answer {
            None => told.answer = Some((revision, reply.clone())),
            Some((first, known)) => match (known.as_ref(), reply.as_ref()) {
                (Some(known), Some(reply)) if known != reply || *first != revision => {
                    other = Some(format!("first r{first} {known}, then r{revision} {reply}"));
                }
                (None, Some(_)) => {
                    (*first, *known) = (revision, reply.clone());
                }
                _ => {}
            },
        });
        if let Some(other) = other {
            self.accuse(format!("a repeat has another answer: {other}"));
        }
    }

    /// Whether that was the last word.
    async fn refused(&self, refusal: &Refusal, before: &Told) -> bool {
        let number = self.number;
        self.ground.trace.note(format_args!("errand {number} refused {}", refusal.code));
        if matches!(&*refusal.code, "in_doubt" | "timeout") {
            self.note(|told| told.doubt = true);
            return false;
        }
        if refusal.class == RefusalClass::Internal {
            self.accuse(format!("a fault of ours: {refusal}"));
        }
        let now = self.told();
        if now.under_way == 1 && !now.doubt && !now.stored && now.answer.is_none() {
            self.is_absent(refusal).await;
        }
        if is_passing(refusal) {
            return false;
        }
        self.note(|told| told.refused = true);
        if let Some(known) = &before.answer {
            self.accuse(format!("it was answered {known:?}, and refused later: {refusal}"));
        }
        true
    }

    /// A refusal means that nothing was stored.
    async fn is_absent(&self, refusal: &Refusal) {
        let Envelope { to, id, .. } = &self.envelope;
        let all = self.ground.memory.log().read(to, Cursor::ZERO, usize::MAX).await;
        let stored =
            all.unwrap_or_default().into_iter().map(Entry::from).any(
                |entry| matches!(entry, Entry::Commit(found) if found.commit.command.id == *id),
            );
        if stored {
            self.accuse(format!("it was refused ({refusal}), and is stored"));
        }
    }
}

/// Whether it is worth sending again.
fn is_passing(refusal: &Refusal) -> bool {
    refusal.retry_after_ms.is_some()
        || matches!(
            refusal.class,
            RefusalClass::Unavailable | RefusalClass::Overloaded | RefusalClass::Timeout
        )
}
