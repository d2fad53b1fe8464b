//! Which budgets there are, and what each is about: a fold of the log that knows definitions only,
//! never what was spent, so that nobody is asked who need not be.

use std::collections::BTreeMap;

use contracts::kinds::budget::{self, Definition, Event, SYSTEM, Spender};
use contracts::lifecycle::FORKED;
use contracts::page::read_event;
use contracts::{ActorId, Address, Hash, Recorded, Revision, Tenant};
use serde::{Deserialize, Serialize};

/// Which budgets there are.
#[derive(Default)]
pub struct Budgets {
    known: BTreeMap<(Tenant, ActorId), Known>,
}

/// A budget, and the commit that was its last.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    /// What it allows; left out = everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    definition: Option<Box<Definition>>,
    revision: Revision,
    hash: Hash,
}

/// The budgets as they are kept.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeptBudgets(Vec<(Tenant, ActorId, Known)>);

impl Budgets {
    /// Folds a commit.
    pub fn fold(&mut self, recorded: &Recorded) {
        let commit = &recorded.commit;
        if commit.kind != budget::KIND {
            return;
        }
        let key = (commit.tenant.clone(), commit.id.clone());
        let (revision, hash) = (commit.revision, recorded.hash);
        let Some(known) = self.known.get_mut(&key) else {
            // A fork begins with nothing, wherever its history begins.
            let begins = revision == Revision(1) && commit.prev == Hash::ZERO;
            let forked = commit.events.iter().any(|event| event.r#type == FORKED);
            if begins || forked {
                let definition = after(None, recorded);
                self.known.insert(key, Known { definition, revision, hash });
            }
            return;
        };
        // What does not continue its chain is no commit of the budget, however well formed.
        if known.revision.next() == revision && known.hash == commit.prev {
            let definition = after(known.definition.take(), recorded);
            *known = Known { definition, revision, hash };
        }
    }

    /// The budgets that are about what `spender` spends, in a fixed order, the system's last.
    /// Without a model: those that may be, whatever is asked.
    #[must_use]
    pub fn covering(&self, spender: &Spender, model: Option<&str>) -> Vec<Address> {
        let mut all = self.of(&spender.tenant, spender, model);
        if spender.tenant != SYSTEM {
            all.extend(self.of(&SYSTEM, spender, model));
        }
        all
    }

    fn of(&self, home: &Tenant, spender: &Spender, model: Option<&str>) -> Vec<Address> {
        let first = (home.clone(), ActorId::from_static("0"));
        let here = self.known.range(first..).take_while(|((tenant, _), _)| tenant == home);
        let covers = |definition: &Definition| match model {
            Some(model) => definition.scope.covers(home, spender, model),
            None => {
                let any = budget::Scope { model: None, ..definition.scope.clone() };
                any.covers(home, spender, "")
            }
        };
        here.filter(|(_, known)| known.definition.as_deref().is_some_and(covers))
            .map(|((tenant, id), _)| Address::new(tenant.clone(), budget::KIND, id.clone()))
            .collect()
    }

    /// The budgets as they are kept.
    #[must_use]
    pub fn keep(&self) -> KeptBudgets {
        let kept = |((tenant, id), known): (&(Tenant, ActorId), &Known)| {
            (tenant.clone(), id.clone(), known.clone())
        };
        KeptBudgets(self.known.iter().map(kept).collect())
    }
}

impl From<KeptBudgets> for Budgets {
    fn from(kept: KeptBudgets) -> Self {
        let known = kept.0.into_iter().map(|(tenant, id, known)| ((tenant, id), known));
        Self { known: known.collect() }
    }
}

fn after(before: Option<Box<Definition>>, recorded: &Recorded) -> Option<Box<Definition>> {
    let events = recorded.commit.events.iter();
    events.filter(|event| matches!(&*event.r#type, "Set" | "Cleared")).fold(before, |now, event| {
        match read_event::<budget::Budget>(event) {
            Ok(Event::Set { definition, .. }) => Some(definition),
            Ok(Event::Cleared {}) => None,
            _ => now,
        }
    })
}
