//! Whether a shared database still answers: one that is frozen ends no session and refuses nothing.

use std::time::Duration;

use crate::core::Core;
use crate::error::Error;
use crate::store::Engine;

/// Asks the database again and again, for ever; a file is not asked.
pub(crate) async fn run(core: &Core) {
    if core.store.engine() == Engine::Sqlite {
        return std::future::pending().await;
    }
    let limits = &core.config.postgres;
    let (pause, most) =
        (Duration::from_millis(limits.beat_ms), Duration::from_millis(limits.pulse_ms_max));
    loop {
        tokio::time::sleep(pause).await;
        core.set_silent(silence(core.store.pulse(most).await));
    }
}

/// What an answer that did not come in time says. Whatever else keeps the rows from being written
/// is met, and told, by who writes or reads them.
fn silence(asked: Result<(), Error>) -> Option<String> {
    match asked {
        Err(Error::Postgres(sqlx::Error::Io(error)))
            if error.kind() == std::io::ErrorKind::TimedOut =>
        {
            Some("the database does not answer".to_owned())
        }
        _ => None,
    }
}
