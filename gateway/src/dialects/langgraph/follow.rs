//! `GET /threads/{id}/stream`: a thread watched, whatever runs in it. Its runs are told one after
//! the other, as whoever begins one is told of it, and after each of them that it is done.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::response::Response;
use contracts::kinds::run::{self, Status};
use contracts::kinds::thread;
use contracts::ports::Flow;
use contracts::view::At;
use contracts::{ActorId, Address, EventRecord, Recorded, Refusal};
use futures_util::{StreamExt as _, stream as flows};
use serde_json::{Value, json};

use super::begin::MODES;
use super::modes::{Mode, Place};
use super::runs;
use super::state::{self, Ran};
use super::stream::{self, Watched};
use crate::dialects::common::asker::Asker;
use crate::dialects::common::fields::wrong;
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::shared::Shared;
use crate::edge::sse::{self, Event};
use crate::edge::standing;
use crate::edge::watch::{self, Seen};

/// What of a thread is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// What the runs tell of themselves.
    Runs,
    /// That runs begin and end.
    Lifecycle,
    /// The state that each run leaves.
    State,
}

impl Told {
    fn read(name: &str) -> Result<Self, Refusal> {
        match name {
            "run_modes" => Ok(Self::Runs),
            "lifecycle" => Ok(Self::Lifecycle),
            "state_update" => Ok(Self::State),
            _ => Err(wrong("stream_mode", "is run_modes, lifecycle or state_update")),
        }
    }
}

/// A place in a thread: its revision that begins a run, and where in what is told of that.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    revision: u64,
    /// `None` = all of the run was told.
    place: Option<Place>,
}

impl Mark {
    /// The place that a `Last-Event-ID` names; `-` is the beginning.
    fn read(text: &str) -> Option<Self> {
        if text == "-" {
            return Some(Self { revision: 0, place: None });
        }
        let (revision, place) = text.split_once(':')?;
        let place = if place == "done" { None } else { Some(Place::read(place)?) };
        Some(Self { revision: revision.parse().ok()?, place })
    }
}

/// `GET /threads/{id}/stream`.
pub async fn follow(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    let after = headers::text(&call.parts.headers, "last-event-id")?.and_then(Mark::read);
    let (permit, reader) = (call.open_stream(&shared)?, call.reader(&shared)?);
    drop(call);
    state::view(&shared, &asker, &id, At::Latest).await?;
    let named: Result<Vec<_>, _> = asker.query.all("stream_mode").map(Told::read).collect();
    let mut told = named?;
    if told.is_empty() {
        told.push(Told::Runs);
    }
    let address = Address::new(asker.tenant.clone(), thread::KIND, id.clone());
    let seen = watch::actor(&shared, address).await?;
    let (identity, scene) = (asker.identity.clone(), Arc::clone(&asker.scene));
    let following = Following {
        shared: Arc::clone(&shared),
        asker,
        thread: id,
        seen,
        told,
        after,
        next: VecDeque::new(),
        going: None,
        ready: VecDeque::new(),
    };
    let events = flows::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((event, following))
    });
    let events: Flow<Event> = Box::pin(events);
    let events = standing::while_standing(events, &shared, &identity, |it| failed(&it));
    Ok(sse::response(&shared, sse::shown(events, reader), permit, scene))
}

fn failed(refusal: &Refusal) -> Event {
    let data = json!({ "error": refusal.code, "message": refusal.message });
    Event { id: None, name: Some("error"), data: data.into() }
}

/// A run that is told.
struct Going {
    run: ActorId,
    /// The revision of the thread that begins it.
    revision: u64,
    events: Flow<Event>,
}

struct Following {
    shared: Arc<Shared>,
    asker: Asker,
    thread: ActorId,
    seen: Flow<Result<Seen, Refusal>>,
    told: Vec<Told>,
    after: Option<Mark>,
    /// Runs that are told next, each with the revision that begins it.
    next: VecDeque<(ActorId, u64)>,
    going: Option<Going>,
    ready: VecDeque<Event>,
}

/// What comes first.
enum Came {
    Event(Option<Event>),
    Seen(Option<Result<Seen, Refusal>>),
}

impl Following {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let result = match self.came().await {
                Came::Event(Some(event)) => {
                    self.heard(event);
                    Ok(())
                }
                Came::Event(None) => self.over().await,
                Came::Seen(None) => return None,
                Came::Seen(Some(Ok(Seen::Text(_)))) => Ok(()),
                Came::Seen(Some(Ok(Seen::Commit(recorded)))) => {
                    self.committed(&recorded);
                    self.begin().await
                }
                Came::Seen(Some(Err(refusal))) => Err(refusal),
            };
            if let Err(refusal) = result {
                return Some(failed(&refusal));
            }
        }
    }

    async fn came(&mut self) -> Came {
        let Some(going) = &mut self.going else { return Came::Seen(self.seen.next().await) };
        tokio::select! {
            biased;
            event = going.events.next() => Came::Event(event),
            seen = self.seen.next() => Came::Seen(seen),
        }
    }

    fn wants(&self, told: Told) -> bool {
        self.told.contains(&told)
    }

    /// What a commit of the thread says of its runs.
    fn committed(&mut self, recorded: &Recorded) {
        let revision = recorded.commit.revision.0;
        for event in &recorded.commit.events {
            match read(event) {
                Some(thread::Event::Extended(thread::Extend { run, .. }))
                | Some(thread::Event::Asked(thread::Asked { run, .. })) => {
                    self.next.push_back((run, revision));
                }
                Some(thread::Event::Withdrawn { runs }) => {
                    self.next.retain(|(run, _)| !runs.contains(run));
                    self.going.take_if(|going| runs.contains(&going.run));
                }
                _ => {}
            }
        }
    }

    /// The next run, where none is told now. Those that were over before anybody watched are told
    /// to whoever says from where.
    async fn begin(&mut self) -> Result<(), Refusal> {
        while self.going.is_none()
            && let Some((run, revision)) = self.next.pop_front()
        {
            let known = self.after.as_ref().filter(|after| after.revision >= revision);
            let place = known.and_then(|after| after.place.filter(|_| after.revision == revision));
            if known.is_some() && place.is_none() {
                continue;
            }
            let ran = state::run(&self.shared, &self.asker, &run).await?;
            let over = ran.as_ref().is_some_and(|ran| ran.status.is_over());
            if (over && self.after.is_none()) || !self.reads(&run) {
                continue;
            }
            let modes = modes(ran.as_ref());
            self.watch(run, revision, (modes, place, 1)).await?;
        }
        Ok(())
    }

    fn reads(&self, run: &ActorId) -> bool {
        self.asker.reads(&self.shared, &run::KIND, run.as_str())
    }

    async fn watch(
        &mut self,
        run: ActorId,
        revision: u64,
        (modes, after, from): (Vec<Mode>, Option<Place>, u64),
    ) -> Result<(), Refusal> {
        let (thread, named) = (self.thread.clone(), run.clone());
        let watched = Watched { thread, run: named, from, modes, after };
        let events = stream::events(&self.shared, &self.asker, watched).await?;
        self.going = Some(Going { run, revision, events });
        Ok(())
    }

    /// What a run tells of itself.
    fn heard(&mut self, event: Event) {
        let Some(going) = &self.going else { return };
        let begins = event.name == Some("metadata");
        let told = self.wants(Told::Runs) || (begins && self.wants(Told::Lifecycle));
        // That it is done is told in the words of the thread.
        if told && event.name != Some("end") {
            let id = event.id.map(|id| format!("{}:{id}", going.revision));
            self.ready.push_back(Event { id, ..event });
        }
    }

    /// A run has told all: it is done, or waits for its caller and may go on.
    async fn over(&mut self) -> Result<(), Refusal> {
        let Some(Going { run, revision, .. }) = self.going.take() else { return Ok(()) };
        let id = Some(format!("{revision}:done"));
        let address = Address::new(self.asker.tenant.clone(), run::KIND, run.clone());
        let Some(view) = self.shared.kept(&address).await? else { return self.begin().await };
        let ran: Ran = contracts::read::from_value(view.state)
            .map_err(|error| Refusal::internal(error.to_string()))?;
        if self.wants(Told::State) {
            let at = At::Latest;
            let snapshot = state::snapshot(&self.shared, &self.asker, &self.thread, at).await?;
            self.tell(id.clone(), "state_update", snapshot.state());
        }
        if self.wants(Told::Runs) || self.wants(Told::Lifecycle) {
            let told = json!({
                "run_id": run, "thread_id": self.thread, "status": runs::status(&ran),
            });
            self.tell(id, "run_done", told);
        }
        if ran.status == Status::Waiting && self.next.is_empty() {
            // Nothing of what it has told is told again when it goes on.
            let from = view.revision.0 + 1;
            return self.watch(run, revision, (modes(Some(&ran)), None, from)).await;
        }
        self.begin().await
    }

    fn tell(&mut self, id: Option<String>, name: &'static str, data: Value) {
        self.ready.push_back(Event { id, name: Some(name), data: data.into() });
    }
}

/// What a run tells of itself, as it was begun with.
fn modes(ran: Option<&Ran>) -> Vec<Mode> {
    let start = ran.and_then(|ran| ran.run.as_ref());
    let noted = start.and_then(|start| start.metadata.get(MODES));
    let names = noted.map(|noted| noted.split(',').map(|name| json!(name)).collect());
    Mode::read(names.map(Value::Array)).unwrap_or_else(|_| vec![Mode::Values])
}

fn read(record: &EventRecord) -> Option<thread::Event> {
    contracts::read::tagged(("type", &record.r#type), ("data", &record.data)).ok()
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn a_place_in_a_thread_names_a_run_and_a_place_in_that() {
        assert_eq!(Mark::read("-").map(|mark| mark.revision), Some(0));
        let mark = Mark::read("3:2-1-0").expect("a place");
        assert_eq!((mark.revision, mark.place.map(|place| place.revision)), (3, Some(2)));
        assert_eq!(Mark::read("3:done").expect("a place").place, None);
        for odd in ["3", "yesterday", "x:done", "3:x"] {
            assert_eq!(Mark::read(odd), None, "{odd}");
        }
    }
}
