//! The addresses of resources: `cambium://<kind>/<id>` and what belongs to it.

use std::str::FromStr;

use contracts::view::At;
use contracts::{ActorId, CommandId, Kind};

use crate::edge::query::parse_at;

/// The scheme.
const SCHEME: &str = "cambium://";

/// What an address of ours means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uri {
    /// `cambium://timeline`: what happened in the tenant.
    Timeline,
    /// `cambium://commands/<id>`: where a command stands.
    Command(CommandId),
    /// `cambium://<kind>`: the actors of a kind.
    Kind(Kind),
    /// `cambium://<kind>/<id>`, also with `?at=`: a state.
    Actor(Kind, ActorId, Option<At>),
    /// `cambium://<kind>/<id>/events`: what happened to an actor.
    Events(Kind, ActorId),
}

impl FromStr for Uri {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let rest = text.strip_prefix(SCHEME).ok_or(())?;
        let (path, at) = match rest.split_once("?at=") {
            Some((path, at)) => {
                let at = percent_encoding::percent_decode_str(at).decode_utf8().map_err(drop)?;
                (path, Some(parse_at("at", &at).map_err(drop)?))
            }
            None => (rest, None),
        };
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<_> = path.split('/').collect();
        let kind = |text: &str| text.parse::<Kind>().map_err(drop);
        let id = |text: &str| {
            let text = percent_encoding::percent_decode_str(text).decode_utf8().map_err(drop)?;
            ActorId::new(text.as_ref()).map_err(drop)
        };
        match (segments.as_slice(), at) {
            (["timeline"], None) => Ok(Self::Timeline),
            (["commands", command], None) => Ok(Self::Command(command.parse().map_err(drop)?)),
            ([name], None) => Ok(Self::Kind(kind(name)?)),
            ([name, actor], at) => Ok(Self::Actor(kind(name)?, id(actor)?, at)),
            ([name, actor, "events"], None) => Ok(Self::Events(kind(name)?, id(actor)?)),
            _ => Err(()),
        }
    }
}

/// The addresses whose contents a commit of an actor changes.
#[must_use]
pub fn touched(kind: &Kind, id: &ActorId) -> Vec<String> {
    vec![
        format!("{SCHEME}{kind}/{id}"),
        format!("{SCHEME}{kind}/{id}/events"),
        format!("{SCHEME}{kind}"),
        format!("{SCHEME}timeline"),
    ]
}

#[cfg(test)]
mod tests {
    use contracts::Revision;

    use super::*;

    #[test]
    fn addresses_mean_what_they_say() {
        let counter = || Kind::from_static("counter");
        let a = || ActorId::from_static("a:b");
        for (text, meant) in [
            ("cambium://timeline", Uri::Timeline),
            ("cambium://counter/", Uri::Kind(counter())),
            ("cambium://counter/a:b", Uri::Actor(counter(), a(), None)),
            ("cambium://counter/a%3Ab", Uri::Actor(counter(), a(), None)),
            (
                "cambium://counter/a:b?at=3",
                Uri::Actor(counter(), a(), Some(At::Revision(Revision(3)))),
            ),
            ("cambium://counter/a:b/events", Uri::Events(counter(), a())),
        ] {
            assert_eq!(text.parse(), Ok(meant), "{text}");
        }
        for bad in [
            "",
            "cambium://",
            "file:///etc/passwd",
            "cambium://counter/a/b",
            "cambium://counter//",
            "cambium://counter/a?at=soon",
            "cambium://commands/7",
            "cambium://../x",
        ] {
            assert_eq!(bad.parse::<Uri>(), Err(()), "{bad}");
        }
        assert!(touched(&counter(), &a()).iter().all(|uri| uri.parse::<Uri>().is_ok()));
    }
}
