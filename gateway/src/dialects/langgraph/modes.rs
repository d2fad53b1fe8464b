//! What of a run is told, and from which place in it.

use contracts::Refusal;
use serde_json::Value;

use crate::dialects::common::fields::wrong;

/// What of a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All messages, whenever there is another.
    Values,
    /// What each step adds.
    Updates,
    /// The answer that grows, whole each time.
    Messages,
    /// The answer that grows, piece by piece.
    Pieces,
    /// What LangChain calls events.
    Events,
    /// What a graph says by itself, which these do not.
    Custom,
    /// Each step as it ends, and the state that it leaves.
    Debug,
}

impl Mode {
    /// How a client writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Updates => "updates",
            Self::Messages => "messages",
            Self::Pieces => "messages-tuple",
            Self::Events => "events",
            Self::Custom => "custom",
            Self::Debug => "debug",
        }
    }

    /// The modes that a member names; `values` when none is.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn read(said: Option<Value>) -> Result<Vec<Self>, Refusal> {
        let names = match said {
            None => return Ok(vec![Self::Values]),
            Some(Value::Array(names)) => names,
            Some(name) => vec![name],
        };
        let read = |name: &Value| match name.as_str().unwrap_or_default() {
            "values" => Some(Self::Values),
            "updates" => Some(Self::Updates),
            "messages" => Some(Self::Messages),
            "messages-tuple" => Some(Self::Pieces),
            "events" => Some(Self::Events),
            "custom" => Some(Self::Custom),
            "debug" => Some(Self::Debug),
            _ => None,
        };
        let wanted = "is values, updates, messages, messages-tuple, events, custom or debug, or \
                      several";
        let modes = names.iter().map(|it| read(it).ok_or_else(|| wrong("stream_mode", wanted)));
        modes.collect()
    }
}

/// A place in a run: its revision, the event told of it, the bytes of the answer that grows then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The revision of the run.
    pub revision: u64,
    /// Which event told of it.
    pub told: u64,
    /// Bytes of the answer that grows then.
    pub bytes: u64,
}

impl Place {
    /// The place that a `Last-Event-ID` names; `None` = none of ours, so that all is told.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(str::parse);
        let mut part = || parts.next().and_then(Result::ok);
        Some(Self { revision: part()?, told: part()?, bytes: part()? })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}-{}-{}", self.revision, self.told, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Mode, Place};

    #[test]
    fn modes_are_named_alone_or_together() {
        assert_eq!(Mode::read(None).expect("modes"), [Mode::Values]);
        let both = Some(json!(["updates", "messages-tuple"]));
        assert_eq!(Mode::read(both).expect("modes"), [Mode::Updates, Mode::Pieces]);
        assert!(Mode::read(Some(json!("debugging"))).is_err());
    }

    #[test]
    fn places_follow_one_another() {
        let place = Place::read("3-1-12").expect("a place");
        assert_eq!(place.name(), "3-1-12");
        assert!(place < Place::read("3-2-0").expect("a place"));
        assert!(place < Place::read("4-0-0").expect("a place"));
        assert_eq!(Place::read("yesterday"), None);
    }
}
