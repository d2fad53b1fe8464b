//! How actors and positions are typed.

use std::fmt;
use std::str::FromStr;

use contracts::{ActorId, CommandId, Kind, Revision, Timestamp};

/// One actor: `KIND/ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub id: ActorId,
}

impl FromStr for Subject {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, id) = text
            .split_once('/')
            .ok_or_else(|| "an actor is written KIND/ID, such as counter/first".to_owned())?;
        Ok(Self {
            kind: kind.parse().map_err(|error: contracts::ids::InvalidId| error.to_string())?,
            id: id.parse().map_err(|error: contracts::ids::InvalidId| error.to_string())?,
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// `KIND/ID`, or `KIND` alone for an actor whose id the server makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: Kind,
    /// Which one; `None` = a new one.
    pub id: Option<ActorId>,
}

impl FromStr for Target {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            let Subject { kind, id } = text.parse()?;
            return Ok(Self { kind, id: Some(id) });
        }
        let kind = text.parse().map_err(|error: contracts::ids::InvalidId| error.to_string())?;
        Ok(Self { kind, id: None })
    }
}

/// An actor or a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// `KIND/ID`.
    Actor(Subject),
    /// A UUID.
    Command(CommandId),
}

impl FromStr for Thing {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            return text.parse().map(Self::Actor);
        }
        let id = text.parse().map_err(|_| {
            "neither an actor (KIND/ID) nor the id of a command (a UUID)".to_owned()
        })?;
        Ok(Self::Command(id))
    }
}

/// A point in an actor's past: a revision or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// After this revision.
    Revision(Revision),
    /// After the last commit at or before this instant.
    Time(Timestamp),
}

impl FromStr for At {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(revision) = text.parse() {
            return Ok(Self::Revision(revision));
        }
        text.parse().map(Self::Time).map_err(|_| {
            "a point in time is a revision, such as 7, or an instant, such as \
             2026-11-21T04:13:50.123Z"
                .to_owned()
        })
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(revision) => revision.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{At, Subject, Target, Thing};

    #[test]
    fn what_is_typed_is_what_is_meant() {
        let subject: Subject = "counter/c1".parse().unwrap();
        assert_eq!(subject.to_string(), "counter/c1");
        assert!("counter".parse::<Target>().unwrap().id.is_none());
        assert!(matches!("counter/c1".parse().unwrap(), Thing::Actor(_)));
        let id = "0190a000-0000-7000-8000-000000000001";
        assert!(matches!(id.parse().unwrap(), Thing::Command(_)));
        assert_eq!("7".parse::<At>().unwrap().to_string(), "7");
        let time = "2026-11-21T04:13:50Z".parse::<At>().unwrap();
        assert_eq!(time.to_string(), "2026-11-21T04:13:50.000Z");
        for wrong in ["counter/a.b", "counter/", "/x", "counter/a/b", "counter/*", "counter/>"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
        assert!("yesterday".parse::<At>().is_err());
        assert!("nonsense".parse::<Thing>().is_err());
    }
}
