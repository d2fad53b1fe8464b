//! Running the program in this process: for `up`, and for the tour on its scratch directory.

use tokio_util::sync::CancellationToken;

use super::codes;
use super::failure::Failure;
use super::local::{Local, Running};
use crate::home::{Claim, ClaimError, Home, RESTORE_JSON, Server};
use crate::settings::Settings;

/// A program that runs here, has its data directory for itself and is found by client verbs.
pub struct Served {
    /// The program.
    pub running: Running,
    home: Home,
    _claim: Claim,
}

impl Served {
    /// Claims the data directory, starts the program and announces it. When `stop` is said
    /// meanwhile, it is waited for until what has been started is stopped.
    ///
    /// # Errors
    /// When another program runs there, or it cannot be started.
    pub async fn begin(
        local: &dyn Local,
        settings: Settings,
        stop: CancellationToken,
    ) -> Result<Self, Failure> {
        let home = Home::new(&settings.data);
        let at = |error| Failure::from(ClaimError::Io(home.dir().to_owned(), error));
        home.create().map_err(at)?;
        let claim = home.claim()?;
        if home.file(RESTORE_JSON).exists() {
            let dir = home.dir().display();
            let reason = format!("a restore into {dir} did not end; run it again");
            return Err(Failure::Coded { code: "restore_unfinished".into(), reason, exit: 1 });
        }
        home.lay_out().map_err(at)?;
        let running = local.start(settings, stop).await.map_err(failed)?;
        home.announce(&Server { url: running.url.clone(), pid: std::process::id() }).map_err(at)?;
        Ok(Self { running, home, _claim: claim })
    }

    /// Waits until the program ends by itself.
    ///
    /// # Errors
    /// Why it could not go on.
    pub async fn ended(&mut self) -> Result<(), Failure> {
        match (&mut self.running.done).await {
            Ok(result) => result.map_err(failed),
            Err(error) => Err(Failure::Failed(format!("the program ended badly: {error}"))),
        }
    }

    /// Stops the program in order.
    ///
    /// # Errors
    /// What went wrong while stopping.
    pub async fn end(mut self) -> Result<(), Failure> {
        self.running.stop.cancel();
        self.ended().await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.running.stop.cancel();
        self.home.retract();
    }
}

impl From<ClaimError> for Failure {
    fn from(error: ClaimError) -> Self {
        let code = codes::of_claim(&error).into();
        Self::Coded { code, reason: error.to_string(), exit: 1 }
    }
}

fn failed(error: anyhow::Error) -> Failure {
    Failure::of(&error)
}
