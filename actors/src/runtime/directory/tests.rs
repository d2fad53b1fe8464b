use std::collections::BTreeMap;

use contracts::access::{Act, Capability, Grant, Rights, Roles};
use contracts::caller::Identity;
use contracts::kinds::{organization, principal};
use contracts::page::write_event;
use contracts::{
    Address, Caller, Commit, Cursor, Entry, EventRecord, Hash, Kind, Origin, Revision, Tenant,
    Timestamp, commit,
};
use proptest::prelude::*;
use serde_json::json;

use super::fold::Fold;
use super::snapshot::Snapshot;
use crate::kinds::organization::State as Org;
use crate::kinds::principal::State as Person;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn by(name: &str) -> Caller {
    Caller::new(name.parse().expect("a principal"), Origin::Http)
}

/// A log of commits, each of one event.
#[derive(Default)]
struct Tape {
    entries: Vec<Entry>,
    heads: BTreeMap<Address, (Revision, Hash)>,
}

impl Tape {
    fn add(&mut self, address: &Address, event: EventRecord) -> Entry {
        let (revision, prev) = self.heads.get(address).copied().unwrap_or_default();
        let cursor = Cursor(self.entries.len() as u64 + 1);
        let commit = commit_of(address, revision.next(), prev, event);
        let entry = entry(cursor, address, &commit);
        self.heads.insert(address.clone(), (revision.next(), entry.hash()));
        self.entries.push(entry.clone());
        entry
    }
}

fn entry(cursor: Cursor, address: &Address, commit: &Commit) -> Entry {
    let payload = commit.encode().expect("encodes").into();
    contracts::entry::Stored { cursor, address: address.clone(), payload, imported: false }.into()
}

fn commit_of(address: &Address, revision: Revision, prev: Hash, event: EventRecord) -> Commit {
    Commit { events: vec![event], ..commit::sample_commit(address, revision, prev) }
}

fn person(event: &principal::Event) -> EventRecord {
    write_event::<principal::Principal>(event).expect("on the page")
}

fn org(event: &organization::Event) -> EventRecord {
    write_event::<organization::Organization>(event).expect("on the page")
}

fn address(tenant: &str, kind: &Kind, id: &str) -> Address {
    let (tenant, id) = (tenant.parse().expect("a tenant"), id.parse().expect("an id"));
    Address::new(tenant, kind.clone(), id)
}

fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

const TENANTS: &[&str] = &["acme", "system", "navy"];
const NAMES: &[&str] = &["ada", "grace", "eve"];

#[derive(Debug, Clone)]
enum Step {
    Person(&'static str, &'static str, principal::Event),
    Org(&'static str, organization::Event),
    Other,
}

fn person_events() -> impl Strategy<Value = principal::Event> {
    let role = proptest::sample::select(&["admin", "user", "viewer", "auditor"][..]);
    let end = proptest::option::of(proptest::sample::select(&[-1_i64, 1][..]));
    let end = end.prop_map(|ms| ms.map(|ms| NOW.plus_millis(ms)));
    let pattern = proptest::sample::select(&["cap:*", "cap:counter.*", "cap:*.read"][..]);
    let key = proptest::sample::select(&["k1", "k2"][..]);
    prop_oneof![
        Just(principal::Event::Registered {
            sort: principal::Sort::User,
            display: None,
            email: None,
            owner: None
        }),
        (role.clone(), end.clone()).prop_map(|(role, expires_at)| {
            principal::Event::RoleAssigned { role: role.parse().expect("a role"), expires_at }
        }),
        role.prop_map(|role| principal::Event::RoleRemoved { role: role.parse().expect("one") }),
        (pattern.clone(), end.clone()).prop_map(|(pattern, expires_at)| {
            let grant = Grant::of(pattern.parse().expect("a pattern"));
            principal::Event::Granted(Grant { expires_at, ..grant })
        }),
        pattern.clone().prop_map(|it| principal::Event::Revoked {
            capability: it.parse().expect("a pattern")
        }),
        (key.clone(), proptest::option::of(pattern), end).prop_map(|(key, scope, expires_at)| {
            principal::Event::KeyIssued {
                id: key.parse().expect("an id"),
                hash: Hash::of(key.as_bytes()),
                label: String::new(),
                scope: scope.map(|it| vec![it.parse().expect("a pattern")]),
                expires_at,
            }
        }),
        key.prop_map(|key| principal::Event::KeyRevoked { id: key.parse().expect("an id") }),
        Just(principal::Event::Suspended { by: Caller::ADMIN, reason: None }),
        Just(principal::Event::Restored {}),
    ]
}

fn org_events() -> impl Strategy<Value = organization::Event> {
    use organization::{Event, MemberRole};
    let who = proptest::sample::select(&["ada", "grace@navy", "eve@system"][..]);
    let roles = [MemberRole::Viewer, MemberRole::Member, MemberRole::Admin, MemberRole::Owner];
    let role = proptest::sample::select(roles.to_vec());
    let allow = proptest::sample::select(&["cap:*.read", "cap:osteon.*"][..]);
    prop_oneof![
        (who.clone(), role).prop_map(|(who, role)| Event::MemberAdded {
            principal: who.parse().expect("a principal"),
            role
        }),
        who.prop_map(|who| Event::MemberRemoved { principal: who.parse().expect("a principal") }),
        allow.prop_map(|it| Event::RoleDefined {
            role: "auditor".parse().expect("a role"),
            allow: vec![it.parse().expect("a pattern")],
            except: Vec::new(),
        }),
        Just(Event::RoleDropped { role: "auditor".parse().expect("a role") }),
        Just(Event::PublisherSet { roles: Some(vec!["viewer".parse().expect("a role")]) }),
        Just(Event::PublisherSet { roles: None }),
        Just(Event::Suspended { by: Caller::ADMIN, reason: None }),
        Just(Event::Restored {}),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let tenant = || proptest::sample::select(TENANTS);
    let step = prop_oneof![
        6 => (tenant(), proptest::sample::select(NAMES), person_events())
            .prop_map(|(tenant, name, event)| Step::Person(tenant, name, event)),
        3 => (tenant(), org_events()).prop_map(|(tenant, event)| Step::Org(tenant, event)),
        1 => Just(Step::Other),
    ];
    proptest::collection::vec(step, 0..60)
}

/// The same from scratch: the states of the kinds, and what follows of them by the book.
#[derive(Default)]
struct Model {
    people: BTreeMap<(Tenant, String), Person>,
    orgs: BTreeMap<Tenant, Org>,
}

impl Model {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Person(at, name, event) => {
                let person = self.people.entry((tenant(at), (*name).to_owned())).or_default();
                *person = std::mem::take(person).after(event, NOW);
            }
            Step::Org(at, event) => {
                let org = self.orgs.entry(tenant(at)).or_default();
                *org = std::mem::take(org).after(event, NOW);
            }
            Step::Other => {}
        }
    }

    fn suspended(&self, at: &Tenant) -> bool {
        self.orgs.get(at).is_some_and(|org| org.governance.suspended)
    }

    fn roles(&self, at: &Tenant) -> Roles {
        let own = self.orgs.get(at).map(|org| org.governance.roles.clone()).unwrap_or_default();
        Roles::standard().and(own)
    }

    /// What somebody called `who` may do in `at`; `None` = nobody is called so.
    fn rights(&self, at: &Tenant, who: &str) -> Option<Rights> {
        let (name, home) = who.split_once('@').unwrap_or((who, at.as_str()));
        let home = tenant(home);
        let person = self.people.get(&(home.clone(), name.to_owned()))?;
        let member = self.orgs.get(at).and_then(|org| {
            org.governance.members.iter().find(|(it, _)| it.as_str() == who).map(|(_, role)| *role)
        });
        let roles = self.roles(&home);
        let (grants, mut held) = if home == *at {
            let assigned = person.access.roles.iter();
            let held =
                assigned.filter_map(|it| Some((roles.get(&it.role)?.clone(), it.expires_at)));
            (person.access.grants.clone(), held.collect::<Vec<_>>())
        } else {
            let admin = |name: &str| home.as_str() == "system" && name == "admin";
            let assigned = person.access.roles.iter().filter(|it| admin(it.role.as_str()));
            let held =
                assigned.filter_map(|it| Some((roles.get(&it.role)?.clone(), it.expires_at)));
            let mut held = held.collect::<Vec<_>>();
            let own = self
                .orgs
                .get(&home)
                .and_then(|org| org.governance.members.iter().find(|(it, _)| it.as_str() == name));
            if let Some((_, role)) = own.filter(|(_, role)| admin(role.role().as_str())) {
                held.push((roles.get(&role.role())?.clone(), None));
            }
            let above = !held.is_empty();
            if self.suspended(&home) && (above || member.is_some()) {
                return Some(Rights::nothing());
            }
            if !above && member.is_none() {
                return None;
            }
            if above {
                let held = held.iter().map(|(role, end)| (role, *end));
                let rights = Rights::of([], held);
                let down = person.access.suspended;
                return Some(if down { Rights::nothing() } else { rights });
            }
            (Vec::new(), Vec::new())
        };
        if let Some(member) = member {
            held.push((self.roles(at).get(&member.role())?.clone(), None));
        }
        if person.access.suspended || self.suspended(at) {
            return Some(Rights::nothing());
        }
        Some(Rights::of(&grants, held.iter().map(|(role, end)| (role, *end))))
    }
}

const ASKED: &[&str] =
    &["cap:counter.add", "cap:counter.read", "cap:osteon.ask", "cap:principal.grant"];

fn may(rights: &Rights) -> Vec<bool> {
    let capability = |text| Capability::parse(text).expect("a capability");
    let act = |text| Act { capability: capability(text), id: None, road: Origin::Http, now: NOW };
    ASKED.iter().map(|text| rights.may(&act(text))).collect()
}

fn agree(model: &Model, snapshot: &Snapshot) {
    for at in TENANTS.iter().map(|name| tenant(name)) {
        let strangers =
            NAMES.iter().flat_map(|name| TENANTS.iter().map(move |home| format!("{name}@{home}")));
        let own = NAMES.iter().map(|name| (*name).to_owned());
        for who in own.chain(strangers.filter(|who| !who.ends_with(&format!("@{at}")))) {
            let known = snapshot.rights(&at, &by(&who), NOW);
            let wanted = model.rights(&at, &who);
            assert_eq!(known.is_some(), wanted.is_some(), "{who} in {at}");
            let (known, wanted) = (known.unwrap_or_default(), wanted.unwrap_or_default());
            assert_eq!(may(&known), may(&wanted), "{who} in {at}");
        }
    }
}

fn written(steps: &[Step]) -> Tape {
    let mut tape = Tape::default();
    for step in steps {
        match step {
            Step::Person(at, name, event) => {
                tape.add(&address(at, &principal::KIND, name), person(event));
            }
            Step::Org(at, event) => {
                tape.add(&address(at, &organization::KIND, at), org(event));
            }
            Step::Other => {
                let data = json!({ "by": 1, "value": 1 });
                let event = EventRecord { r#type: "Added".to_owned(), v: 1, data };
                tape.add(&address("acme", &Kind::from_static("counter"), "c"), event);
            }
        }
    }
    tape
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// At every position the directory says what the states of the kinds say, and snapshots that
    /// were handed out before never change.
    #[test]
    fn the_directory_is_the_fold_of_the_log_at_any_cursor(steps in steps()) {
        let tape = written(&steps);
        let (mut fold, mut model) = (Fold::default(), Model::default());
        let mut kept = Vec::new();
        for (entry, step) in tape.entries.iter().zip(&steps) {
            fold.take(entry);
            model.take(step);
            agree(&model, fold.snapshot());
            kept.push(fold.snapshot().clone());
        }
        let mut model = Model::default();
        for (snapshot, step) in kept.iter().zip(&steps) {
            model.take(step);
            agree(&model, snapshot);
        }
    }
}

#[test]
fn a_message_that_does_not_continue_the_chain_gives_nobody_anything() {
    let ada = address("acme", &principal::KIND, "ada");
    let role = |role: &str| {
        let (role, expires_at) = (role.parse().expect("a role"), None);
        person(&principal::Event::RoleAssigned { role, expires_at })
    };
    let mut tape = Tape::default();
    tape.add(&ada, role("viewer"));
    let mut fold = Fold::default();
    assert!(fold.take(&tape.entries[0]));
    for (revision, prev) in [(2, Hash::ZERO), (1, Hash::ZERO), (3, tape.entries[0].hash())] {
        let forged = commit_of(&ada, Revision(revision), prev, role("admin"));
        assert!(!fold.take(&entry(Cursor(9), &ada, &forged)), "revision {revision}");
    }
    let rights = fold.snapshot().rights(&ada.tenant, &by("ada"), NOW).unwrap();
    assert_eq!(may(&rights), [false, true, false, false], "still only a viewer");
}

#[test]
fn a_key_belongs_to_who_had_it_first_and_ends_with_it() {
    let (ada, eve) =
        (address("acme", &principal::KIND, "ada"), address("navy", &principal::KIND, "eve"));
    let issued = |id: &str| {
        person(&principal::Event::KeyIssued {
            id: id.parse().expect("an id"),
            hash: Hash::of(b"the key"),
            label: "test".to_owned(),
            scope: None,
            expires_at: None,
        })
    };
    let mut tape = Tape::default();
    let mut fold = Fold::default();
    fold.take(&tape.add(&ada, issued("k1")));
    fold.take(&tape.add(&eve, issued("mine")));
    let holder = |fold: &Fold| fold.snapshot().holder(&Hash::of(b"the key"), NOW);
    let known = Identity::of(tenant("acme"), "ada".parse().unwrap(), Some("k1".parse().unwrap()));
    assert_eq!(holder(&fold), Some(known));
    let revoked = principal::Event::KeyRevoked { id: "mine".parse().expect("an id") };
    fold.take(&tape.add(&eve, person(&revoked)));
    assert!(holder(&fold).is_some(), "hers was never theirs to end");
    let suspended = principal::Event::Suspended { by: Caller::ADMIN, reason: None };
    fold.take(&tape.add(&ada, person(&suspended)));
    assert_eq!(holder(&fold), None);
    fold.take(&tape.add(&ada, person(&principal::Event::Restored {})));
    let revoked = principal::Event::KeyRevoked { id: "k1".parse().expect("an id") };
    fold.take(&tape.add(&ada, person(&revoked)));
    assert_eq!(holder(&fold), None);
}

/// Only the organization that is called as its tenant is says anything there, and nobody takes a
/// name that means something in every tenant.
#[test]
fn who_is_called_otherwise_says_nothing() {
    let other = address("acme", &organization::KIND, "navy");
    let member = organization::Event::MemberAdded {
        principal: "eve@navy".parse().expect("a principal"),
        role: organization::MemberRole::Owner,
    };
    let (mut tape, mut fold) = (Tape::default(), Fold::default());
    assert!(!fold.take(&tape.add(&other, org(&member))));
    let admin = address("acme", &principal::KIND, "publisher");
    let role =
        principal::Event::RoleAssigned { role: "admin".parse().expect("a role"), expires_at: None };
    assert!(!fold.take(&tape.add(&admin, person(&role))));
    let rights = fold.snapshot().rights(&tenant("acme"), &by("publisher"), NOW).unwrap();
    assert_eq!(may(&rights), [true, true, true, false], "as the program comes");
}
