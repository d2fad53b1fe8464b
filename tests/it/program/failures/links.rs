//! How nodes, brokers, the database and clients reach each other, and how that is taken from them.

use super::proxies::{self, Proxies};
use super::spaces::{self, Spaces};

/// How many nodes and brokers there are, of each.
pub(super) const COUNT: usize = 3;

/// An end of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A node, where it reaches brokers and the database.
    Node(usize),
    /// A node, where clients reach it.
    Edge(usize),
    /// A broker.
    Broker(usize),
    /// The database.
    Database,
}

/// All of them.
fn places() -> Vec<Place> {
    let numbered = [Place::Broker, Place::Node, Place::Edge];
    let all = numbered.into_iter().flat_map(|place| (0..COUNT).map(place));
    all.chain([Place::Database]).collect()
}

/// The network.
pub(super) enum Links {
    /// A namespace for each.
    Spaces(Spaces),
    /// Forwarders on loopback.
    Proxies(Box<Forwarded>),
}

/// Everybody on loopback: where each listens, and the forwarders before that.
pub(super) struct Forwarded {
    proxies: Proxies,
    brokers: Vec<[u16; 2]>,
    database: u16,
    nodes: Vec<u16>,
}

impl Links {
    /// A namespace for each, in the one that this process is in.
    pub(super) fn spaces() -> Self {
        Self::Spaces(Spaces::make(&places()))
    }

    /// Forwarders on loopback.
    pub(super) async fn proxies() -> Self {
        let (mut brokers, mut nodes) = (Vec::new(), Vec::new());
        for _ in 0..COUNT {
            brokers.push([proxies::free().await.port(), proxies::free().await.port()]);
            nodes.push(proxies::free().await.port());
        }
        let (database, mut proxies) = (proxies::free().await.port(), Proxies::default());
        let at = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        for (node, own) in nodes.iter().enumerate() {
            for (broker, [client, _]) in brokers.iter().enumerate() {
                proxies.open(Place::Node(node), Place::Broker(broker), at(*client)).await;
            }
            proxies.open(Place::Node(node), Place::Database, at(database)).await;
            proxies.open(Place::Edge(node), Place::Edge(node), at(*own)).await;
        }
        Self::Proxies(Box::new(Forwarded { proxies, brokers, database, nodes }))
    }

    /// What runs a command at a place.
    pub(super) fn inside(&self, place: Place) -> Vec<String> {
        match self {
            Self::Spaces(spaces) => spaces.inside(place),
            Self::Proxies(_) => Vec::new(),
        }
    }

    /// Where a broker listens to clients and to other brokers.
    pub(super) fn broker(&self, number: usize) -> [String; 2] {
        match self {
            Self::Spaces(_) => {
                let host = spaces::address(Place::Broker(number));
                [format!("{host}:4222"), format!("{host}:6222")]
            }
            Self::Proxies(all) => all.brokers[number].map(|port| format!("127.0.0.1:{port}")),
        }
    }

    /// Where a node finds the brokers.
    pub(super) fn brokers_for(&self, node: usize) -> String {
        let urls = (0..COUNT).map(|broker| match self {
            Self::Spaces(_) => format!("nats://{}", self.broker(broker)[0]),
            Self::Proxies(all) => {
                format!("nats://{}", all.proxies.way(Place::Node(node), Place::Broker(broker)))
            }
        });
        urls.collect::<Vec<_>>().join(",")
    }

    /// Where the database listens: host and port.
    pub(super) fn database(&self) -> (String, u16) {
        match self {
            Self::Spaces(_) => (spaces::address(Place::Database), 5432),
            Self::Proxies(all) => ("127.0.0.1".to_owned(), all.database),
        }
    }

    /// Where a node finds it.
    pub(super) fn database_for(&self, node: usize) -> String {
        let at = match self {
            Self::Spaces(_) => format!("{}:5432", spaces::address(Place::Database)),
            Self::Proxies(all) => all.proxies.way(Place::Node(node), Place::Database).to_string(),
        };
        format!("postgres://cambium@{at}/postgres")
    }

    /// Where a node listens to clients.
    pub(super) fn listen(&self, node: usize) -> String {
        match self {
            Self::Spaces(_) => format!("{}:8080", spaces::address(Place::Edge(node))),
            Self::Proxies(all) => format!("127.0.0.1:{}", all.nodes[node]),
        }
    }

    /// Where clients find it.
    pub(super) fn edge(&self, node: usize) -> String {
        match self {
            Self::Spaces(_) => format!("http://{}", self.listen(node)),
            Self::Proxies(all) => {
                format!("http://{}", all.proxies.way(Place::Edge(node), Place::Edge(node)))
            }
        }
    }

    /// Nothing comes in or goes out there, and nobody is told.
    pub(super) fn cut(&self, place: Place) {
        match self {
            Self::Spaces(spaces) => spaces.cut(place),
            Self::Proxies(all) => all.proxies.cut(place),
        }
    }

    /// Ends [`Links::cut`].
    pub(super) fn join(&self, place: Place) {
        match self {
            Self::Spaces(spaces) => spaces.join_again(place),
            Self::Proxies(all) => all.proxies.heal(place),
        }
    }

    /// All is late there.
    pub(super) fn slow(&self, place: Place) {
        match self {
            Self::Spaces(spaces) => spaces.slow(place),
            Self::Proxies(all) => all.proxies.slow(place),
        }
    }

    /// Ends [`Links::slow`].
    pub(super) fn hurry(&self, place: Place) {
        match self {
            Self::Spaces(spaces) => spaces.hurry(place),
            Self::Proxies(all) => all.proxies.heal(place),
        }
    }

    /// Whether brokers can be cut off from each other too.
    pub(super) const fn has_spaces(&self) -> bool {
        matches!(self, Self::Spaces(_))
    }
}
