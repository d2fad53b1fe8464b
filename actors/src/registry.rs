//! Which kinds a program has.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::page::PageRef;
use contracts::{Decider, Kind, Page, Pages};

use crate::kinds;
use crate::machine::{Machine, Typed};

/// The kinds of a program, by name. Explicit: what is not added here does not exist.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<Kind, KindRef>,
}

/// A kind without its types.
#[derive(Clone)]
pub struct KindRef {
    /// What may be said to it.
    pub page: PageRef,
    fresh: Arc<dyn Fn() -> Box<dyn Machine> + Send + Sync>,
}

impl KindRef {
    /// An actor of this kind to which nothing has happened.
    #[must_use]
    pub fn fresh(&self) -> Box<dyn Machine> {
        (self.fresh)()
    }
}

impl Registry {
    /// The kinds that come with the program, in the order of their names.
    #[must_use]
    pub fn standard() -> Self {
        Self::default()
            .with::<kinds::approval::Approval>()
            .with::<kinds::assistant::Assistant>()
            .with::<kinds::budget::Budget>()
            .with::<kinds::chaperone::Chaperone>()
            .with::<kinds::circadian::Circadian>()
            .with::<kinds::connector::Connector>()
            .with::<kinds::conversation::Conversation>()
            .with::<kinds::counter::Counter>()
            .with::<kinds::cron::Cron>()
            .with::<kinds::embedding::Embedding>()
            .with::<kinds::file::File>()
            .with::<kinds::item::Item>()
            .with::<kinds::job::Job>()
            .with::<kinds::knowledge::Knowledge>()
            .with::<kinds::limit::Limit>()
            .with::<kinds::myocyte::Myocyte>()
            .with::<kinds::nucleus::Nucleus>()
            .with::<kinds::organization::Organization>()
            .with::<kinds::osteon::Osteon>()
            .with::<kinds::policy::Policy>()
            .with::<kinds::principal::Principal>()
            .with::<kinds::run::Run>()
            .with::<kinds::subject::Subject>()
            .with::<kinds::synapse::Synapse>()
            .with::<kinds::thread::Thread>()
            .with::<kinds::webhook::Webhook>()
    }

    /// Adds the kind `D`.
    ///
    /// # Panics
    /// When there is a kind of that name already, or the name or one of its commands is reserved.
    #[must_use]
    pub fn with<D: Decider>(mut self) -> Self {
        let page = PageRef::of::<D::Page>();
        let kind = <D::Page as Page>::KIND;
        assert!(!RESERVED_KINDS.contains(&kind.as_str()), "the kind name {kind} is reserved");
        for command in <D::Page as Page>::COMMANDS {
            assert!(
                !RESERVED_COMMANDS.contains(command) && contracts::ids::is_token(command),
                "{kind} may not have a command called {command}"
            );
        }
        let fresh = Arc::new(|| Box::<Typed<D>>::default() as Box<dyn Machine>);
        let added = self.kinds.insert(kind.clone(), KindRef { page, fresh });
        assert!(added.is_none(), "there are two kinds called {kind}");
        self
    }

    /// The kind called `kind`.
    #[must_use]
    pub fn get(&self, kind: &Kind) -> Option<&KindRef> {
        self.kinds.get(kind)
    }

    /// The pages of all kinds.
    #[must_use]
    pub fn pages(&self) -> Pages {
        Pages::new(self.kinds.values().map(|kind| kind.page.clone()))
    }
}

/// Names that routes need for themselves.
pub const RESERVED_KINDS: &[&str] = &[
    "admin",
    "agui",
    "audio",
    "audit",
    "auth",
    "chat",
    "commands",
    "connectors",
    "conversations",
    "dead",
    "effects",
    "embeddings",
    "events",
    "export",
    "files",
    "import",
    "keys",
    "limits",
    "logs",
    "messages",
    "metrics",
    "models",
    "nats-users",
    "policies",
    "privacy",
    "responses",
    "secrets",
    "suite",
    "telemetry",
    "tickets",
    "timeline",
    "tools",
    "traces",
    "tree-heads",
    "usage",
    "verify",
    "webhooks",
    "work",
    "ws",
];

/// Names that routes need for themselves below an actor.
pub const RESERVED_COMMANDS: &[&str] =
    &["diff", "events", "fork", "live", "messages", "replay", "unmute", "verify", "waiting"];
