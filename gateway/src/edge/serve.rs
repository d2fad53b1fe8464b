//! Listening, and ending well.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers requests until `shutdown`: then takes no new ones, lets those under way finish for at
/// most `drain`, and ends. Streams and sockets end themselves, since they see the same token.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    drain: Duration,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving =
        axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        served = serving => served,
        () = overdue => {
            tracing::warn!(
                drain.ms = u64::try_from(drain.as_millis()).unwrap_or(u64::MAX),
                "requests were still being answered when the edge had to end"
            );
            Ok(())
        }
    }
}
