//! The port of the edge, with room for many who come at once.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Listens on `address`. The system holds up to `queue_max` connections that nobody has accepted
/// yet; what tokio asks for by itself is so few that the callers of one busy moment are turned away
/// and try again after seconds.
///
/// # Errors
/// When the system gives no such port.
pub fn listen(address: SocketAddr, queue_max: u32) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port whose last owner has just ended is free.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(queue_max.max(1))
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpStream};
    use std::time::Duration;

    use super::listen;

    /// More than a listener of tokio's own making has room for.
    const MANY: usize = 600;

    #[tokio::test]
    async fn many_who_come_at_once_are_held_until_somebody_accepts_them() {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = listen(free, 4_096).unwrap();
        let address = listener.local_addr().unwrap();
        let room = std::fs::read_to_string("/proc/sys/net/core/somaxconn")
            .ok()
            .and_then(|it| it.trim().parse::<usize>().ok());
        let many = room.unwrap_or(128).min(MANY);
        let connected: Vec<TcpStream> = (0..many)
            .map(|_| TcpStream::connect_timeout(&address, Duration::from_secs(60)).unwrap())
            .collect();
        for _ in &connected {
            tokio::time::timeout(Duration::from_secs(60), listener.accept())
                .await
                .expect("it is held already")
                .unwrap();
        }
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error() {
        let first = listen(SocketAddr::from(([127, 0, 0, 1], 0)), 1).unwrap();
        let taken = first.local_addr().unwrap();
        assert_eq!(listen(taken, 1).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    }
}
