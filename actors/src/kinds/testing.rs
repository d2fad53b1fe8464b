//! Given, when, then: how the tests of a kind speak.

use contracts::access::{Authority, Rights};
use contracts::decider::{EventContext, TimerRun};
use contracts::page::{read_command, read_event, write_event};
use contracts::{
    ActorId, Caller, Context, Decider, Decision, Effect, Hash, Origin, Outcome, Page, Principal,
    Refusal, Reply, Revision, Tenant, Timestamp, commit,
};
use serde_json::Value;

/// An actor with a history, about to be asked something.
pub struct Given<D: Decider> {
    /// Its state.
    pub state: D::State,
    /// Its id.
    pub me: ActorId,
    /// Whose it is.
    pub tenant: Tenant,
    /// How much later than its history the next command comes, in milliseconds.
    pub late_ms: i64,
    revision: Revision,
    by: Principal,
    authority: Authority,
    run: Option<TimerRun>,
    commands: u128,
    history: Vec<(<D::Page as Page>::Event, EventContext)>,
}

/// What came of a command.
pub struct Then<D: Decider> {
    /// The decision, or the refusal.
    pub result: Result<Decision<<D::Page as Page>::Event>, Refusal>,
    /// The effects that its events lead to.
    pub effects: Vec<Effect>,
    /// The actor with the decision's events applied.
    pub given: Given<D>,
}

/// An actor to which `events` have happened.
pub fn given<D: Decider>(events: impl IntoIterator<Item = <D::Page as Page>::Event>) -> Given<D> {
    let mut given = Given {
        state: D::State::default(),
        revision: Revision::ZERO,
        me: ActorId::from_static("me"),
        tenant: Tenant::from_static("main"),
        late_ms: 0,
        by: Caller::ADMIN,
        authority: Authority::everything(),
        run: None,
        commands: 0,
        history: Vec::new(),
    };
    for event in events {
        given.revision = given.revision.next();
        let at = given.event_context();
        given.state = D::evolve(given.state, &event, &at);
        given.history.push((event, at));
    }
    given
}

impl<D: Decider> Given<D> {
    fn event_context(&self) -> EventContext {
        let at = Timestamp::from_millis(1_800_000_000_000).plus_millis(self.revision.0 as i64);
        let by = Caller::new(self.by.clone(), Origin::Http);
        EventContext { at, revision: self.revision, by }
    }

    /// The context of the next command.
    pub fn context(&mut self) -> Context {
        self.commands += 1;
        let EventContext { at, by, .. } = self.event_context();
        Context {
            now: at.plus_millis(self.late_ms),
            by,
            tenant: self.tenant.clone(),
            me: self.me.clone(),
            command: commit::sample_command_id(self.commands),
            revision: self.revision.next(),
            policy: Hash::ZERO,
            authority: self.authority.clone(),
            run: self.run.take(),
        }
    }

    /// From now on `principal` asks.
    #[must_use]
    pub fn by(mut self, principal: &str) -> Self {
        self.by = principal.parse().expect("a principal");
        self
    }

    /// The next command is this run of a timer.
    #[must_use]
    pub const fn fired(mut self, run: TimerRun) -> Self {
        self.run = Some(run);
        self
    }

    /// From now on whoever asks has these rights.
    #[must_use]
    pub fn with_rights(mut self, rights: Rights) -> Self {
        self.authority = Authority::of(rights);
        self
    }

    /// Asks for the command `name` with `input`.
    pub fn when(mut self, name: &str, input: Value) -> Then<D> {
        let cx = self.context();
        let result = read_command::<D::Page>(name, &input)
            .and_then(|command| D::decide(&self.state, &command, &cx).map_err(Into::into));
        self.then(result)
    }

    /// Brings an outcome.
    pub fn when_outcome(mut self, outcome: &Outcome) -> Then<D> {
        let cx = self.context();
        let result = Ok(D::outcome(&self.state, outcome, &cx));
        self.then(result)
    }

    /// What has happened, in order.
    pub fn happened(&self) -> impl Iterator<Item = &<D::Page as Page>::Event> {
        self.history.iter().map(|(event, _)| event)
    }

    /// The state is the fold of what has happened, and is the same again after it was stored.
    ///
    /// # Panics
    /// When it is not.
    pub fn state_is_the_fold(&self) {
        let fold = |state, (event, at): &(<D::Page as Page>::Event, EventContext)| {
            let record = write_event::<D::Page>(event).expect("every event is on the page");
            let event = read_event::<D::Page>(&record).expect("what is written can be read");
            D::evolve(state, &event, at)
        };
        let folded = self.history.iter().fold(D::State::default(), fold);
        let state = serde_json::to_value(&self.state).expect("a state is JSON");
        assert_eq!(state, serde_json::to_value(&folded).expect("a state is JSON"));
        let stored: D::State = serde_json::from_value(state.clone()).expect("a stored state");
        assert_eq!(state, serde_json::to_value(&stored).expect("a state is JSON"));
    }

    fn then(mut self, result: Result<Decision<<D::Page as Page>::Event>, Refusal>) -> Then<D> {
        let mut effects = Vec::new();
        if let Ok(decision) = &result {
            if !decision.events.is_empty() {
                self.revision = self.revision.next();
            }
            for event in &decision.events {
                write_event::<D::Page>(event).expect("every event is on the page");
                let at = self.event_context();
                let after = D::evolve(self.state.clone(), event, &at);
                effects.extend(D::react(&self.state, event, &after));
                self.state = after;
                self.history.push((event.clone(), at));
            }
        }
        Then { result, effects, given: self }
    }
}

impl<D: Decider> Then<D> {
    /// The types of the events that were decided, as they are stored.
    pub fn types(&self) -> Vec<String> {
        let stored = |event| write_event::<D::Page>(event).expect("an event of the page").r#type;
        self.decided().events.iter().map(stored).collect()
    }

    /// The command was decided.
    ///
    /// # Panics
    /// When it was refused.
    pub fn decided(&self) -> &Decision<<D::Page as Page>::Event> {
        self.result.as_ref().unwrap_or_else(|refusal| panic!("refused: {refusal}"))
    }

    /// Exactly these events happened.
    pub fn then_events(self, events: &[<D::Page as Page>::Event]) -> Self
    where
        <D::Page as Page>::Event: PartialEq,
    {
        assert_eq!(self.decided().events, events);
        self
    }

    /// The answer is now and is `reply`.
    pub fn then_reply(self, reply: Value) -> Self {
        assert_eq!(self.decided().reply, Reply::Now(reply));
        self
    }

    /// The command was refused with `code`.
    pub fn then_refused(self, code: &str) -> Self {
        match &self.result {
            Err(refusal) => assert_eq!(refusal.code, code, "{refusal}"),
            Ok(decision) => panic!("not refused: {:?}", decision.events),
        }
        self
    }
}

/// What every page promises: names agree, examples and samples can be read.
pub fn page_is_consistent<P: Page>() {
    let names: Vec<_> = P::commands().iter().map(|spec| spec.name).collect();
    assert_eq!(names, P::COMMANDS, "COMMANDS and commands() agree");
    let types: Vec<_> = P::events().iter().map(|spec| spec.r#type).collect();
    let versions: Vec<_> = P::EVENTS.iter().map(|(r#type, _)| *r#type).collect();
    assert_eq!(types, versions, "EVENTS and events() agree");
    assert!(P::COMMANDS.contains(&P::CREATE), "CREATE is a command");
    for spec in P::commands() {
        read_command::<P>(spec.name, &spec.example).expect("every example can be read");
    }
    for (spec, (_, v)) in P::events().into_iter().zip(P::EVENTS) {
        let record =
            contracts::EventRecord { r#type: spec.r#type.to_owned(), v: *v, data: spec.sample };
        let event = read_event::<P>(&record).expect("every sample can be read");
        assert_eq!(write_event::<P>(&event).expect("and written"), record);
    }
}
