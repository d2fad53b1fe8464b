//! What was refused, read back.

use contracts::{Cursor, Refusal};

use super::{Chains, NAME, REFUSED, REFUSED_COLUMNS, hash_in};
use crate::core::Core;
use crate::desk::{Refused, Verdicts};
use crate::error::Error;
use crate::model::{ReadModel as _, Stem};
use crate::store::{Cell, Tx, int};

/// The refused messages after `after` in the order of the log, at most `limit`.
///
/// # Errors
/// `read_model_building`, `read_models_unavailable`.
pub(crate) async fn list(
    core: &Core,
    after: Cursor,
    limit: usize,
) -> Result<Vec<Refused>, Refusal> {
    let rows = core
        .read(NAME, |stem| {
            let table = stem.table(REFUSED);
            let columns = REFUSED_COLUMNS.join(", ");
            let sql =
                format!("SELECT {columns} FROM {table} WHERE cursor > $1 ORDER BY cursor LIMIT $2");
            (sql, vec![int(after.0), int(limit as u64)])
        })
        .await?;
    let refused = rows.iter().map(|row| {
        let part = |at: usize| row.text(at);
        Ok(Refused {
            actor: format!("{}/{}/{}", part(0)?, part(1)?, part(2)?),
            cursor: Cursor(row.count(3)?),
            hash: hash_in(row, 4)?,
            reason: part(5)?.to_owned(),
            open: row.int(7)? > 0,
        })
    });
    Ok(refused.collect::<Result<_, Error>>()?)
}

/// Reads the verdicts that the copy `stem` has come to.
///
/// # Errors
/// Trouble with the database.
pub(crate) async fn load(tx: &mut Tx, stem: &Stem, verdicts: &Verdicts) -> Result<(), Error> {
    debug_assert!(stem.as_str().starts_with(Chains::NAME));
    let sql = format!("SELECT cursor FROM {} WHERE is_commit = $1", stem.table(REFUSED));
    for row in tx.rows(sql, vec![Cell::Int(1)]).await? {
        verdicts.refuse(Cursor(row.count(0)?));
    }
    Ok(())
}
