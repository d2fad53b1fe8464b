//! The webhooks that there are, folded from the log.

use std::collections::{BTreeMap, HashMap};

use contracts::chain::{Doubts, Head};
use contracts::kinds::webhook::{self, Event, Filter};
use contracts::page::read_event;
use contracts::{ActorId, Address, Caller, Commit, Cursor, Entry, Recorded, Tenant, lifecycle};

/// A webhook, as far as it says what is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// Which events.
    pub filter: Filter,
    /// As whom it reads.
    pub owner: Caller,
    /// Whether it sends events.
    pub enabled: bool,
    /// Events behind this place are for it: where it was created or enabled, or the last that it
    /// was asked to send.
    since: Cursor,
}

/// All webhooks, by tenant. A tenant without one is not in it.
#[derive(Default)]
pub struct Table {
    hooks: HashMap<Tenant, BTreeMap<ActorId, Hook>>,
    chains: HashMap<Address, (Head, Doubts)>,
}

impl Table {
    /// Whether there is no webhook at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty()
    }

    /// Folds an entry of a webhook. What does not continue its chain counts for nothing.
    pub fn take(&mut self, entry: &Entry) {
        let address = match entry {
            Entry::Commit(recorded) => recorded.commit.address(),
            Entry::Foreign(foreign) => match &foreign.address {
                Some(address) => address.clone(),
                None => return,
            },
        };
        // A fork is kept from the world.
        if address.kind != webhook::KIND || Head::forked_from(entry).is_some() {
            return;
        }
        let (head, doubts) = self.chains.entry(address.clone()).or_default();
        let Some(next) = doubts.follow(*head, &address, entry) else { return };
        *head = next;
        if let Entry::Commit(recorded) = entry {
            self.fold(&address, recorded);
        }
    }

    fn fold(&mut self, address: &Address, recorded: &Recorded) {
        let own = recorded.commit.events.iter();
        let own = own.filter(|event| !event.r#type.starts_with(lifecycle::PREFIX));
        for record in own {
            match read_event::<webhook::Webhook>(record) {
                Ok(event) => self.apply(address, recorded.cursor, event),
                Err(error) => tracing::error!(actor = %address, %error, "hooks.unreadable"),
            }
        }
    }

    fn apply(&mut self, address: &Address, at: Cursor, event: Event) {
        let Address { tenant, id, .. } = address;
        if let Event::Created { filter, owner, .. } = event {
            let hook = Hook { filter, owner, enabled: true, since: at };
            self.hooks.entry(tenant.clone()).or_default().insert(id.clone(), hook);
            return;
        }
        let known = self.hooks.get_mut(tenant).and_then(|hooks| hooks.get_mut(id));
        let Some(hook) = known else { return };
        match event {
            Event::Updated { filter, owner, .. } => {
                hook.filter = filter.unwrap_or_else(|| std::mem::take(&mut hook.filter));
                hook.owner = owner;
            }
            Event::Enabled { owner } => {
                (hook.enabled, hook.since, hook.owner) = (true, at, owner);
            }
            Event::Disabled { .. } => hook.enabled = false,
            // A place of another log may lie ahead of this one.
            Event::DeliveryAsked(delivery) if delivery.again.is_none() => {
                hook.since = hook.since.max(delivery.place.cursor.min(at));
            }
            _ => {}
        }
    }

    /// From where the log must be read again when nobody knows how far it was read before.
    #[must_use]
    pub fn resume(&self, head: Cursor) -> Cursor {
        let hooks = self.hooks.values().flat_map(BTreeMap::values);
        let since = hooks.filter(|hook| hook.enabled).map(|hook| hook.since);
        // The last commit may hold more than was asked for.
        let since = since.map(|at| Cursor(at.0.saturating_sub(1)));
        since.min().unwrap_or(head).min(head)
    }

    /// The webhooks of whose filter each event of a commit is, with the places of those events.
    /// Events of webhooks are nobody's: they would lead to more of them without end.
    #[must_use]
    pub fn wanted(&self, commit: &Commit) -> Vec<(&ActorId, &Hook, Vec<u32>)> {
        let Some(hooks) = self.hooks.get(&commit.tenant) else { return Vec::new() };
        if commit.kind == webhook::KIND {
            return Vec::new();
        }
        let takes = |hook: &Hook| hook.enabled && hook.filter.takes_actor(&commit.kind, &commit.id);
        let hooks = hooks.iter().filter(|(_, hook)| takes(hook));
        let wanted = hooks.map(|(id, hook)| {
            let events = (0..).zip(&commit.events);
            let events = events.filter(|(_, event)| hook.filter.takes_type(&event.r#type));
            (id, hook, events.map(|(index, _)| index).collect::<Vec<u32>>())
        });
        wanted.filter(|(_, _, events)| !events.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use contracts::{Commit, Cursor, Entry, EventRecord, Hash, Recorded, Revision, commit};
    use serde_json::{Value, json};

    use super::Table;

    /// A log of one actor at a time.
    #[derive(Default)]
    struct Story {
        cursor: u64,
        heads: std::collections::HashMap<String, (Revision, Hash)>,
    }

    impl Story {
        fn next(&mut self, of: &str, events: &[(&str, Value)]) -> Entry {
            let (revision, prev) = self.heads.get(of).copied().unwrap_or_default();
            let commit = Commit {
                events: events
                    .iter()
                    .map(|(r#type, data)| EventRecord {
                        r#type: (*r#type).to_owned(),
                        v: 1,
                        data: data.clone(),
                    })
                    .collect(),
                ..commit::sample_commit(&of.parse().unwrap(), revision.next(), prev)
            };
            let raw = Bytes::from(commit.encode().unwrap());
            let hash = Hash::of(&raw);
            self.heads.insert(of.to_owned(), (commit.revision, hash));
            self.cursor += 1;
            let cursor = Cursor(self.cursor);
            Entry::Commit(Arc::new(Recorded { cursor, hash, commit, raw, imported: false }))
        }
    }

    fn created(filter: Value) -> (&'static str, Value) {
        let owner = json!({ "principal": "anna", "origin": "runtime" });
        let created = json!({
            "url": "https://a.example", "filter": filter, "secret": "webhook:h", "owner": owner,
        });
        ("Created", created)
    }

    fn wanted(table: &Table, entry: &Entry) -> Vec<(String, Vec<u32>)> {
        let Entry::Commit(recorded) = entry else { panic!("a commit") };
        let wanted = table.wanted(&recorded.commit).into_iter();
        wanted.map(|(id, _, events)| (id.to_string(), events)).collect()
    }

    #[test]
    fn only_what_is_asked_for_of_ones_own_tenant_is_wanted_and_never_a_hooks_own() {
        let (mut story, mut table) = (Story::default(), Table::default());
        assert!(table.is_empty());
        table.take(&story.next("t/webhook/all", &[created(json!({}))]));
        let filter = json!({ "kinds": ["approval"], "events": ["Proposed"], "actors": ["a"] });
        table.take(&story.next("t/webhook/some", &[created(filter)]));
        let named = json!({ "events": ["cambium:EffectConcluded"] });
        table.take(&story.next("t/webhook/runtimes", &[created(named)]));
        let two = [("Proposed", json!({})), ("cambium:EffectConcluded", json!({}))];
        let all = |events: &[u32]| ("all".to_owned(), events.to_vec());
        let some = || ("some".to_owned(), vec![0]);
        let runtimes = || ("runtimes".to_owned(), vec![1]);
        let entry = story.next("t/approval/a", &two);
        assert_eq!(wanted(&table, &entry), [all(&[0]), runtimes(), some()]);
        assert_eq!(wanted(&table, &story.next("t/approval/b", &two)), [all(&[0]), runtimes()]);
        assert_eq!(wanted(&table, &story.next("t/counter/a", &two[..1])), [all(&[0])]);
        assert!(wanted(&table, &story.next("u/approval/a", &two)).is_empty(), "another tenant");
        assert!(wanted(&table, &story.next("t/webhook/x", &two)).is_empty(), "no loop");
    }

    #[test]
    fn disabled_ones_want_nothing_and_forged_ones_do_not_exist() {
        let (mut story, mut table) = (Story::default(), Table::default());
        table.take(&story.next("t/webhook/h", &[created(json!({}))]));
        let entry = story.next("t/counter/a", &[("Added", json!({}))]);
        assert_eq!(table.resume(Cursor(9)), Cursor(0));
        table.take(&story.next("t/webhook/h", &[("Disabled", json!({ "reason": "asked" }))]));
        assert!(wanted(&table, &entry).is_empty());
        assert_eq!(table.resume(Cursor(9)), Cursor(9), "nobody waits for anything");
        let owner = json!({ "principal": "bob", "origin": "runtime" });
        table.take(&story.next("t/webhook/h", &[("Enabled", json!({ "owner": owner }))]));
        assert_eq!(wanted(&table, &entry), [("h".to_owned(), vec![0])]);
        assert_eq!(table.resume(Cursor(9)), Cursor(3), "from where it was enabled");
        // A message that does not continue the chain.
        let mut other = Story { cursor: 90, ..Story::default() };
        table.take(&other.next("t/webhook/h", &[created(json!({ "kinds": ["none"] }))]));
        assert_eq!(wanted(&table, &entry), [("h".to_owned(), vec![0])]);
    }
}
