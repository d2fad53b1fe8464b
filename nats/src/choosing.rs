//! Which server is tried next, once one is left.

use std::sync::{Mutex, PoisonError};

use async_nats::{ReconnectToServer, Server, ServerAddr};

/// Goes round the servers: the one that was left comes last. The client library tries any of those
/// that it could connect to lately, and one that answers nothing any more is among them.
#[derive(Debug, Default)]
pub(crate) struct Choosing {
    /// The one that was tried last.
    last: Mutex<Option<ServerAddr>>,
}

impl Choosing {
    /// The next one; `None` = any.
    pub(crate) fn next(&self, servers: &[Server]) -> Option<ReconnectToServer> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // At first the only one that there has been a connection to is the one that is left.
        let first = || servers.iter().find(|it| it.did_connect).map(|it| it.addr.clone());
        let left = last.clone().or_else(first)?;
        let place = servers.iter().position(|it| it.addr == left).unwrap_or_default();
        let ring = servers.iter().cycle().skip(place + 1).take(servers.len());
        let addr = ring.min_by_key(|it| it.failed_attempts)?.addr.clone();
        *last = Some(addr.clone());
        Some(ReconnectToServer { addr, delay: None })
    }
}

#[cfg(test)]
mod tests {
    use async_nats::Server;

    use super::Choosing;

    fn servers() -> Vec<Server> {
        let server = |host: &str| Server {
            addr: format!("nats://{host}:4222").parse().unwrap(),
            failed_attempts: 0,
            did_connect: false,
            is_discovered: false,
            last_error: None,
        };
        ["a", "b", "c"].map(server).to_vec()
    }

    #[test]
    fn the_one_that_is_left_comes_last() {
        let (choosing, mut servers) = (Choosing::default(), servers());
        assert!(choosing.next(&servers).is_none(), "there has been none yet");
        servers[1].did_connect = true;
        let next = |servers: &[Server]| choosing.next(servers).map(|it| it.addr);
        assert_eq!(next(&servers), Some(servers[2].addr.clone()));
        servers[2].failed_attempts = 1;
        assert_eq!(next(&servers), Some(servers[0].addr.clone()));
        servers[0].failed_attempts = 1;
        assert_eq!(next(&servers), Some(servers[1].addr.clone()), "there is no other");
        servers[1].failed_attempts = 1;
        assert_eq!(next(&servers), Some(servers[2].addr.clone()), "and round again");
    }
}
