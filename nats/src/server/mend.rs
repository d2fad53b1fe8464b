//! Mends a server that has stopped storing.
//!
//! A stream whose write failed, as on a full disk, is never written again by the server that
//! failed: room alone does not help, only a new start does.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::{ServerConfig, ServerState};
use crate::broker::Broker;

/// How often it is looked whether appends stand still.
const LOOK: Duration = Duration::from_millis(250);

/// How long the server may take to answer something else.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// Free room in a directory, in bytes.
///
/// # Errors
/// When the directory cannot be asked.
pub fn room(dir: &Path) -> std::io::Result<u64> {
    let found = nix::sys::statvfs::statvfs(dir).map_err(std::io::Error::from)?;
    // Types of both differ between systems.
    #[expect(clippy::useless_conversion, reason = "types differ between systems")]
    let (blocks, size) = (u64::from(found.blocks_available()), u64::from(found.fragment_size()));
    Ok(blocks.saturating_mul(size))
}

/// Restarts our own server when appends stand still and there is room for them.
pub struct Mender {
    pub config: Arc<ServerConfig>,
    pub dir: PathBuf,
    pub state: watch::Receiver<ServerState>,
    pub restart: mpsc::Sender<()>,
}

impl Mender {
    /// Looks again and again, until nobody supervises the server any more.
    pub async fn run(mut self, broker: Arc<Broker>) {
        let patience = Duration::from_millis(self.config.mend_after_ms);
        let pause_min = Duration::from_millis(self.config.restart_pause_ms_min.max(1));
        let pause_max = Duration::from_millis(self.config.mend_pause_ms_max);
        let (mut pause, mut told) = (pause_min, false);
        while !self.restart.is_closed() {
            tokio::time::sleep(LOOK).await;
            let Some((stream, silent)) = broker.stands_still() else {
                told = false;
                continue;
            };
            // A server that answers nothing at all is not one that has stopped storing.
            if silent < patience || broker.ping(ANSWER_WAIT).await.is_err() {
                continue;
            }
            let (room, needed) = (room(&self.dir), self.config.room_bytes_min);
            let silent_ms = u64::try_from(silent.as_millis()).unwrap_or(u64::MAX);
            let free = *room.as_ref().unwrap_or(&0);
            if free < needed {
                if !std::mem::replace(&mut told, true) {
                    tracing::error!(stream, silent_ms, free, needed, "server.no_room");
                }
                continue;
            }
            tracing::error!(stream, silent_ms, free, "server.stores_nothing; it is restarted");
            let disconnections = broker.connection().counters.disconnections();
            if self.restart.send(()).await.is_err() {
                return;
            }
            self.restarted(&broker, disconnections).await;
            tokio::time::sleep(pause).await;
            // It helped when something is acknowledged for as long as it would take to notice.
            tokio::time::sleep(patience).await;
            let helped = broker.stands_still().is_none();
            pause = if helped { pause_min } else { (pause * 2).min(pause_max) };
        }
    }

    /// Waits until the server runs again and was seen to be away.
    async fn restarted(&mut self, broker: &Broker, disconnections: u64) {
        while broker.connection().counters.disconnections() == disconnections
            && !self.restart.is_closed()
        {
            tokio::time::sleep(LOOK).await;
        }
        let over = |state: &ServerState| matches!(state, ServerState::Ready | ServerState::Stopped);
        let _ = self.state.wait_for(over).await;
    }
}
