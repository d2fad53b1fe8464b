//! Tasks: each is a run, told from its commits.

use std::collections::{BTreeSet, HashMap};

use actors::a2a::{State, Task};
use actors::kinds::thread::Entry;
use contracts::effect::{EffectRecorded, EffectRowQuery};
use contracts::kinds::run;
use contracts::{ActorId, Address, Refusal, RefusalClass, Timestamp};
use serde_json::{Value, json};

use super::desk::{Desk, task_named};
use crate::dialects::common::asker::Order;
use crate::dialects::common::fields::Fields;
use crate::dialects::common::{runs, threads};
use crate::edge::reading::{HeadsQuery, Order as By};

/// Tasks that are looked at for one list, at most.
const LISTED_MAX: usize = 10_000;
/// Tasks of a page when the caller does not say.
const PAGE_DEFAULT: usize = 50;
/// The most tasks of a page.
const PAGE_MAX: u64 = 100;
/// The most messages of a task that somebody may ask for.
const MESSAGES_MAX: u64 = 1_000_000;

/// There is no such task.
#[must_use]
pub fn unknown() -> Refusal {
    Refusal::not_found("actor_not_found", "there is no such task")
}

impl Desk {
    /// A run's address.
    #[must_use]
    pub fn run(&self, run: ActorId) -> Address {
        Address::new(self.asker.tenant.clone(), run::KIND, run)
    }

    /// The task of a run that the caller has been let through to.
    ///
    /// # Errors
    /// `actor_not_found`.
    pub async fn task(&self, run: ActorId) -> Result<Task, Refusal> {
        let address = self.run(run);
        let mut task = Task::new(address.id.clone());
        for recorded in runs::commits(&self.shared, &address).await? {
            task.take(&recorded);
        }
        if task.has_begun() { Ok(task) } else { Err(unknown()) }
    }
}

/// How many messages of a task are told; `None` = all.
///
/// # Errors
/// `invalid_input`.
pub fn messages(params: &mut Fields) -> Result<Option<usize>, Refusal> {
    let most = params.integer("historyLength", 0, MESSAGES_MAX)?;
    Ok(most.map(|most| usize::try_from(most).unwrap_or(usize::MAX)))
}

/// `GetTask`.
///
/// # Errors
/// `actor_not_found`, `invalid_input`.
pub async fn get(desk: &Desk, mut params: Fields) -> Result<Value, Refusal> {
    let (id, messages) = (task_named(&mut params, "id")?, messages(&mut params)?);
    Ok(desk.task(id).await?.to_json(messages, true))
}

/// `CancelTask`.
///
/// # Errors
/// `task_not_cancelable` for one that is over.
pub async fn cancel(desk: &Desk, mut params: Fields) -> Result<Value, Refusal> {
    let id = task_named(&mut params, "id")?;
    // The answer tells all of it.
    desk.asker.ensure(&desk.shared, (&run::KIND, "read"), Some(&id))?;
    let (kind, run, command) = (&run::KIND, Some(id.clone()), "cancel");
    let order = Order { kind, id: run, command, body: json!({}), key: None, wait: None };
    match desk.asker.order(&desk.shared, order).await {
        Ok(_) => Ok(desk.task(id).await?.to_json(None, true)),
        Err(refusal) if refusal.code == "run_over" => {
            let message = "the task is over and cannot be cancelled";
            Err(Refusal::new(RefusalClass::Conflict, "task_not_cancelable", message))
        }
        Err(refusal) => Err(refusal),
    }
}

/// A task as a list knows it before it is read: when it last changed, and which it is.
type Listed = (i64, ActorId);

/// `ListTasks`: the last changed first.
///
/// # Errors
/// `invalid_input`, `forbidden`; when the read models are away.
pub async fn list(desk: &Desk, mut params: Fields) -> Result<Value, Refusal> {
    let size = params.integer("pageSize", 1, PAGE_MAX)?.map(usize::try_from);
    let size = size.transpose().ok().flatten().unwrap_or(PAGE_DEFAULT);
    let messages = messages(&mut params)?;
    let artifacts = params.flag("includeArtifacts")?.unwrap_or_default();
    let wanted = Wanted::read(&mut params)?;
    let token = match params.text("pageToken")?.filter(|it| !it.is_empty()) {
        Some(text) => Some(place(&text).ok_or_else(|| {
            params.wrong("pageToken", "is the nextPageToken of an earlier answer")
        })?),
        None => None,
    };
    let (mut read, mut listed) = (HashMap::new(), Vec::new());
    match params.text("contextId")?.filter(|it| !it.is_empty()) {
        None => listed = heads(desk, &wanted).await?,
        Some(context) => {
            let thread = ActorId::new(&context)
                .map_err(|error| params.wrong("contextId", &error.to_string()))?;
            for task in of_context(desk, &thread).await? {
                let at = task.changed_at();
                if wanted.takes(task.state, at) {
                    listed.push((at.as_millis(), task.run.clone()));
                    read.insert(task.run.clone(), task);
                }
            }
        }
    }
    listed.sort_by(|one, other| other.cmp(one));
    let total = listed.len();
    if let Some(token) = token {
        listed.retain(|it| *it < token);
    }
    let more = listed.len() > size;
    listed.truncate(size);
    let next = listed.last().filter(|_| more).map(|(at, id)| format!("{at}:{id}"));
    let mut tasks = Vec::new();
    for (_, id) in listed {
        let task = match read.remove(&id) {
            Some(task) => task,
            None => desk.task(id).await?,
        };
        tasks.push(task.to_json(messages, artifacts));
    }
    Ok(json!({
        "tasks": tasks, "nextPageToken": next.unwrap_or_default(), "pageSize": size,
        "totalSize": total,
    }))
}

fn place(token: &str) -> Option<Listed> {
    let (at, id) = token.split_once(':')?;
    Some((at.parse().ok()?, ActorId::new(id).ok()?))
}

/// Which tasks the caller wants.
struct Wanted {
    state: Option<State>,
    after: Option<Timestamp>,
}

impl Wanted {
    fn read(params: &mut Fields) -> Result<Self, Refusal> {
        let state = params.text("status")?.filter(|it| it != "TASK_STATE_UNSPECIFIED");
        let state = match state {
            None => None,
            Some(name) => {
                let found = State::ALL.into_iter().find(|it| it.as_str() == name);
                Some(found.ok_or_else(|| params.wrong("status", "is a state of tasks"))?)
            }
        };
        let after = match params.text("statusTimestampAfter")? {
            None => None,
            Some(text) => Some(text.parse::<Timestamp>().map_err(|_| {
                params.wrong("statusTimestampAfter", "is a time as RFC 3339 writes it")
            })?),
        };
        Ok(Self { state, after })
    }

    fn takes(&self, state: State, at: Timestamp) -> bool {
        self.state.is_none_or(|wanted| wanted == state) && self.after.is_none_or(|after| at > after)
    }
}

/// The tasks that the caller may read, by the read models.
async fn heads(desk: &Desk, wanted: &Wanted) -> Result<Vec<Listed>, Refusal> {
    let shared = &desk.shared;
    runs::caught_up(shared).await;
    let (mut listed, mut after) = (Vec::new(), None);
    // What waits for somebody's yes goes on by its row, and waits by its task.
    let held = match wanted.state {
        Some(State::Working | State::InputRequired) => held(desk).await?,
        _ => BTreeSet::new(),
    };
    loop {
        let query = HeadsQuery {
            tenant: desk.asker.tenant.clone(),
            kind: Some(run::KIND),
            id_prefix: None,
            text: None,
            status: None,
            after,
            limit: shared.edge.config.page_items_max,
            order: By::Newest,
        };
        let page = shared.edge.reading.heads(query).await?;
        for row in &page.items {
            let id = row["id"].as_str().and_then(|id| ActorId::new(id).ok());
            let at = row["at"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
            let Some((id, mut at)) = id.zip(at) else { continue };
            if !desk.asker.reads(shared, &run::KIND, id.as_str()) {
                continue;
            }
            let mut state = state(&row["summary"]);
            if state == State::Working && held.contains(&id) {
                let task = desk.task(id.clone()).await?;
                (state, at) = (task.state, task.changed_at());
            }
            if wanted.takes(state, at) {
                listed.push((at.as_millis(), id));
            }
        }
        after = page.next;
        if after.is_none() || listed.len() >= LISTED_MAX {
            return Ok(listed);
        }
    }
}

/// The runs of which something is held, by the read models.
async fn held(desk: &Desk) -> Result<BTreeSet<ActorId>, Refusal> {
    let (mut runs, mut after) = (BTreeSet::new(), None);
    loop {
        let query = EffectRowQuery {
            tenant: desk.asker.tenant.clone(),
            kind: Some(run::KIND),
            actor: None,
            class: None,
            limit: None,
            status: Some(EffectRecorded::Paused),
            after,
            items_max: Some(desk.shared.edge.config.page_items_max),
        };
        let page = desk.shared.edge.reading.effects(query).await?;
        runs.extend(page.items.into_iter().map(|row| row.actor));
        after = page.next;
        if after.is_none() || runs.len() >= LISTED_MAX {
            return Ok(runs);
        }
    }
}

/// The state of a run by its row.
fn state(summary: &Value) -> State {
    match summary["status"].as_str().unwrap_or_default() {
        "waiting" => State::InputRequired,
        "completed" => State::Completed,
        "cancelled" => State::Canceled,
        "failed" => State::of_failure(summary["code"].as_str().unwrap_or_default()),
        _ => State::Working,
    }
}

/// The tasks of a context that the caller may read. One that was written down and never begun is
/// none.
async fn of_context(desk: &Desk, thread: &ActorId) -> Result<Vec<Task>, Refusal> {
    let called = format!("context {thread}");
    let kept = threads::kept(&desk.shared, &desk.asker, thread, &called).await?;
    let mut tasks = Vec::new();
    for entry in kept.entries.into_iter().rev().take(LISTED_MAX) {
        let Entry::Ran { run, .. } = entry else { continue };
        if !desk.asker.reads(&desk.shared, &run::KIND, run.as_str()) {
            continue;
        }
        match desk.task(run).await {
            Ok(task) => tasks.push(task),
            Err(refusal) if refusal.class == RefusalClass::NotFound => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(tasks)
}
