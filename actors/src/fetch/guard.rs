//! The guard: what a request may reach.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::public::is_public;

/// Something that requests may reach though it is not public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Allowed {
    what: What,
    /// Only by this port; absent = by any.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Network(IpNet),
    Name(String),
}

/// A text that names nothing that could be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no network, address or name; write 10.0.0.0/8, 127.0.0.1:8080 or intranet.example")]
pub struct NotAllowed(String);

impl FromStr for Allowed {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            let what = What::Network(address.ip().into());
            return Ok(Self { what, port: Some(address.port()) });
        }
        let network = |text: &str| {
            let address = text.parse::<IpAddr>().map(IpNet::from);
            text.parse::<IpNet>().or(address).ok()
        };
        if let Some(network) = network(text) {
            return Ok(Self { what: What::Network(network.trunc()), port: None });
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => {
                let port = port.parse().map_err(|_| NotAllowed(text.to_owned()))?;
                (name, Some(port))
            }
            None => (text, None),
        };
        if let Some(network) = network(name) {
            return Ok(Self { what: What::Network(network.trunc()), port });
        }
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let label = |label: &str| {
            let known = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
            !label.is_empty() && label.len() < 64 && label.bytes().all(known)
        };
        // What ends in a number is read as an address by whoever resolves it.
        let number =
            name.rsplit('.').next().is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()));
        if name.split('.').all(label) && !number {
            Ok(Self { what: What::Name(name), port })
        } else {
            Err(NotAllowed(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Allowed {
    type Error = NotAllowed;

    fn try_from(text: String) -> Result<Self, NotAllowed> {
        text.parse()
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.what, self.port) {
            (What::Network(network), None) => network.fmt(f),
            (What::Network(network), Some(port))
                if network.prefix_len() == network.max_prefix_len() =>
            {
                SocketAddr::new(network.addr(), port).fmt(f)
            }
            (What::Network(network), Some(port)) => write!(f, "{network}:{port}"),
            (What::Name(name), None) => name.fmt(f),
            (What::Name(name), Some(port)) => write!(f, "{name}:{port}"),
        }
    }
}

impl From<Allowed> for String {
    fn from(allowed: Allowed) -> Self {
        allowed.to_string()
    }
}

impl Allowed {
    fn takes(&self, name: &str, address: IpAddr, port: u16) -> bool {
        let reached = match &self.what {
            What::Network(network) => {
                network.contains(&address) || network.contains(&address.to_canonical())
            }
            What::Name(known) => known == name,
        };
        reached && self.port.is_none_or(|known| known == port)
    }
}

/// What a request may reach: what is public, and what the settings allow beside it.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allow: Vec<Allowed>,
}

impl Guard {
    /// Lets requests to what is public through, and to these.
    #[must_use]
    pub const fn new(allow: Vec<Allowed>) -> Self {
        Self { allow }
    }

    /// Whether a request to `name` (a name or an address, in lower case) may go to `address`.
    #[must_use]
    pub fn lets(&self, name: &str, address: IpAddr, port: u16) -> bool {
        is_public(address) || self.allow.iter().any(|it| it.takes(name, address, port))
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, Guard};

    fn guard(allow: &[&str]) -> Guard {
        Guard::new(allow.iter().map(|it| it.parse().unwrap()).collect())
    }

    #[test]
    fn what_the_settings_allow_is_reached_by_that_port_alone() {
        let lets = |guard: &Guard, name: &str, address: &str, port| {
            guard.lets(name, address.parse().unwrap(), port)
        };
        let open = guard(&[]);
        assert!(lets(&open, "a.example", "1.1.1.1", 25));
        assert!(!lets(&open, "a.example", "127.0.0.1", 80));
        let some = guard(&["127.0.0.1:8080", "10.0.0.0/8", "inner.example:80", "[fd00::1]:443"]);
        assert!(lets(&some, "x", "127.0.0.1", 8080) && !lets(&some, "x", "127.0.0.1", 8081));
        assert!(!lets(&some, "x", "127.0.0.2", 8080));
        assert!(lets(&some, "x", "10.9.9.9", 1) && lets(&some, "x", "11.0.0.0", 1));
        assert!(lets(&some, "inner.example", "192.168.0.1", 80));
        assert!(!lets(&some, "inner.example", "192.168.0.1", 81));
        assert!(!lets(&some, "x.inner.example", "192.168.0.1", 80));
        assert!(lets(&some, "x", "fd00::1", 443) && !lets(&some, "x", "fd00::2", 443));
        assert!(lets(&some, "x", "::ffff:10.1.1.1", 80), "the same address in another form");
    }

    #[test]
    fn what_is_allowed_is_written_as_it_is_read() {
        for text in
            ["10.0.0.0/8", "127.0.0.1/32", "127.0.0.1:80", "[::1]:80", "a.example", "a.example:1"]
        {
            let allowed: Allowed = text.parse().unwrap();
            assert_eq!(allowed.to_string(), text);
            assert_eq!(String::from(allowed.clone()).parse::<Allowed>().unwrap(), allowed);
        }
        let network: Allowed = "10.1.2.3/8:80".parse().unwrap();
        assert_eq!(network.to_string(), "10.0.0.0/8:80");
        for odd in
            ["", "a b", "a.example:x", "a..b", "1.2.3", "10.0.0.0/33", "http://a", "*", "0x7f"]
        {
            assert!(odd.parse::<Allowed>().is_err(), "{odd}");
        }
    }
}
