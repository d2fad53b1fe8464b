//! A schema read: references followed, `allOf` merged, the depth bounded.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Map, Value};

/// Parts of a schema that are looked at for one answer, so that a schema that contains itself in
/// many places ends.
const PARTS_MAX: u32 = 50_000;

/// A schema and the whole that its references point into.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    root: &'a Value,
    value: Cow<'a, Value>,
    left: Rc<Cell<u32>>,
    /// How much deeper may be looked.
    pub levels: usize,
}

impl<'a> Node<'a> {
    /// The whole schema.
    pub fn root(root: &'a Value, levels: usize) -> Self {
        let left = Rc::new(Cell::new(PARTS_MAX));
        Self { root, value: Cow::Borrowed(root), left, levels }
    }

    /// The schema's value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Counts work that belongs to this schema.
    pub fn spend(&self, parts: usize) {
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        self.left.set(self.left.get().saturating_sub(parts));
    }

    /// Whether more was to be looked at than is allowed.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// A part of it, one level deeper.
    fn part(&self, get: impl for<'x> Fn(&'x Value) -> Option<&'x Value>) -> Option<Node<'a>> {
        let value = match &self.value {
            Cow::Borrowed(value) => Cow::Borrowed(get(value)?),
            Cow::Owned(value) => Cow::Owned(get(value)?.clone()),
        };
        Some(self.below(value))
    }

    fn below(&self, value: Cow<'a, Value>) -> Node<'a> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        let levels = if left == 0 { 0 } else { self.levels.saturating_sub(1) };
        Node { root: self.root, value, left: self.left.clone(), levels }.followed()
    }

    /// References followed; a chain of more than eight is given up.
    fn followed(mut self) -> Self {
        for _ in 0..8 {
            let Some(target) = self.value.get("$ref").and_then(Value::as_str) else { return self };
            let found = target.strip_prefix('#').and_then(|path| self.root.pointer(path));
            let Some(found) = found else { return self };
            self.value = Cow::Borrowed(found);
            self.levels = self.levels.saturating_sub(1);
        }
        self
    }

    /// References followed and the parts of `allOf` put together.
    pub fn merged(&self) -> Node<'a> {
        let node = self.clone().followed();
        let count = node.value.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
        if count == 0 || node.levels == 0 {
            return node;
        }
        let mut whole = node.value.as_object().cloned().unwrap_or_default();
        whole.remove("allOf");
        for at in 0..count.min(32) {
            let Some(part) = node.part(|value| value.get("allOf")?.get(at)) else { continue };
            let part = part.merged();
            let Some(members) = part.value.as_object() else { continue };
            for (name, value) in members {
                put_together(&mut whole, name, value);
            }
        }
        Node { value: Cow::Owned(Value::Object(whole)), ..node }
    }

    /// The members that it names, in the schema's order.
    pub fn properties(&self) -> impl Iterator<Item = (&str, Node<'a>)> {
        let members = self.value.get("properties").and_then(Value::as_object);
        let deep = self.levels > 0;
        members.into_iter().flatten().filter(move |_| deep).filter_map(|(name, _)| {
            let part = self.part(|value| value.get("properties")?.get(name))?;
            Some((name.as_str(), part))
        })
    }

    /// The members that must be there.
    pub fn required(&self) -> Vec<&str> {
        let names = self.value.get("required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// What each item of a list follows.
    pub fn items(&self) -> Option<Node<'a>> {
        if self.levels == 0 {
            return None;
        }
        let named = self.part(|value| value.get("items"));
        Some(named.unwrap_or_else(|| self.below(Cow::Owned(Value::Bool(true)))))
    }

    /// The branches of `anyOf` and `oneOf`.
    pub fn branches(&self) -> Vec<Node<'a>> {
        if self.levels == 0 {
            return Vec::new();
        }
        let parts = |name: &'static str| {
            let count = self.value.get(name).and_then(Value::as_array).map_or(0, Vec::len);
            (0..count.min(32)).filter_map(move |at| self.part(|value| value.get(name)?.get(at)))
        };
        parts("anyOf").chain(parts("oneOf")).collect()
    }

    /// A limit.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.value.get(name).and_then(Value::as_f64).filter(|number| number.is_finite())
    }

    /// A text of the schema.
    pub fn text(&self, name: &str) -> &str {
        self.value.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

fn put_together(whole: &mut Map<String, Value>, name: &str, value: &Value) {
    match (whole.get_mut(name), value) {
        (Some(Value::Object(own)), Value::Object(more)) => {
            own.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        (Some(Value::Array(own)), Value::Array(more)) if name == "required" => {
            own.extend(more.iter().cloned());
        }
        _ => {
            whole.insert(name.to_owned(), value.clone());
        }
    }
}

/// The types that a schema allows; none named = any.
pub fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
