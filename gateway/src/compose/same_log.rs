//! Whether the log still holds what the read models have read of it.

use contracts::ports::Log;
use contracts::{Hash, Refusal};
use projections::Models;

/// Refuses to go on when the log has gone back behind what was read of it, or holds something else
/// there: revisions that were acknowledged would be given to other commits.
///
/// # Errors
/// `log_went_back`, or when the log or the database cannot be read.
pub async fn ensure(models: &Models, log: &dyn Log) -> anyhow::Result<()> {
    let Some((cursor, hash)) = models.anchor().await? else { return Ok(()) };
    if hash == Hash::ZERO {
        // No commit stood there, so there is none to be found again: an operator may have deleted
        // what an intruder wrote.
        return Ok(());
    }
    let head = log.head().await?;
    let found = if head < cursor {
        format!("it ends at cursor {head}")
    } else {
        match log.get(cursor).await? {
            Some(stored) if Hash::of(&stored.payload) == hash => return Ok(()),
            Some(_) => "another commit stands there".to_owned(),
            None => "nothing can be read there".to_owned(),
        }
    };
    let message = format!(
        "the log has lost commits that were acknowledged, or is another log: the read models have \
         read up to cursor {cursor}, and {found}. Nothing was started, so that no revision is \
         given twice. Put the broker's files back, import an export into an empty broker, or, when \
         you mean to go on with this log as it is, move models.db out of the data directory, or on \
         PostgreSQL drop the schema of the read models"
    );
    Err(Refusal::unavailable("log_went_back", message).into())
}
