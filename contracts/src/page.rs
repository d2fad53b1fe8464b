//! What may be said to a kind and by it: one page per kind, and the registry of pages.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::commit::EventRecord;
use crate::ids::Kind;
use crate::privacy::Field;
use crate::read;
use crate::refusal::{Refusal, RefusalClass};
use crate::stop::{Stop, UnderWay};

/// Everything that may be said to a kind and by it.
pub trait Page: Send + Sync + 'static {
    /// The kind's name.
    const KIND: Kind;
    /// One sentence for people.
    const ABOUT: &'static str;
    /// The command that `PUT /v1/{kind}/{id}` and `POST /v1/{kind}` stand for.
    const CREATE: &'static str;
    /// Whether its ids mean something, so that none can be made up: an actor is always named.
    const NAMED: bool = false;
    /// Which members of its inputs are about persons, and so protected before anything is decided.
    const FIELDS: &'static [Field] = &[];
    /// The names of the commands; [`Page::commands`] says more of each.
    const COMMANDS: &'static [&'static str];
    /// The event types with the version that is written today; [`Page::events`] says more of each.
    const EVENTS: &'static [(&'static str, u32)];
    /// Commands, one variant each, snake case by serde. Either `#[serde(tag = "name", content =
    /// "input")]` or, as all kinds here, with no such attribute: less code is made of it.
    type Command: Serialize + DeserializeOwned + Debug + Send + Sync;
    /// Events, one variant each, with `#[serde(tag = "type", content = "data")]` or without.
    type Event: Serialize + DeserializeOwned + Clone + Debug + Send + Sync;
    /// What a command may be refused with.
    type Rejection: Into<Refusal> + Debug + Send;

    /// The commands, in the order of the docs.
    fn commands() -> Vec<CommandSpec>;

    /// The event types, in the order of the docs.
    fn events() -> Vec<EventSpec>;

    /// The rejections: code and when it is met.
    fn rejections() -> Vec<RejectionSpec>;

    /// What an event changes in the actor's row of the `heads` index: a JSON merge patch, at most
    /// 4 KiB. `None` = nothing.
    fn summary(event: &Self::Event) -> Option<Value>;

    /// What gives up the work that a command asked for, where the kind has a word for that. It ends
    /// nothing that another command asked for.
    #[must_use]
    fn stop(asked: &UnderWay<'_>) -> Option<Stop> {
        let _ = asked;
        None
    }

    /// An old event told in today's words. Called only when `v` is below today's version.
    ///
    /// # Errors
    /// When the data is not of version `v`.
    fn upcast(r#type: &str, v: u32, data: Value) -> Result<Value, String> {
        let _ = data;
        Err(format!("no upcast of {} {type} version {v}", Self::KIND))
    }
}

/// What makes a JSON Schema.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of `T`.
pub fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A command as documented.
#[derive(Debug, Clone)]
pub struct CommandSpec {
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// The shape of its input.
    pub input: SchemaOf,
    /// The shape of its final answer.
    pub output: SchemaOf,
    /// An input that works on an actor to which the page's earlier examples were sent.
    pub example: Value,
    /// Whether it may begin an actor that does not exist.
    pub begins: bool,
}

impl CommandSpec {
    /// The schema of its input, with nothing in it elsewhere.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        let mut generator = SchemaSettings::default().into_generator();
        let named = (self.input)(&mut generator).to_value();
        let name = named["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let found = name.and_then(|name| generator.definitions().get(name).cloned());
        found.unwrap_or(named)
    }
}

/// An event type as documented.
#[derive(Debug, Clone)]
pub struct EventSpec {
    /// Its type.
    pub r#type: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// A sample of today's version, also the golden one.
    pub sample: Value,
}

/// A command of a page; it begins no actor unless [`beginning`] says so.
pub(crate) fn command<I: JsonSchema, O: JsonSchema>(
    name: &'static str,
    about: &'static str,
    example: Value,
) -> CommandSpec {
    let (input, output) = (schema_of::<I> as SchemaOf, schema_of::<O> as SchemaOf);
    CommandSpec { name, about, input, output, example, begins: false }
}

/// The commands, of which those called by one of `names` may begin an actor.
pub(crate) fn beginning(names: &[&str], mut commands: Vec<CommandSpec>) -> Vec<CommandSpec> {
    for command in &mut commands {
        command.begins = names.contains(&command.name);
    }
    commands
}

/// An event of a page.
pub(crate) const fn event(r#type: &'static str, about: &'static str, sample: Value) -> EventSpec {
    EventSpec { r#type, about, sample }
}

/// A rejection as documented.
#[derive(Debug, Clone, Copy)]
pub struct RejectionSpec {
    /// Its stable code.
    pub code: &'static str,
    /// When it is met.
    pub about: &'static str,
}

/// A page without its types: what the registry keeps.
#[derive(Clone)]
pub struct PageRef {
    /// The kind's name.
    pub kind: Kind,
    /// One sentence for people.
    pub about: &'static str,
    /// The command that creation stands for.
    pub create: &'static str,
    /// Whether its ids mean something, so that none can be made up.
    pub named: bool,
    /// Which members of its inputs are about persons.
    pub fields: &'static [Field],
    /// The commands.
    pub commands: Arc<[CommandSpec]>,
    /// The event types with the version that is written today.
    pub versions: &'static [(&'static str, u32)],
    /// The event types.
    pub events: Arc<[EventSpec]>,
    /// The rejections.
    pub rejections: Arc<[RejectionSpec]>,
    summary: fn(&EventRecord) -> Option<Value>,
    today: fn(EventRecord) -> Result<EventRecord, EventError>,
    readable: fn(&str, &Value) -> Result<(), Refusal>,
    stop: fn(&UnderWay<'_>) -> Option<Stop>,
}

impl PageRef {
    /// The page `P` without its types.
    #[must_use]
    pub fn of<P: Page>() -> Self {
        Self {
            kind: P::KIND,
            about: P::ABOUT,
            create: P::CREATE,
            named: P::NAMED,
            fields: P::FIELDS,
            commands: P::commands().into(),
            versions: P::EVENTS,
            events: P::events().into(),
            rejections: P::rejections().into(),
            summary: |record| read_event::<P>(record).ok().as_ref().and_then(P::summary),
            today: today::<P>,
            readable: |name, input| read_command::<P>(name, input).map(drop),
            stop: P::stop,
        }
    }

    /// The command called `name`.
    #[must_use]
    pub fn command(&self, name: &str) -> Option<&CommandSpec> {
        self.commands.iter().find(|spec| spec.name == name)
    }

    /// What an event changes in the actor's row of the `heads` index.
    #[must_use]
    pub fn summary(&self, event: &EventRecord) -> Option<Value> {
        (self.summary)(event)
    }

    /// What gives up the work that a command asked for, where there is a word for that.
    #[must_use]
    pub fn stop(&self, asked: &UnderWay<'_>) -> Option<Stop> {
        (self.stop)(asked)
    }

    /// Whether `input` is of the shape that the command `name` takes.
    ///
    /// # Errors
    /// As [`read_command`].
    pub fn ensure_readable(&self, name: &str, input: &Value) -> Result<(), Refusal> {
        (self.readable)(name, input)
    }

    /// An event told in today's words.
    ///
    /// # Errors
    /// When its type is unknown, its version newer than this program, or its data not of it.
    pub fn today(&self, event: EventRecord) -> Result<EventRecord, EventError> {
        (self.today)(event)
    }
}

/// An event that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {type} version {v}: {reason}")]
pub struct EventError {
    /// Its type.
    pub r#type: String,
    /// Its version.
    pub v: u32,
    /// Why not.
    pub reason: String,
}

fn version_of<P: Page>(r#type: &str) -> Option<u32> {
    P::EVENTS.iter().find(|(name, _)| *name == r#type).map(|(_, version)| *version)
}

fn today<P: Page>(record: EventRecord) -> Result<EventRecord, EventError> {
    let EventRecord { r#type, v, data } = record;
    if is_today::<P>(&r#type, v)? {
        return Ok(EventRecord { r#type, v, data });
    }
    let data = P::upcast(&r#type, v, data).map_err(|reason| EventError {
        r#type: r#type.clone(),
        v,
        reason,
    })?;
    let version = version_of::<P>(&r#type).unwrap_or(v);
    Ok(EventRecord { r#type, v: version, data })
}

/// Whether an event is told in today's words already.
fn is_today<P: Page>(r#type: &str, v: u32) -> Result<bool, EventError> {
    let error = |reason: String| EventError { r#type: r#type.to_owned(), v, reason };
    let version = version_of::<P>(r#type).ok_or_else(|| error("unknown type".to_owned()))?;
    if v > version || v == 0 {
        return Err(error(format!("this program knows versions 1 to {version}")));
    }
    Ok(v == version)
}

/// Reads an event of the page `P`, upcast to today's version.
///
/// # Errors
/// As [`PageRef::today`].
pub fn read_event<P: Page>(record: &EventRecord) -> Result<P::Event, EventError> {
    if is_today::<P>(&record.r#type, record.v)? {
        return decoded(record);
    }
    decoded(&today::<P>(record.clone())?)
}

fn decoded<E: DeserializeOwned>(record: &EventRecord) -> Result<E, EventError> {
    let EventRecord { r#type, v, data } = record;
    read::tagged(("type", r#type), ("data", data)).map_err(|fault| EventError {
        r#type: r#type.clone(),
        v: *v,
        reason: fault.to_string(),
    })
}

/// Writes an event of the page `P` in today's version.
///
/// # Errors
/// When the event's type is not among [`Page::events`].
pub fn write_event<P: Page>(event: &P::Event) -> Result<EventRecord, EventError> {
    let error = |r#type: &str, reason: &str| EventError {
        r#type: r#type.to_owned(),
        v: 0,
        reason: reason.to_owned(),
    };
    let value = serde_json::to_value(event).map_err(|e| error("", &e.to_string()))?;
    let (r#type, data) = parted(value);
    let v = version_of::<P>(&r#type).ok_or_else(|| error(&r#type, "is not on the page"))?;
    Ok(EventRecord { r#type, v, data })
}

/// The type and the data of an event, tagged as its enum has it: `{"type": …, "data": …}`, or
/// `{type: data}` and the type alone.
pub(crate) fn parted(mut event: Value) -> (String, Value) {
    match &mut event {
        Value::String(r#type) => (std::mem::take(r#type), Value::Null),
        Value::Object(members) if members.len() == 1 && !members.contains_key("type") => {
            std::mem::take(members).into_iter().next().unwrap_or_default()
        }
        tagged => {
            let r#type = tagged["type"].as_str().unwrap_or_default().to_owned();
            (r#type, tagged["data"].take())
        }
    }
}

/// Reads a command of the page `P`.
///
/// # Errors
/// `unknown_command`, or `invalid_input` naming the field at fault.
pub fn read_command<P: Page>(name: &str, input: &Value) -> Result<P::Command, Refusal> {
    if !P::COMMANDS.contains(&name) {
        return Err(Refusal::not_found(
            "unknown_command",
            format!("{} has no command {name}; it has {}", P::KIND, P::COMMANDS.join(", ")),
        ));
    }
    let misshapen = |field: String, message: String| {
        let about = format!("the input of {} {name} is not of its shape", P::KIND);
        Refusal::new(RefusalClass::Malformed, "invalid_input", about).field(field, message)
    };
    read::tagged(("name", name), ("input", input)).map_err(|fault| {
        let read::Misplaced { path, error } = fault;
        let field = if path.starts_with("input") { path } else { "input".to_owned() };
        misshapen(field, error.to_string())
    })
}

/// All pages of a system, by kind.
#[derive(Clone, Default)]
pub struct Pages(Arc<BTreeMap<Kind, PageRef>>);

impl Pages {
    /// The registry of `pages`.
    #[must_use]
    pub fn new(pages: impl IntoIterator<Item = PageRef>) -> Self {
        Self(Arc::new(pages.into_iter().map(|page| (page.kind.clone(), page)).collect()))
    }

    /// The page of `kind`.
    #[must_use]
    pub fn get(&self, kind: &Kind) -> Option<&PageRef> {
        self.0.get(kind)
    }

    /// The pages in the order of their kinds.
    pub fn iter(&self) -> impl Iterator<Item = &PageRef> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read_command;
    use crate::kinds::counter::Counter;

    #[test]
    fn an_input_is_an_object_and_no_list_of_its_members() {
        assert!(read_command::<Counter>("add", &json!({ "by": 2 })).is_ok());
        for list in [json!([]), json!([2])] {
            let refusal = read_command::<Counter>("add", &list).unwrap_err();
            assert_eq!((&*refusal.code, &*refusal.errors[0].field), ("invalid_input", "input"));
        }
    }
}
