//! The ports of one run of the program, through which it can be held, killed and lied to.

mod kept;
mod log;
mod nodes;
mod roads;

use std::sync::Arc;

use contracts::ports::PortError;

pub use super::chaos::Chaos;
use super::chaos::Rates;
use super::life::Life;
use super::trace::Trace;

pub use kept::{SimAudit, SimBlobs, SimDead, SimLive, SimSnapshots, SimTimers, SimTrees};
pub use log::SimLog;
pub use nodes::{SimLeases, SimNodes, SimPeers};
pub use roads::{SimAsks, SimQueue};

/// What every port of one run of the program shares.
#[derive(Clone)]
pub struct Wire {
    /// Whose ports.
    pub life: Arc<Life>,
    /// What goes wrong.
    pub chaos: Arc<Chaos>,
    /// Where it is written down.
    pub trace: Trace,
}

/// What a call of a killed program meets; nobody is there to hear it.
pub fn gone() -> PortError {
    PortError::Unavailable("killed".to_owned())
}

fn fault() -> PortError {
    PortError::Unavailable("a fault".to_owned())
}

impl Wire {
    /// The way of a call to the world and back: `failed` strikes before it is made.
    async fn call<T>(
        &self,
        failed: impl Fn(&Rates) -> u16,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        self.call_twice(failed, |_| 0, call).await
    }

    /// As [`Wire::call`]; `unheard` strikes after it was made.
    async fn call_twice<T>(
        &self,
        failed: impl Fn(&Rates) -> u16,
        unheard: impl Fn(&Rates) -> u16,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        self.life.gate().await.map_err(|_| gone())?;
        self.chaos.take_time().await;
        if self.chaos.strikes(failed) {
            return Err(fault());
        }
        let result = call.await;
        let unheard = self.chaos.strikes(unheard);
        self.life.gate().await.map_err(|_| gone())?;
        if unheard { Err(fault()) } else { result }
    }
}
