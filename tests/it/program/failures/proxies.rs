//! Where there can be no namespaces: everybody on loopback, and a forwarder of our own on each way
//! from a node to a broker or the database, and from clients to a node.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::links::Place;

/// What a slow way adds to each piece.
const DELAY: Duration = Duration::from_millis(40);

/// How a way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    Slow,
    Cut,
}

/// A forwarder; gone when dropped.
struct Forwarder {
    address: SocketAddr,
    way: watch::Sender<Way>,
    _task: AbortOnDropHandle<()>,
}

/// The forwarders, each from a place to a place.
#[derive(Default)]
pub(super) struct Proxies {
    all: BTreeMap<(Place, Place), Forwarder>,
}

/// A port that was free a moment ago.
pub(super) async fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("it is bound")
}

impl Proxies {
    /// Opens a way to `target` and tells where it begins.
    pub(super) async fn open(&mut self, from: Place, to: Place, target: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let (way, seen) = watch::channel(Way::Open);
        let task = AbortOnDropHandle::new(tokio::spawn(forward(listener, target, seen)));
        self.all.insert((from, to), Forwarder { address, way, _task: task });
        address
    }

    /// Where the way from a place to another begins.
    pub(super) fn way(&self, from: Place, to: Place) -> SocketAddr {
        self.all[&(from, to)].address
    }

    fn set(&self, place: Place, way: Way) {
        for ((from, to), forwarder) in &self.all {
            if *from == place || *to == place {
                forwarder.way.send_replace(way);
            }
        }
    }

    /// Nothing comes through at a place, and nobody is told.
    pub(super) fn cut(&self, place: Place) {
        self.set(place, Way::Cut);
    }

    /// All is late at a place.
    pub(super) fn slow(&self, place: Place) {
        self.set(place, Way::Slow);
    }

    /// Ends both.
    pub(super) fn heal(&self, place: Place) {
        self.set(place, Way::Open);
    }
}

async fn forward(listener: TcpListener, target: SocketAddr, way: watch::Receiver<Way>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        let mut way = way.clone();
        tokio::spawn(async move {
            let _ = way.wait_for(|way| *way != Way::Cut).await;
            let Ok(server) = TcpStream::connect(target).await else { return };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::select! {
                () = carry(from_client, to_server, way.clone()) => {}
                () = carry(from_server, to_client, way) => {}
            }
        });
    }
}

/// Carries bytes one way until either end is gone.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut way: watch::Receiver<Way>,
) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut piece).await else { return };
        // It is held for as long as the way is cut, as a network that sends again would.
        let now = way.wait_for(|way| *way != Way::Cut).await.map_or(Way::Open, |way| *way);
        if now == Way::Slow {
            tokio::time::sleep(DELAY).await;
        }
        if to.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}
