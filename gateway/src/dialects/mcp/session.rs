//! Sessions of clients of 2025: what one client said of itself, what it watches, and its streams.
//! Nothing that matters is kept here: a client whose session is gone begins another one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use contracts::{Principal, Refusal, Tenant};
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::config::Config;
use super::outbox::Outbox;
use super::peer::Level;
use crate::chance;

/// What a client says to what it is asked.
type Said = Result<Value, Value>;

/// One session.
#[derive(Debug)]
pub struct Session {
    /// What the client calls it.
    pub id: String,
    /// Whose it is.
    owner: (Tenant, Principal),
    /// What the client says that it can do.
    pub capabilities: Map<String, Value>,
    /// What is told outside of any request: number 0 of the streams.
    pub standing: Arc<Outbox>,
    /// Ends what was begun for it.
    pub over: CancellationToken,
    /// Whether somebody tells the standing stream what has changed.
    watched: AtomicBool,
    level: Mutex<Option<Level>>,
    watches: Mutex<BTreeSet<String>>,
    streams: Mutex<BTreeMap<u64, Arc<Outbox>>>,
    running: Mutex<HashMap<String, CancellationToken>>,
    asked: Mutex<HashMap<u64, oneshot::Sender<Said>>>,
    next: AtomicU64,
    touched: Mutex<Instant>,
    /// Streams of it that are being read.
    readers: AtomicUsize,
}

/// Somebody who reads a stream of a session: as long as it does, the session is not idle.
pub struct Reading(Arc<Session>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.touch();
        self.0.readers.fetch_sub(1, Ordering::Relaxed);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// How much the client wants to know.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        *locked(&self.level)
    }

    /// Sets how much the client wants to know.
    pub fn set_level(&self, level: Level) {
        *locked(&self.level) = Some(level);
    }

    /// Watches a resource from now on; false = there are too many.
    #[must_use]
    pub fn watch(&self, uri: &str, most: usize) -> bool {
        let mut watches = locked(&self.watches);
        if !watches.contains(uri) && watches.len() >= most {
            return false;
        }
        watches.insert(uri.to_owned());
        true
    }

    /// Watches a resource no more.
    pub fn unwatch(&self, uri: &str) {
        locked(&self.watches).remove(uri);
    }

    /// Whether a resource is watched.
    #[must_use]
    pub fn watches(&self, uri: &str) -> bool {
        locked(&self.watches).contains(uri)
    }

    /// Whether this is the first who wants to tell the standing stream what changes.
    #[must_use]
    pub fn begin_watching(&self) -> bool {
        !self.watched.swap(true, Ordering::Relaxed)
    }

    /// A stream for one more request, with its number; `None` = too many requests go on. The
    /// oldest that has ended makes room.
    #[must_use]
    pub fn open(&self, config: &Config) -> Option<(u64, Arc<Outbox>)> {
        let mut streams = locked(&self.streams);
        let going = streams.values().filter(|outbox| !outbox.has_ended()).count();
        if going >= config.session_requests_max {
            return None;
        }
        while streams.len() - going >= config.session_streams_max.max(1) {
            let ended = streams.iter().find(|(_, outbox)| outbox.has_ended());
            let Some(number) = ended.map(|(number, _)| *number) else { break };
            streams.remove(&number);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let outbox = Outbox::new(config.stream_messages_max);
        streams.insert(number, Arc::clone(&outbox));
        Some((number, outbox))
    }

    /// The stream of this number, 0 = the standing one.
    #[must_use]
    pub fn stream(&self, number: u64) -> Option<Arc<Outbox>> {
        if number == 0 {
            return Some(Arc::clone(&self.standing));
        }
        locked(&self.streams).get(&number).cloned()
    }

    /// A stream that nobody needs to read again.
    pub fn close(&self, number: u64) {
        locked(&self.streams).remove(&number);
    }

    /// What ends a request when the client takes it back.
    #[must_use]
    pub fn run(&self, request: &Value) -> CancellationToken {
        let token = self.over.child_token();
        locked(&self.running).insert(request.to_string(), token.clone());
        token
    }

    /// A request that has been answered.
    pub fn ran(&self, request: &Value) {
        locked(&self.running).remove(&request.to_string());
    }

    /// Takes a request back.
    pub fn cancel(&self, request: &Value) {
        if let Some(token) = locked(&self.running).remove(&request.to_string()) {
            token.cancel();
        }
    }

    /// A number for a question to the client, and where its answer will come.
    #[must_use]
    pub fn ask(&self) -> (u64, oneshot::Receiver<Said>) {
        let (tell, told) = oneshot::channel();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        locked(&self.asked).insert(id, tell);
        (id, told)
    }

    /// Waits for this answer no more.
    pub fn asked_no_more(&self, id: u64) {
        locked(&self.asked).remove(&id);
    }

    /// What the client says to what it was asked.
    pub fn answered(&self, id: &Value, said: Said) {
        let waiting = id.as_u64().and_then(|id| locked(&self.asked).remove(&id));
        if let Some(waiting) = waiting {
            let _ = waiting.send(said);
        }
    }

    /// Begins to read a stream of it.
    #[must_use]
    pub fn read(self: &Arc<Self>) -> Reading {
        self.readers.fetch_add(1, Ordering::Relaxed);
        Reading(Arc::clone(self))
    }

    fn touch(&self) {
        *locked(&self.touched) = Instant::now();
    }

    /// How long nobody has asked anything of it or read a stream of it until `now`; `None` =
    /// somebody reads.
    fn idle(&self, now: Instant) -> Option<Duration> {
        let read = self.readers.load(Ordering::Relaxed) > 0;
        (!read).then(|| now.saturating_duration_since(*locked(&self.touched)))
    }

    fn is_idle(&self, limit: Duration) -> bool {
        self.idle(Instant::now()).is_some_and(|idle| idle >= limit)
    }
}

/// The sessions of this node.
#[derive(Debug)]
pub struct Sessions {
    config: Config,
    all: Mutex<HashMap<String, Arc<Session>>>,
}

impl Sessions {
    /// None yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone(), all: Mutex::default() }
    }

    /// Begins one.
    ///
    /// # Errors
    /// `internal` when the system gives no random bytes.
    pub fn begin(
        &self,
        owner: (Tenant, Principal),
        capabilities: Map<String, Value>,
    ) -> Result<Arc<Session>, Refusal> {
        let id = chance::hex(&chance::bytes::<16>()?);
        let session = Arc::new(Session {
            id: id.clone(),
            owner,
            capabilities,
            standing: Outbox::new(self.config.stream_messages_max),
            over: CancellationToken::new(),
            watched: AtomicBool::default(),
            level: Mutex::default(),
            watches: Mutex::default(),
            streams: Mutex::default(),
            running: Mutex::default(),
            asked: Mutex::default(),
            next: AtomicU64::new(1),
            touched: Mutex::new(Instant::now()),
            readers: AtomicUsize::default(),
        });
        let (now, mut all) = (Instant::now(), locked(&self.all));
        let own = all.values().filter(|known| known.owner == session.owner);
        if own.clone().count() >= self.config.principal_sessions_max.max(1) {
            // Nobody pushes others out.
            if let Some(longest) = own.max_by_key(|known| known.idle(now)).cloned() {
                end(&longest);
                all.remove(&longest.id);
            }
        }
        if all.len() >= self.config.sessions_max.max(1) {
            self.make_room(&mut all);
        }
        all.insert(id, Arc::clone(&session));
        Ok(session)
    }

    /// Ends those that are idle for long; when there are none, the longest idle one.
    fn make_room(&self, all: &mut HashMap<String, Arc<Session>>) {
        let idle = Duration::from_millis(self.config.session_idle_ms);
        all.retain(|_, session| {
            let stays = !session.is_idle(idle);
            if !stays {
                end(session);
            }
            stays
        });
        if all.len() < self.config.sessions_max.max(1) {
            return;
        }
        let now = Instant::now();
        let longest = all.values().max_by_key(|session| session.idle(now)).cloned();
        if let Some(session) = longest {
            end(&session);
            all.remove(&session.id);
        }
    }

    /// The session of this id, when it is this one's and has not ended.
    #[must_use]
    pub fn find(&self, id: &str, owner: &(Tenant, Principal)) -> Option<Arc<Session>> {
        let mut all = locked(&self.all);
        let session = all.get(id).filter(|session| session.owner == *owner)?.clone();
        if session.is_idle(Duration::from_millis(self.config.session_idle_ms)) {
            all.remove(id);
            end(&session);
            return None;
        }
        session.touch();
        Some(session)
    }

    /// Ends a session.
    pub fn end(&self, session: &Session) {
        locked(&self.all).remove(&session.id);
        end(session);
    }
}

fn end(session: &Session) {
    session.over.cancel();
    session.standing.end();
    locked(&session.asked).clear();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn owner(name: &'static str) -> (Tenant, Principal) {
        (Tenant::from_static("acme"), Principal::from_static(name))
    }

    #[test]
    fn a_session_is_its_owners_until_it_ends() {
        let sessions = Sessions::new(&Config { sessions_max: 2, ..Config::default() });
        let first = sessions.begin(owner("ada"), Map::new()).unwrap();
        assert!(sessions.find(&first.id, &owner("eve")).is_none());
        assert!(sessions.find(&first.id, &owner("ada")).is_some());
        let second = sessions.begin(owner("ada"), Map::new()).unwrap();
        let third = sessions.begin(owner("ada"), Map::new()).unwrap();
        assert!(sessions.find(&first.id, &owner("ada")).is_none(), "it made room");
        assert!(first.over.is_cancelled());
        sessions.end(&second);
        assert!(sessions.find(&second.id, &owner("ada")).is_none());
        assert!(sessions.find(&third.id, &owner("ada")).is_some());
    }

    #[test]
    fn a_session_that_is_read_is_not_idle_and_nobody_pushes_others_out() {
        let config = Config { session_idle_ms: 0, ..Config::default() };
        let sessions = Sessions::new(&config);
        let session = sessions.begin(owner("ada"), Map::new()).unwrap();
        let reading = session.read();
        assert!(sessions.find(&session.id, &owner("ada")).is_some());
        drop(reading);
        assert!(sessions.find(&session.id, &owner("ada")).is_none());
        let sessions = Sessions::new(&Config { principal_sessions_max: 1, ..Config::default() });
        let of_ada = sessions.begin(owner("ada"), Map::new()).unwrap();
        let first = sessions.begin(owner("eve"), Map::new()).unwrap();
        sessions.begin(owner("eve"), Map::new()).unwrap();
        assert!(sessions.find(&of_ada.id, &owner("ada")).is_some());
        assert!(sessions.find(&first.id, &owner("eve")).is_none());
    }

    #[test]
    fn streams_and_watches_have_limits() {
        let config =
            Config { session_requests_max: 1, session_streams_max: 1, ..Config::default() };
        let sessions = Sessions::new(&config);
        let session = sessions.begin(owner("ada"), Map::new()).unwrap();
        let (number, outbox) = session.open(&config).unwrap();
        assert!(session.open(&config).is_none());
        outbox.end();
        assert!(session.open(&config).is_some());
        assert!(session.stream(number).is_none(), "the oldest that has ended makes room");
        assert!(session.watch("a", 1) && session.watch("a", 1) && !session.watch("b", 1));
    }

    #[tokio::test]
    async fn an_answer_finds_its_question() {
        let sessions = Sessions::new(&Config::default());
        let session = sessions.begin(owner("ada"), Map::new()).unwrap();
        let (id, told) = session.ask();
        session.answered(&json!(id), Ok(json!({ "ok": true })));
        assert_eq!(told.await.unwrap(), Ok(json!({ "ok": true })));
        let (_, told) = session.ask();
        sessions.end(&session);
        assert!(told.await.is_err());
    }
}
