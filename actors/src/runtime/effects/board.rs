//! Who performs what, and when: a state machine over the ledger, without clock, task or port.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use contracts::effect::EffectClass;
use contracts::{Address, EffectId, Queue, Tenant, Timestamp};
use tokio_util::sync::CancellationToken;

use super::gates::{GateId, Gates};
use super::job::{Job, Stage, Start, What};
use super::lanes::{Ask, For, Lane, Lanes, Visit};
use super::lease::Before;
use super::ledger::{Change, Ledger};
use super::lines::{Line, Lines};
use super::pending::Standing;
use super::shares::Shares;
use crate::config::Config;
use crate::policy::Standing as Switches;

/// The classes that are performed here; workers ask for work.
const PERFORMED: [EffectClass; 6] = [
    EffectClass::Timer,
    EffectClass::Send,
    EffectClass::Fetch,
    EffectClass::Tool,
    EffectClass::Convert,
    EffectClass::Llm,
];

/// What the board may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The log is being read: nothing starts.
    Reading,
    /// Effects are performed.
    Open,
    /// The program ends: nothing more starts.
    Closed,
}

/// What workers that found nothing may find now.
#[derive(Debug, Default)]
pub struct News {
    /// One piece more for each, in these queues.
    pub queues: Vec<(Tenant, Queue)>,
    /// What a limit held.
    pub all: bool,
    /// Work that policies may object to, before any worker asks for it.
    pub work: Vec<EffectId>,
}

/// All effects that wait, and what this process does about each.
pub struct Board {
    /// What the log says.
    pub ledger: Ledger,
    /// What limits say.
    pub gates: Gates,
    /// Whether anything starts.
    pub phase: Phase,
    pub(super) shares: Shares,
    pub(super) jobs: HashMap<EffectId, Job>,
    pub(super) lines: Lines,
    lanes: Lanes,
    pub(super) wakes: BTreeSet<(Timestamp, EffectId)>,
    pub(super) settles: VecDeque<EffectId>,
    pub(super) settling: usize,
    settling_max: usize,
    pub(super) running: [usize; EffectClass::ALL.len()],
    pub(super) running_max: [usize; EffectClass::ALL.len()],
    /// When a rate that holds something admits again.
    rate_wake: Option<Timestamp>,
    /// As `rate_wake`, of work that a worker asked for.
    work_wake: Option<Timestamp>,
    /// Whether a limit held work that a worker asked for.
    pub(super) work_held: bool,
    pub(super) news: News,
    /// The switches engaged.
    pub(super) switches: Arc<Switches>,
    pub(super) config: Config,
}

/// Whether something is in the way of an effect whose turn it is.
struct Asked<'a> {
    jobs: &'a HashMap<EffectId, Job>,
    gates: &'a Gates,
    switches: &'a Switches,
    rate_wake: &'a mut Option<Timestamp>,
    now: Timestamp,
    /// Whether a limit or a switch held one.
    held: bool,
}

impl Ask for Asked<'_> {
    fn counts(&self, (id, visit): Visit) -> bool {
        let job = self.jobs.get(&id);
        job.is_some_and(|job| job.visit == visit && job.stage == Stage::Queued)
    }

    fn moves(&mut self, actor: &Address) -> bool {
        let named = Some((&actor.kind, &actor.id));
        let moves = self.switches.engaged(&actor.tenant, named).is_none();
        self.held |= !moves;
        moves
    }

    fn admits(&mut self, gates: &[GateId]) -> bool {
        let Err(held) = self.gates.check(gates, self.now) else { return true };
        self.held = true;
        *self.rate_wake = [*self.rate_wake, held.until].into_iter().flatten().min();
        false
    }
}

impl Board {
    /// A board that has read nothing.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let running_max = EffectClass::ALL.map(|class| match class {
            EffectClass::Llm => config.llm_concurrent_max,
            EffectClass::Send => config.send_concurrent_max,
            EffectClass::Timer => config.timer_concurrent_max,
            EffectClass::Fetch => config.fetch.concurrent_max,
            EffectClass::Tool => config.tool_concurrent_max,
            EffectClass::Convert => config.convert.concurrent_max,
            // Workers ask for work; nothing of it runs here.
            EffectClass::Work => usize::MAX,
        });
        Self {
            ledger: Ledger::default(),
            gates: Gates::default(),
            phase: Phase::Reading,
            shares: Shares::default(),
            jobs: HashMap::new(),
            lines: Lines::default(),
            lanes: Lanes::default(),
            wakes: BTreeSet::new(),
            settles: VecDeque::new(),
            settling: 0,
            settling_max: config.outcome_concurrent_max,
            running: [0; EffectClass::ALL.len()],
            running_max,
            rate_wake: None,
            work_wake: None,
            work_held: false,
            news: News::default(),
            switches: Arc::default(),
            config: config.clone(),
        }
    }

    /// The log is read: what it left over is taken over, in the order in which it was asked.
    pub fn open(&mut self, now: Timestamp) {
        self.phase = Phase::Open;
        let limits: Vec<_> =
            self.ledger.limits().map(|(id, it)| (id.clone(), it.clone())).collect();
        for (id, state) in limits {
            self.gates.set(&id, state, now);
        }
        let left: Vec<_> = self.ledger.all().map(|due| due.id).collect();
        for id in left {
            self.enter(id, now);
        }
    }

    /// Other switches are engaged.
    pub fn switched(&mut self, switches: Arc<Switches>) {
        self.switches = switches;
        self.news.all |= self.work_held;
        self.doubt_work();
    }

    /// Takes in what a commit changed.
    pub fn take_in(&mut self, changes: Vec<Change>, now: Timestamp) {
        if self.phase == Phase::Reading {
            return;
        }
        for change in changes {
            match change {
                Change::Owed(id) => self.enter(id, now),
                Change::Concluded(id) => self.concluded(id),
                Change::Said(id) => self.said(id, now),
                Change::Limited(gate) => {
                    let state = self.ledger.limit(&gate).cloned().unwrap_or_default();
                    self.gates.set(&gate, state, now);
                    self.news.all |= self.work_held;
                }
            }
        }
    }

    /// An effect that this process knew nothing of.
    pub(super) fn enter(&mut self, id: EffectId, now: Timestamp) {
        let Some(due) = self.ledger.get(id) else { return };
        let Some(effect) = due.asked.effect() else { return };
        if due.muted && due.standing.is_due() {
            return;
        }
        if !self.shares.performs(due.address.partition()) {
            return self.tell_of_work(id);
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            // What was let go of, and is this process's again before it has ended.
            job.concluded = false;
            if !job.stage.is_busy() {
                self.judge(id, now);
            }
            return;
        }
        let lane = Lane::of(&due.address, effect);
        let line = Line::of(&due.address, effect);
        let job = Job::new(due, lane, line);
        // What has begun before holds up nobody.
        let begun = due.attempts > 0 || due.muted;
        if let Some(line) = &job.line {
            self.lines.join(line, id);
        }
        self.jobs.insert(id, job);
        if begun {
            self.pass(id);
        }
        self.judge(id, now);
    }

    /// Something was said of an effect.
    fn said(&mut self, id: EffectId, now: Timestamp) {
        let Some(due) = self.ledger.get(id) else { return };
        let Some(job) = self.jobs.get_mut(&id) else { return self.enter(id, now) };
        // Another node has begun what this one was about to.
        if due.is_doubtful() && due.attempts > job.attempts && job.stage == Stage::Queued {
            job.attempts = due.attempts;
            return self.elsewhere(id, now);
        }
        job.attempts = job.attempts.max(due.attempts);
        let over = matches!(
            due.standing,
            Standing::Cancelled | Standing::Refused(_) | Standing::Resolved(_)
        );
        if over && matches!(job.stage, Stage::Running | Stage::Leased) {
            job.cut.cancel();
        }
        let held = matches!(job.stage, Stage::Paused | Stage::Unknown);
        let still = due.standing.is_due() && !held;
        if !job.stage.is_busy() && !still {
            self.judge(id, now);
        }
    }

    /// Puts an effect that nothing is at work on where it belongs.
    pub(super) fn judge(&mut self, id: EffectId, now: Timestamp) {
        let Some(due) = self.ledger.get(id) else { return };
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let doubtful = job.is_doubtful(due);
        job.visit += 1;
        match due.standing {
            Standing::Due if doubtful && job.class() == EffectClass::Work => {
                let grace = i64::try_from(self.config.work_grace_ms).unwrap_or(i64::MAX);
                job.stage = Stage::Adrift(now.plus_millis(grace));
                self.wakes.insert((now.plus_millis(grace), id));
            }
            Standing::Due if !doubtful => {
                (job.stage, job.round) = (Stage::Queued, 0);
                self.queue(id);
            }
            Standing::Due | Standing::Cancelled | Standing::Refused(_) | Standing::Resolved(_) => {
                job.stage = Stage::Settling;
                self.settles.push_back(id);
                self.pass(id);
            }
            Standing::Paused { .. } => {
                job.stage = Stage::Paused;
                // One that never began holds its place.
                if job.attempts > 0 {
                    self.pass(id);
                }
            }
            Standing::Unknown => {
                job.stage = Stage::Unknown;
                self.pass(id);
            }
        }
    }

    /// Lets a queued effect into its lane, when nobody of its line stands before it.
    pub(super) fn queue(&mut self, id: EffectId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let first = job.line.as_ref().is_none_or(|line| self.lines.first(line) == Some(id));
        if job.stage != Stage::Queued || !first {
            return;
        }
        job.visit += 1;
        if let Some(queue) = &job.lane.sort.queue {
            self.news.queues.push((job.lane.tenant.clone(), queue.clone()));
            if self.switches.names_effects(&job.lane.tenant, EffectClass::Work) {
                self.news.work.push(id);
            }
        }
        if let Some(due) = self.ledger.get(id) {
            self.lanes.push(&job.lane, &due.address, (id, job.visit));
        }
    }

    /// Those behind an effect may start.
    pub fn pass(&mut self, id: EffectId) {
        let Some(line) = self.jobs.get_mut(&id).and_then(|job| job.line.take()) else { return };
        if let Some(next) = self.lines.leave(&line, id) {
            self.queue(next);
        }
    }

    fn concluded(&mut self, id: EffectId) {
        self.pass(id);
        if let Some(job) = self.jobs.get_mut(&id) {
            if job.stage.is_busy() {
                job.concluded = true;
            } else {
                self.jobs.remove(&id);
            }
        }
    }

    /// What is to be done now.
    pub fn pump(&mut self, now: Timestamp) -> Vec<Start> {
        let mut starts = Vec::new();
        if self.phase != Phase::Open {
            return starts;
        }
        self.wake_up(now);
        self.rate_wake = None;
        for class in PERFORMED {
            while self.running[class as usize] < self.running_max[class as usize] {
                let (Some(id), _) = self.next(class, For::Anyone, now) else { break };
                starts.extend(self.start(id, Stage::Running, now));
            }
        }
        while self.settling < self.settling_max {
            let Some(id) = self.settles.pop_front() else { break };
            let (Some(job), Some(due)) = (self.jobs.get_mut(&id), self.ledger.get(id)) else {
                continue;
            };
            if job.stage != Stage::Settling {
                continue;
            }
            job.cut = CancellationToken::new();
            job.settling = due.standing.clone();
            self.settling += 1;
            starts.push(Start { due: due.clone(), what: What::Settle, cut: job.cut.clone() });
        }
        starts
    }

    /// Work of a queue that a worker may have now.
    pub fn lease(&mut self, tenant: &Tenant, queue: &Queue, now: Timestamp) -> Option<Start> {
        if self.phase != Phase::Open {
            return None;
        }
        let rate_wake = self.rate_wake.take();
        let (next, held) = self.next(EffectClass::Work, For::Worker(tenant, queue), now);
        self.work_held |= held;
        let held = std::mem::replace(&mut self.rate_wake, rate_wake);
        self.work_wake = [self.work_wake, held].into_iter().flatten().min();
        self.start(next?, Stage::Leased, now)
    }

    /// Work that a worker still has, though this process did not give it to it: the program was
    /// started anew meanwhile, or its lease has run out and nobody else has had it since.
    pub fn adopt(&mut self, before: Before, now: Timestamp) -> Option<Start> {
        let Before { effect: id, attempt, own } = before;
        let job = self.jobs.get_mut(&id).filter(|job| job.class() == EffectClass::Work)?;
        let due = self.ledger.get(id)?;
        let free = matches!(job.stage, Stage::Adrift(_) | Stage::Queued | Stage::BackOff(_));
        let same = job.attempts == attempt;
        let newer = if due.is_once() { same } else { job.attempts < attempt || own && same };
        if !free || !newer || self.phase != Phase::Open {
            return None;
        }
        (job.attempts, job.round) = (attempt, attempt.max(1));
        (job.stage, job.cut) = (Stage::Leased, CancellationToken::new());
        job.visit += 1;
        let what = What::Perform { attempt, round: job.round };
        let start = Start { due: due.clone(), what, cut: job.cut.clone() };
        self.gates.start(&job.lane.gates, now);
        self.running[EffectClass::Work as usize] += 1;
        self.pass(id);
        Some(start)
    }

    fn next(
        &mut self,
        class: EffectClass,
        whom: For<'_>,
        now: Timestamp,
    ) -> (Option<EffectId>, bool) {
        let Self { lanes, jobs, gates, rate_wake, switches, .. } = self;
        let mut asked = Asked { jobs, gates, switches, rate_wake, now, held: false };
        let next = lanes.take(class, whom, &mut asked);
        (next, asked.held)
    }

    fn start(&mut self, id: EffectId, stage: Stage, now: Timestamp) -> Option<Start> {
        let (job, due) = (self.jobs.get_mut(&id)?, self.ledger.get(id)?);
        if job.is_doubtful(due) {
            job.stage = Stage::Settling;
            self.settles.push_back(id);
            return None;
        }
        (job.stage, job.cut) = (stage, CancellationToken::new());
        job.attempts += 1;
        job.round += 1;
        self.running[job.class() as usize] += 1;
        self.gates.start(&job.lane.gates, now);
        let what = What::Perform { attempt: job.attempts, round: job.round };
        let start = Start { due: due.clone(), what, cut: job.cut.clone() };
        // A call and a lease have started now; a command when it is accepted, a timer when it is
        // set.
        if !matches!(job.class(), EffectClass::Send | EffectClass::Timer) {
            self.pass(id);
        }
        Some(start)
    }

    /// What workers that found nothing may find now; told once.
    pub fn take_news(&mut self) -> News {
        if self.news.all {
            self.work_held = false;
        }
        std::mem::take(&mut self.news)
    }

    fn wake_up(&mut self, now: Timestamp) {
        self.news.all |= self.work_wake.take_if(|at| *at <= now).is_some();
        while self.wakes.first().is_some_and(|(at, _)| *at <= now) {
            let Some((at, id)) = self.wakes.pop_first() else { return };
            match self.jobs.get_mut(&id) {
                Some(job) if job.stage == Stage::BackOff(at) => {
                    job.stage = Stage::Queued;
                    self.queue(id);
                }
                Some(job) if job.stage == Stage::Elsewhere(at) => self.judge(id, now),
                Some(job) if job.stage == Stage::Adrift(at) => {
                    job.stage = Stage::Settling;
                    self.settles.push_back(id);
                }
                _ => {}
            }
        }
    }

    /// When something is to be done though nothing happens; `None` = never.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        if self.phase != Phase::Open {
            return None;
        }
        let wake = self.wakes.first().map(|(at, _)| *at);
        let wakes = [wake, self.rate_wake, self.work_wake, self.ledger.next_deadline()];
        wakes.into_iter().flatten().min()
    }

    /// The program ends: nothing more starts, and what may be done again is cut off.
    pub fn close(&mut self) {
        self.phase = Phase::Closed;
        for (id, job) in &self.jobs {
            let once = self.ledger.get(*id).is_some_and(super::due::Due::is_once);
            if job.stage == Stage::Running && !once {
                job.cut.cancel();
            }
        }
    }

    /// How many calls that may be made only once are under way.
    #[must_use]
    pub fn once_running(&self) -> usize {
        self.jobs
            .values()
            .filter(|job| job.stage == Stage::Running && !job.cut.is_cancelled())
            .count()
    }
}
