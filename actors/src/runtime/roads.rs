//! The roads by which NATS clients reach actors: `cmd.` (stored) and `ask.` (request and reply).

use std::sync::Arc;
use std::time::Duration;

use contracts::audit::{AuditRecord, classes};
use contracts::envelope::Trace;
use contracts::message::MsgReply;
use contracts::ports::{DeadLetter, Flow, Fut, Inbound, PortError, Road};
use contracts::view::{Answer, Status};
use contracts::{ActorId, Caller, Envelope, Partition, Refusal, RefusalClass};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::Runtime;
use super::bus::SEALED;
use super::cell::fill;
use super::decide;
use super::gate::{Refused, is_told};
use super::inbox::Passage;
use super::parse::{self, COMMAND_ID};
use super::reply::{self, Way};
use super::shared::Counters;
use super::telling;
use super::tickets;
use super::trials::{self, Verdict};
use super::waiters::Waiting;

/// How long a sender waits for its answer, in seconds, when it says so.
const WAIT: &str = "cambium-wait";

/// What the names of headers have in them that are never kept: they may carry a secret.
const SECRET_WORDS: &[&str] =
    &["auth", "cookie", "credential", "key", "password", "secret", "signature", "ticket", "token"];

/// A header of ours that has one of those words in its name and carries no secret.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// How often a durable message under way is said to be so: well within the broker's patience.
const WORKING_MS: u64 = 700;

/// Listens on both roads of every partition that is this process's.
pub fn spawn(runtime: &Runtime) {
    if let Some(cluster) = &runtime.shared.cluster {
        // Whoever takes a partition listens to its roads.
        return cluster.open_roads();
    }
    for partition in Partition::all() {
        listen_to(runtime, partition, &runtime.shared.stop);
    }
}

/// Listens on both roads of a partition until `until`.
pub fn listen_to(runtime: &Runtime, partition: Partition, until: &CancellationToken) {
    let flow = runtime.shared.world.queue.consume(partition);
    listen(runtime.clone(), partition, flow, (Road::Durable, until.clone()));
    let flow = runtime.shared.world.asks.serve(partition);
    listen(runtime.clone(), partition, flow, (Road::Interactive, until.clone()));
}

fn listen(
    runtime: Runtime,
    partition: Partition,
    flow: Flow<Result<Inbound, PortError>>,
    (road, until): (Road, CancellationToken),
) {
    let tasks = runtime.shared.tasks.clone();
    tasks.spawn(async move {
        let mut flow = flow.take_until(runtime.heard_out(until));
        while let Some(item) = flow.next().await {
            match item {
                Ok(inbound) => {
                    let place = match road {
                        Road::Durable => Place::Unbounded,
                        Road::Interactive => {
                            match runtime.shared.asks.clone().try_acquire_owned() {
                                Ok(permit) => Place::One(permit),
                                Err(_) => Place::None,
                            }
                        }
                    };
                    let lines = lines(&inbound);
                    let received = receive(&runtime, partition, Arc::new(inbound), place);
                    received.instrument(lines).await;
                }
                Err(error) => tracing::error!(%partition, ?road, %error, "road.interrupted"),
            }
        }
    });
}

/// Where lines of the log about a message belong.
fn lines(inbound: &Inbound) -> tracing::Span {
    let trace = inbound.header("traceparent").and_then(|parent| Trace::read(parent, None)?.id());
    tracing::info_span!(
        "nats",
        message.sequence = inbound.sequence,
        message.id = inbound.header(COMMAND_ID).unwrap_or_default(),
        trace.id = trace.unwrap_or_default(),
    )
}

/// Whether a message may be dealt with now.
enum Place {
    /// The broker bounds how many come.
    Unbounded,
    /// One of so many.
    One(OwnedSemaphorePermit),
    /// As many are under way as may be.
    None,
}

/// Puts a message's command into its mailbox at once, so that the order of the road is the order
/// of the actor; the rest goes on beside.
async fn receive(runtime: &Runtime, partition: Partition, inbound: Arc<Inbound>, place: Place) {
    let mut handling = Handling { runtime: runtime.clone(), inbound, personal: false, by: None };
    let permit = match place {
        Place::Unbounded => None,
        Place::One(permit) => Some(permit),
        // Told here and not beside, or the refusals would be what there is too much of.
        Place::None => {
            let message = "too many requests are under way at once; try again";
            let refusal = Refusal::new(RefusalClass::Overloaded, "overloaded", message);
            return handling.tell(&refusal.retry_after(100)).await;
        }
    };
    let road = handling.inbound.road;
    if road == Road::Durable && !runtime.shared.shares.owns(partition) {
        // It comes to whoever owns the partition now.
        return handling.come_again().await;
    }
    if telling::is_told(&handling.inbound) {
        let told = async move {
            handling.told().await;
            drop(permit);
        };
        runtime.shared.tasks.spawn(told.in_current_span());
        return;
    }
    let parsed = match parse::admitted(&runtime.shared, &handling.inbound).await {
        Ok(envelope) => handling.protected(envelope).await,
        Err(refusal) => Err(refusal),
    };
    match parsed {
        Ok(envelope) if handling.is_suspect() => handling.try_alone(envelope, partition).await,
        Ok(envelope) => {
            let waiting = runtime.shared.waiters.wait(envelope.to.clone(), envelope.id);
            let passage = match road {
                Road::Durable => Passage::Durable,
                Road::Interactive => Passage::Interactive,
            };
            let committing = runtime.sent(envelope, passage);
            let finished = async move {
                handling.finish(committing, waiting).await;
                drop(permit);
            };
            runtime.shared.tasks.spawn(finished.in_current_span());
        }
        // The keys of personal data are away: what is stored comes again.
        Err(refusal) if road == Road::Durable && is_passing(&refusal) => {
            handling.come_again().await;
        }
        Err(refusal) => {
            let put_aside = async move {
                handling.put_aside(refusal).await;
                drop(permit);
            };
            runtime.shared.tasks.spawn(put_aside.in_current_span());
        }
    }
}

/// One message being dealt with.
struct Handling {
    runtime: Runtime,
    inbound: Arc<Inbound>,
    /// Whether personal data stands in the message.
    personal: bool,
    /// Whose word it is, once that is known.
    by: Option<Caller>,
}

impl Handling {
    /// Whether earlier deliveries have ended with the program.
    fn is_suspect(&self) -> bool {
        let shared = &self.runtime.shared;
        shared.trials.suspects(&self.inbound, shared.config.crash_deliveries_max.max(1))
    }

    /// Decides a command that may be what ends the program, while nothing else of its road is
    /// decided and no other suspect of any.
    async fn try_alone(self, envelope: Envelope, partition: Partition) {
        let runtime = self.runtime.clone();
        match self.still_working(runtime.shared.trial(&self.inbound, partition)).await {
            Ok(Verdict::Try(trial)) => {
                let waiting = runtime.shared.waiters.wait(envelope.to.clone(), envelope.id);
                let committing = runtime.sent(envelope, Passage::Durable);
                self.finish(committing, waiting).await;
                if let Err(error) = runtime.shared.conclude(trial).await {
                    tracing::warn!(%error, "command.acquittal_unwritten");
                }
            }
            Ok(Verdict::Guilty(times)) => {
                let refusal = trials::aborted(times);
                let deliveries = self.inbound.delivery;
                match runtime.sentence(&envelope, &refusal, deliveries).await {
                    Ok(_) => {
                        self.settle().await;
                        self.tell(&refusal).await;
                    }
                    Err(error) => {
                        tracing::error!(%error, "road.dead_letter_unwritten");
                        self.come_again().await;
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "command.trial_unwritten");
                self.come_again().await;
            }
        }
    }

    /// Takes what a program tells of itself, and says what became of it.
    async fn told(self) {
        match telling::take(&self.runtime.shared, &self.inbound).await {
            Ok(body) => self.reply(&body).await,
            Err(refusal) => self.put_aside(refusal).await,
        }
    }

    /// Waits for the commit, settles the message, and tells the sender.
    async fn finish(self, committing: Committing, waiting: Waiting) {
        let result = self.still_working(committing).await;
        match result {
            Ok(answer) if answer.status == Status::Dead => {
                self.settle().await;
                self.tell_kept(&answer).await;
            }
            Ok(answer) => {
                self.settle().await;
                self.answer(answer, waiting).await;
            }
            Err(refusal) if self.inbound.road == Road::Interactive => self.tell(&refusal).await,
            Err(refusal) if is_passing(&refusal) => self.come_again().await,
            Err(refusal) if refusal.class == RefusalClass::Internal => {
                let most = self.runtime.shared.config.poison_deliveries_max;
                if self.inbound.delivery < most {
                    self.come_again().await;
                } else {
                    self.put_aside(refusal).await;
                }
            }
            Err(refusal) => {
                let class = if is_told(&refusal) {
                    classes::REFUSED
                } else {
                    ActorId::from_static("rejection")
                };
                self.reject(class, &refusal).await;
            }
        }
    }

    /// Writes a refusal down, then settles the message and tells the sender.
    async fn reject(&self, class: ActorId, refusal: &Refusal) {
        if self.audit(class, refusal).await.is_ok() {
            self.settle().await;
            self.tell(refusal).await;
        } else {
            self.come_again().await;
        }
    }

    /// Says to the broker, from time to time, that the message is being dealt with.
    async fn still_working<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            let tick = tokio::time::sleep(Duration::from_millis(WORKING_MS));
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tick => if let Err(error) = self.inbound.settle.working().await {
                    tracing::debug!(%error, "road.working_unsaid");
                },
            }
        }
    }

    /// The command with its personal data protected, in the order of the road.
    async fn protected(&mut self, mut envelope: Envelope) -> Result<Envelope, Refusal> {
        let shared = &self.runtime.shared;
        let own = self.inbound.header(SEALED).is_some();
        self.by = Some(envelope.by.clone());
        self.personal = match own {
            true => shared.protect_sealed(&mut envelope).await?,
            false => shared.protect(&mut envelope).await?,
        };
        Ok(envelope)
    }

    async fn settle(&self) {
        self.runtime.shared.trials.forget(&self.inbound);
        let settle = &self.inbound.settle;
        let settled = if self.personal { settle.erase().await } else { settle.ack().await };
        if let Err(error) = settled {
            // The message comes again and meets the same answer by its command id.
            tracing::warn!(%error, "road.unacknowledged");
        }
    }

    async fn come_again(&self) {
        self.runtime.shared.trials.outlived(&self.inbound);
        let delay = self.runtime.shared.config.redelivery_ms;
        if let Err(error) = self.inbound.settle.retry(delay).await {
            tracing::warn!(%error, "road.redelivery_unasked");
        }
    }

    /// Nobody can deal with it: to DEAD, whole, and the next one is served. An interactive one is
    /// only answered.
    async fn put_aside(self, refusal: Refusal) {
        if self.inbound.road == Road::Interactive {
            // Whoever probes is written down; a failure to do so changes no answer.
            let class = match refusal.class {
                RefusalClass::Unauthenticated => Some(classes::DENIED),
                RefusalClass::Forbidden => Some(classes::REFUSED),
                _ => None,
            };
            if let Some(record) = class.and_then(|class| self.record(class, &refusal)) {
                Refused::keep(&self.runtime.shared, record);
            }
            return self.tell(&refusal).await;
        }
        // A ticket could not be looked up, or is no good: neither makes a dead letter.
        if is_passing(&refusal) {
            return self.come_again().await;
        }
        if tickets::is_about(&refusal) {
            return self.reject(classes::DENIED, &refusal).await;
        }
        let shared = &self.runtime.shared;
        let subject = match &self.inbound.to {
            Ok(to) => format!("cmd.{}.{}.{}", to.tenant, to.kind, to.id),
            Err(subject) => subject.clone(),
        };
        let letter = DeadLetter {
            to: self.inbound.to.clone().ok(),
            subject,
            headers: kept(&self.inbound.headers),
            payload: self.inbound.payload.to_vec(),
            code: refusal.code.to_string(),
            reason: refusal.message.clone(),
            deliveries: self.inbound.delivery,
            at: shared.world.clock.now(),
            held: false,
        };
        match shared.world.dead.bury(letter).await {
            Ok(_) => {
                Counters::add(&shared.counters.dead);
                tracing::warn!(%refusal, sequence = self.inbound.sequence, "road.dead_letter");
                self.settle().await;
                self.tell(&refusal).await;
            }
            Err(error) => {
                tracing::error!(%error, "road.dead_letter_unwritten");
                self.come_again().await;
            }
        }
    }

    /// Sends the final answer, when somebody waits for it.
    async fn answer(&self, mut answer: Answer, mut waiting: Waiting) {
        if self.inbound.reply_to.is_none() {
            return;
        }
        if answer.status == Status::Accepted {
            let done = tokio::time::timeout(self.patience(), &mut waiting.answered);
            if let Some(Ok(Ok(recorded))) = self.runtime.shared.stop.run_until_cancelled(done).await
                && let Some(done) = recorded.commit.completion(answer.command)
            {
                fill(&mut answer, &recorded, done);
            }
        }
        let id = self.inbound.header(COMMAND_ID).map(str::to_owned);
        let body = MsgReply::of(id, &answer).and_then(|reply| {
            // The message envelope, and where the command stands.
            let mut body = decide::written(&reply)?;
            body["status"] = json!(answer.status);
            Ok(body)
        });
        let failed = |refusal| json!({ "ok": false, "status": Status::Failed, "error": refusal });
        let body = body.unwrap_or_else(failed);
        let (tenant, by) = (&answer.address.tenant, self.by.as_ref());
        let body = self.runtime.shared.shown_to(tenant, by, body).await;
        self.reply(&body).await;
    }

    fn patience(&self) -> Duration {
        let asked = self.inbound.header(WAIT).and_then(|text| text.parse::<f64>().ok());
        let most = Duration::from_millis(self.runtime.shared.config.nats_wait_ms);
        asked
            .and_then(|wait| Duration::try_from_secs_f64(wait).ok())
            .map_or(most, |wait| wait.min(most))
    }

    /// Tells the sender of a refusal.
    async fn tell(&self, refusal: &Refusal) {
        self.reply(&reply::refused(refusal)).await;
    }

    /// Tells the sender that the command is kept behind what its actor waits for.
    async fn tell_kept(&self, answer: &Answer) {
        let Answer { status, reply, .. } = answer;
        self.reply(&json!({ "ok": false, "status": status, "error": reply })).await;
    }

    async fn reply(&self, body: &Value) {
        let inbound = &self.inbound;
        let Some(subject) = &inbound.reply_to else { return };
        let tenant = inbound.to.as_ref().ok().map(|to| &to.tenant);
        let is_brokers = inbound.road == Road::Interactive;
        let way = Way { subject, tenant, is_brokers, settle: &*inbound.settle };
        reply::send(&self.runtime.shared, way, body, || self.facts()).await;
    }

    /// What AUDIT is told of the message.
    fn facts(&self) -> Value {
        let inbound = &self.inbound;
        json!({
            "kind": inbound.to.as_ref().ok().map(|to| &to.kind),
            "id": inbound.to.as_ref().ok().map(|to| &to.id),
            "road": if inbound.road == Road::Durable { "cmd" } else { "ask" },
            "command": inbound.header(parse::COMMAND),
            "command_id": inbound.header(COMMAND_ID),
            "reply_to": inbound.reply_to,
            "sequence": inbound.sequence,
        })
    }

    /// What AUDIT is told of a message that was refused; `None` when it is nobody's.
    fn record(&self, class: ActorId, refusal: &Refusal) -> Option<AuditRecord> {
        let (shared, inbound) = (&self.runtime.shared, &self.inbound);
        let to = inbound.to.as_ref().ok()?;
        let (now, said) = (shared.world.clock.now(), refusal.message.clone());
        let record = AuditRecord::new(to.tenant.clone(), class, now, said);
        let durable = inbound.road == Road::Durable;
        let command = inbound.header(parse::COMMAND);
        let trace = inbound.header("traceparent").and_then(|it| Trace::read(it, None));
        Some(AuditRecord {
            principal: durable.then(|| Caller::PUBLISHER.to_string()),
            road: Some(if durable { "cmd" } else { "ask" }.to_owned()),
            action: command.map(|command| format!("{}.{command}", to.kind)),
            actor: Some(format!("{}/{}", to.kind, to.id)),
            trace_id: trace.and_then(|trace| trace.id()),
            ..record.refused(refusal).details(self.facts())
        })
    }

    /// Writes down that a stored message was refused for good, and why.
    async fn audit(&self, class: ActorId, refusal: &Refusal) -> Result<(), PortError> {
        let shared = &self.runtime.shared;
        let Some(mut record) = self.record(class, refusal) else { return Ok(()) };
        record.policy = Some(shared.gate.digest(&record.tenant));
        record.as_of = Some(shared.directory.as_of());
        let written = shared.world.audit.record(record).await;
        if let Err(error) = &written {
            tracing::error!(%error, %refusal, "audit.unwritten");
        }
        written
    }
}

/// What a command leads to that is in its mailbox, or on its way to the node that owns it.
type Committing = Fut<'static, Result<Answer, Refusal>>;

/// Whether a refusal may pass, so that the message shall come again.
const fn is_passing(refusal: &Refusal) -> bool {
    matches!(
        refusal.class,
        RefusalClass::Unavailable | RefusalClass::Overloaded | RefusalClass::Timeout
    )
}

fn kept(headers: &[(String, String)]) -> Vec<(String, String)> {
    headers.iter().filter(|(name, _)| !is_secret(name)).cloned().collect()
}

/// Whether the header `name` may carry a secret.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name != IDEMPOTENCY_KEY && SECRET_WORDS.iter().any(|word| name.contains(word))
}
