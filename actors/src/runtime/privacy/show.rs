//! Opening what is protected for somebody who looks.

use std::collections::HashMap;

use contracts::access::{Act, Capability};
use contracts::privacy::{
    AREA, DataClass, KeyId, Part, ProtectedText, Viewer, carries, parts, within,
};
use contracts::{ActorId, Caller, Tenant};
use serde_json::{Value, json};

use crate::privacy::{Keys, SubjectKey, open};
use crate::runtime::shared::Shared;

/// What becomes of one protected value.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// It is shown.
    Plain(Value),
    /// It is not for whoever looks.
    Masked(DataClass),
    /// Its key is gone.
    Erased(DataClass),
    /// Its key cannot be had now.
    Unavailable(DataClass),
}

impl Seen {
    fn value(self) -> Value {
        match self {
            Self::Plain(value) => value,
            Self::Masked(class) => json!({ "protected": class }),
            Self::Erased(class) => json!({ "protected": class, "erased": true }),
            Self::Unavailable(class) => json!({ "protected": class, "unavailable": true }),
        }
    }

    /// The same within a longer text.
    pub fn text(self) -> String {
        match self {
            Self::Plain(Value::String(text)) => text,
            Self::Plain(value) => value.to_string(),
            Self::Masked(class) => format!("[protected: {class}]"),
            Self::Erased(_) => "[erased]".to_owned(),
            Self::Unavailable(class) => format!("[protected: {class}, unavailable]"),
        }
    }
}

/// `value` as `viewer` sees it.
pub async fn shown(keys: &Keys, tenant: &Tenant, viewer: &Viewer, mut value: Value) -> Value {
    if !within(&value) {
        return value;
    }
    let mut opener = Opener::new(keys, tenant);
    let mut all = Vec::new();
    collect(&value, &mut all);
    for protected in &all {
        if viewer.sees(protected.class, &protected.subjects) {
            opener.learn(protected).await;
        }
    }
    replace(&mut value, &|protected| {
        if viewer.sees(protected.class, &protected.subjects) {
            opener.see(protected)
        } else {
            Seen::Masked(protected.class)
        }
    });
    value
}

impl Shared {
    /// `value` as the one who sent a command sees it.
    pub async fn shown_to(&self, tenant: &Tenant, by: Option<&Caller>, value: Value) -> Value {
        if !within(&value) {
            return value;
        }
        let viewer = by.map_or_else(Viewer::nobody, |by| self.viewer(tenant, by));
        shown(&self.keys, tenant, &viewer, value).await
    }

    /// `value` as it may be written down for the one who sent a command: what he may see stays
    /// protected, so that an erasure reaches it there too, and the rest is masked.
    pub fn kept_for(&self, tenant: &Tenant, by: &Caller, mut value: Value) -> Value {
        if within(&value) {
            let viewer = self.viewer(tenant, by);
            replace(&mut value, &|protected| {
                if viewer.sees(protected.class, &protected.subjects) {
                    Seen::Plain(Value::String(protected.to_string()))
                } else {
                    Seen::Masked(protected.class)
                }
            });
        }
        value
    }

    /// `value` in plain words, for what is done in the world: secrets too.
    pub async fn opened(&self, tenant: &Tenant, mut value: Value) -> Value {
        if !within(&value) {
            return value;
        }
        let (mut found, mut opener) = (Vec::new(), Opener::new(&self.keys, tenant));
        collect(&value, &mut found);
        for protected in &found {
            opener.learn(protected).await;
        }
        replace(&mut value, &|protected| opener.see(protected));
        value
    }

    /// How far a caller sees.
    fn viewer(&self, tenant: &Tenant, by: &Caller) -> Viewer {
        let now = self.world.clock.now();
        let snapshot = self.directory.snapshot();
        let rights = snapshot.rights(tenant, by, now);
        let capability = Capability::read(AREA);
        let act = Act { capability, id: None, road: by.origin, now };
        let own = rights.as_ref().and_then(|_| ActorId::new(by.principal.as_str()).ok());
        Viewer { own, all: rights.is_some_and(|rights| rights.may(&act)) }
    }
}

/// The keys of what is about to be opened.
pub struct Opener<'a> {
    keys: &'a Keys,
    tenant: &'a Tenant,
    known: HashMap<(KeyId, Vec<ActorId>), Known>,
}

enum Known {
    Key(SubjectKey),
    Gone,
    Away,
}

impl<'a> Opener<'a> {
    /// Knows no key yet.
    pub fn new(keys: &'a Keys, tenant: &'a Tenant) -> Self {
        Self { keys, tenant, known: HashMap::new() }
    }

    /// Looks for the key of a value.
    pub async fn learn(&mut self, protected: &ProtectedText) {
        let name = (protected.key, protected.subjects.clone());
        if self.known.contains_key(&name) {
            return;
        }
        let known = match self.keys.joint(self.tenant, &protected.subjects).await {
            Ok(Some(key)) if key.id() == protected.key => Known::Key(key),
            Ok(_) => Known::Gone,
            Err(error) => {
                tracing::warn!(%error, "subject_keys.unavailable");
                Known::Away
            }
        };
        self.known.insert(name, known);
    }

    /// A value whose key was looked for.
    pub fn see(&self, protected: &ProtectedText) -> Seen {
        let class = protected.class;
        match self.known.get(&(protected.key, protected.subjects.clone())) {
            Some(Known::Key(key)) => {
                open(key, self.tenant, protected).map_or(Seen::Masked(class), Seen::Plain)
            }
            Some(Known::Gone) => Seen::Erased(class),
            Some(Known::Away) | None => Seen::Unavailable(class),
        }
    }
}

/// The protected values that stand in `value`.
pub fn collect(value: &Value, into: &mut Vec<ProtectedText>) {
    match value {
        Value::String(text) if carries(text) => {
            into.extend(parts(text).into_iter().filter_map(|part| match part {
                Part::Protected(protected) => Some(*protected),
                Part::Plain(_) | Part::Broken => None,
            }));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(members) => members.values().for_each(|member| collect(member, into)),
        _ => {}
    }
}

/// Puts what is seen in the place of each protected value.
pub fn replace(value: &mut Value, see: &dyn Fn(&ProtectedText) -> Seen) {
    match value {
        Value::String(text) if carries(text) => {
            let found = parts(text);
            *value = match &found[..] {
                [Part::Protected(protected)] => see(protected).value(),
                found => Value::String(found.iter().map(|part| told(part, see)).collect()),
            };
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, see)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, see)),
        _ => {}
    }
}

/// A piece of a longer text.
pub fn told(part: &Part<'_>, see: &dyn Fn(&ProtectedText) -> Seen) -> String {
    match part {
        Part::Plain(text) => (*text).to_owned(),
        Part::Protected(protected) => see(protected).text(),
        Part::Broken => "[protected]".to_owned(),
    }
}
