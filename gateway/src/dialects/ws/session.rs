//! One socket from its upgrade to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use axum::http::HeaderMap;
use contracts::caller::{Caller, Identity, Origin};
use contracts::{ActorId, Refusal, Revision, Tenant};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::frames::{self, ClientFrame, Command};
use super::subscriptions::Subscriptions;
use crate::auth::Fault;
use crate::edge::body;
use crate::edge::call::Scene;
use crate::edge::headers::{Lock, idempotency_key};
use crate::edge::limits::Scope;
use crate::edge::needs::Reader;
use crate::edge::shared::Shared;
use crate::edge::standing;
use crate::edge::submit::{Submission, submit};
use crate::problem::codes;

/// How long a reader of too many frames looks away at most, in milliseconds.
const PACE_MS: u64 = 1_000;

/// The socket ends normally.
const CLOSE_NORMAL: u16 = 1_000;
/// The program ends.
const CLOSE_AWAY: u16 = 1_001;
/// The client may not be here.
const CLOSE_POLICY: u16 = 1_008;
/// The reader is too slow; it may come again with `after`.
const CLOSE_AGAIN: u16 = 1_013;

/// Why a socket ends: a code and a word for people.
type End = (u16, &'static str);

/// The way of frames to the client: a bounded queue that a slow reader may not fill for long.
#[derive(Clone)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Frame>,
    /// A permit is a byte that waits.
    bytes: Arc<Semaphore>,
    bytes_max: usize,
    stall: Duration,
    slow: CancellationToken,
}

/// A frame on its way, with the room that it takes.
pub(super) struct Frame {
    text: String,
    /// Which subscription it brings how far.
    place: Option<(Value, Value)>,
    _room: OwnedSemaphorePermit,
}

impl Outbox {
    /// Puts a frame into the queue. `false` = the reader is too slow or gone, and the socket ends.
    pub(super) async fn send(&self, frame: Value) -> bool {
        let is_event = frame["type"] == "event";
        let place = is_event.then(|| (frame["sub"].clone(), frame["cursor"].clone()));
        let text = frame.to_string();
        // A frame that is larger than all the room there is takes all of it.
        let room = u32::try_from(text.len().min(self.bytes_max)).unwrap_or(u32::MAX);
        let sending = async {
            let room = Arc::clone(&self.bytes).acquire_many_owned(room).await.ok()?;
            self.queue.send(Frame { text, place, _room: room }).await.ok()
        };
        match timeout(self.stall, sending).await {
            Ok(sent) => sent.is_some(),
            Err(_) => {
                self.slow.cancel();
                false
            }
        }
    }
}

/// An open, authenticated socket.
pub(super) struct Session {
    shared: Arc<Shared>,
    identity: Identity,
    tenant: Tenant,
    scene: Arc<Scene>,
    outbox: Outbox,
    commands: Arc<Semaphore>,
    tasks: JoinSet<()>,
    subscriptions: Subscriptions,
}

impl Session {
    /// Serves a socket until either side ends it.
    pub(super) async fn run(
        shared: Arc<Shared>,
        socket: WebSocket,
        identity: Option<Identity>,
        named: Option<Tenant>,
        scene: Arc<Scene>,
    ) {
        let (sink, mut stream) = socket.split();
        let config = &shared.edge.config;
        let (queue, frames) = mpsc::channel(config.ws_queue_frames_max.max(1));
        let slow = CancellationToken::new();
        let stall = Duration::from_millis(config.ws_stall_ms);
        let bytes_max = config.ws_queue_bytes_max.clamp(1, u32::MAX as usize);
        let bytes = Arc::new(Semaphore::new(bytes_max));
        let outbox = Outbox { queue, bytes, bytes_max, stall, slow: slow.clone() };
        let ended = CancellationToken::new();
        let last_word = Duration::from_millis(config.ws_close_timeout_ms);
        let shutdown = shared.edge.shutdown.clone();
        let reached = BTreeMap::new();
        let writer = Writer { sink, frames, slow, shutdown, last_word, reached };
        let ping = Duration::from_millis(config.ws_ping_ms.max(1));
        let writing = tokio::spawn(writer.run(ping, ended.clone()));
        let end = tokio::select! {
            () = ended.cancelled() => None,
            end = Self::speak(shared, &mut stream, identity, named, scene, outbox) => Some(end),
        };
        // The outbox is dropped by now, so the writer ends after what is queued.
        if let Ok(mut sink) = writing.await {
            let (code, reason) = end.unwrap_or((CLOSE_NORMAL, ""));
            let _ = timeout(last_word, sink.send(close(code, reason))).await;
        }
    }

    async fn speak(
        shared: Arc<Shared>,
        stream: &mut SplitStream<WebSocket>,
        identity: Option<Identity>,
        named: Option<Tenant>,
        scene: Arc<Scene>,
        outbox: Outbox,
    ) -> End {
        let (identity, by_frame) = match identity {
            Some(identity) => (identity, false),
            None => match authenticate(&shared, stream, &scene.peer).await {
                Ok(identity) => (identity, true),
                Err(refusal) => {
                    outbox.send(frames::error(&Value::Null, &refusal, &scene)).await;
                    return (CLOSE_POLICY, "unauthenticated");
                }
            },
        };
        let own = identity.tenant.clone().unwrap_or_else(|| shared.edge.config.tenant.clone());
        let tenant = named.unwrap_or(own);
        let entrance = shared.edge.guard.enter(&identity, &tenant, shared.now());
        let Some(entrance) = entrance else {
            outbox.send(frames::error(&Value::Null, &codes::unknown_tenant(), &scene)).await;
            return (CLOSE_POLICY, "unknown tenant");
        };
        // Who came with a credential in the headers has said there why it crosses.
        let noted = if by_frame {
            shared.note_crossing(&identity, &tenant, &HeaderMap::new(), &scene).await
        } else {
            Ok(())
        };
        if let Err(refusal) = noted {
            outbox.send(frames::error(&Value::Null, &refusal, &scene)).await;
            return (CLOSE_POLICY, "a reason is needed");
        }
        outbox.send(frames::ready(entrance.principal.as_str())).await;
        let config = &shared.edge.config;
        let commands = Arc::new(Semaphore::new(config.ws_commands_max));
        let reader = Reader::new(&shared, identity.clone(), tenant.clone());
        let subscriptions = Subscriptions::new(Arc::clone(&shared), tenant.clone(), reader);
        let tasks = JoinSet::new();
        let mut session =
            Self { shared, identity, tenant, scene, outbox, commands, tasks, subscriptions };
        let identity = session.identity.clone();
        let gone = standing::gone(&session.shared, &identity);
        tokio::pin!(gone);
        loop {
            let message = tokio::select! {
                () = &mut gone => {
                    session.refuse(&Value::Null, &Fault::Revoked.refusal()).await;
                    return (CLOSE_POLICY, "the session has ended");
                }
                message = stream.next() => message,
            };
            let Some(Ok(message)) = message else { break };
            session.paced().await;
            match message {
                Message::Text(text) => session.take(text.as_bytes()).await,
                Message::Binary(bytes) => session.take(&bytes).await,
                Message::Close(_) => break,
                Message::Ping(_) | Message::Pong(_) => {}
            }
        }
        (CLOSE_NORMAL, "")
    }

    /// Counts a frame. Who sends too many is read more slowly: what it sends then waits in its own
    /// system, not here.
    async fn paced(&self) {
        while let Err(refusal) = self.shared.spend_one(Scope::Frames, &self.identity) {
            let pause = refusal.retry_after_ms.unwrap_or(PACE_MS).clamp(1, PACE_MS);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// Deals with one frame; what is wrong with it is answered, not punished.
    async fn take(&mut self, bytes: &[u8]) {
        while self.tasks.try_join_next().is_some() {}
        let value = match body::json(bytes) {
            Ok(value) => value,
            Err(refusal) => return self.refuse(&Value::Null, &refusal).await,
        };
        let name = value.get("ref").or_else(|| value.get("sub")).cloned().unwrap_or_default();
        if !matches!(name, Value::Null | Value::String(_) | Value::Number(_)) {
            let refusal = codes::frame_invalid("ref is a string or a number");
            return self.refuse(&Value::Null, &refusal).await;
        }
        let frame = match contracts::read::from_value::<ClientFrame>(value) {
            Ok(frame) => frame,
            Err(error) => {
                return self.refuse(&name, &codes::frame_invalid(&error.to_string())).await;
            }
        };
        match frame {
            ClientFrame::Auth { .. } => {
                self.refuse(&name, &codes::frame_invalid("the socket is authenticated already"))
                    .await;
            }
            ClientFrame::Ping { r#ref } => {
                self.outbox.send(frames::pong(&r#ref)).await;
            }
            ClientFrame::Unsubscribe { sub } => {
                self.subscriptions.end(&sub);
                self.outbox.send(frames::unsubscribed(&sub)).await;
            }
            ClientFrame::Subscribe(wanted) => {
                let begun = self.subscriptions.begin(wanted, &self.outbox, &self.scene).await;
                if let Err(refusal) = begun {
                    self.refuse(&name, &refusal).await;
                }
            }
            ClientFrame::Command(command) => {
                if let Err(refusal) = self.command(command) {
                    self.refuse(&name, &refusal).await;
                }
            }
        }
    }

    async fn refuse(&self, r#ref: &Value, refusal: &Refusal) {
        self.outbox.send(frames::error(r#ref, refusal, &self.scene)).await;
    }

    /// Sends a command in a task of its own, so that answers come in the order they are made.
    fn command(&mut self, command: Command) -> Result<(), Refusal> {
        if let Some(verdict) = self.shared.spend(&self.identity, &self.tenant)
            && !verdict.allowed
        {
            return Err(codes::rate_limited(verdict.retry_after_ms));
        }
        let permit = Arc::clone(&self.commands).try_acquire_owned();
        let permit = permit.map_err(|_| codes::overloaded())?;
        contracts::input::check(&command.input)?;
        let called = self.identity.called_in(&self.tenant).ok_or_else(codes::unknown_tenant)?;
        let credential = self.identity.credential.clone();
        let reader = Reader::new(&self.shared, self.identity.clone(), self.tenant.clone());
        let caller = Caller::new(called, Origin::Http).with(credential);
        let (shared, tenant) = (Arc::clone(&self.shared), self.tenant.clone());
        let (scene, outbox) = (Arc::clone(&self.scene), self.outbox.clone());
        self.tasks.spawn(async move {
            let name = command.r#ref.clone();
            let answered = perform(&shared, command, tenant, caller, &scene).await;
            let frame = answered.unwrap_or_else(|refusal| frames::error(&name, &refusal, &scene));
            outbox.send(reader.shown(frame).await).await;
            drop(permit);
        });
        Ok(())
    }
}

async fn perform(
    shared: &Shared,
    command: Command,
    tenant: Tenant,
    caller: Caller,
    scene: &Scene,
) -> Result<Value, Refusal> {
    let kind = command.kind.parse().map_err(|_| codes::unknown_kind())?;
    let page = shared.edge.pages.get(&kind).ok_or_else(codes::unknown_kind)?;
    let id = command.id.map(ActorId::new).transpose();
    let id = id.map_err(|error| codes::invalid_id("id", &error))?;
    let key = command.idempotency_key.as_deref().map(idempotency_key).transpose()?;
    let lock = command.expected.map_or(Lock::None, |at| Lock::Revision(Revision(at)));
    let submission = Submission {
        page,
        tenant,
        caller,
        id,
        command: &command.command,
        body: command.input,
        key,
        lock,
        correlation: None,
        trace: scene.traced.trace.clone(),
        wait: shared.edge.config.wait(command.wait),
    };
    frames::answer(&command.r#ref, &submit(shared, submission).await?)
}

/// The identity that the first frame brings.
async fn authenticate(
    shared: &Shared,
    stream: &mut SplitStream<WebSocket>,
    peer: &str,
) -> Result<Identity, Refusal> {
    let limit = Duration::from_millis(shared.edge.config.ws_auth_timeout_ms);
    let first = timeout(limit, stream.next()).await.ok().flatten();
    let Some(Ok(Message::Text(text))) = first else { return Err(codes::unauthenticated()) };
    match serde_json::from_str(text.as_str()) {
        Ok(ClientFrame::Auth { key }) => shared.check(&key, peer).await,
        _ => Err(codes::unauthenticated()),
    }
}

/// The one place that writes to the socket.
struct Writer {
    sink: SplitSink<WebSocket, Message>,
    frames: mpsc::Receiver<Frame>,
    slow: CancellationToken,
    shutdown: CancellationToken,
    last_word: Duration,
    /// Up to where each subscription was written, by its ref as text.
    reached: BTreeMap<String, (Value, Value)>,
}

impl Writer {
    /// Writes until the queue ends, the client is gone or too slow, or the program ends. Gives the
    /// sink back for the last word.
    async fn run(
        mut self,
        ping: Duration,
        ended: CancellationToken,
    ) -> SplitSink<WebSocket, Message> {
        let mut beat = interval(ping);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.reset();
        loop {
            let (message, place) = tokio::select! {
                biased;
                () = self.slow.cancelled() => {
                    let _ = timeout(self.last_word, self.send_away()).await;
                    break;
                }
                () = self.shutdown.cancelled() => {
                    let closing = close(CLOSE_AWAY, "the server is closing");
                    let _ = timeout(self.last_word, self.sink.send(closing)).await;
                    break;
                }
                frame = self.frames.recv() => match frame {
                    Some(frame) => (Message::Text(frame.text.into()), frame.place),
                    None => break,
                },
                _ = beat.tick() => (Message::Ping(bytes::Bytes::new()), None),
            };
            let written = tokio::select! {
                written = self.sink.send(message) => {
                    if let Some((sub, cursor)) = place {
                        self.reached.insert(sub.to_string(), (sub, cursor));
                    }
                    written.is_ok()
                }
                () = self.slow.cancelled() => true,
                () = self.shutdown.cancelled() => true,
            };
            if !written {
                break;
            }
        }
        ended.cancel();
        self.sink
    }

    /// Tells a slow reader where each of its subscriptions may be resumed: after the last event
    /// that was surely written, so that one may come twice and none is missed.
    async fn send_away(&mut self) -> Result<(), axum::Error> {
        let lowest = self.reached.values().map(|(_, cursor)| number(cursor)).min();
        let resume = frames::resume(self.reached.values());
        self.sink.send(Message::Text(resume.to_string().into())).await?;
        let reason = lowest.map_or_else(
            || "too slow; resume with after".to_owned(),
            |cursor| format!("too slow; resume after {cursor}"),
        );
        let frame = CloseFrame { code: CLOSE_AGAIN, reason: Utf8Bytes::from(reason) };
        self.sink.send(Message::Close(Some(frame))).await
    }
}

fn number(cursor: &Value) -> u64 {
    cursor.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))
}
