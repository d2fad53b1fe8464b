//! Questions about commands.

use contracts::ports::{CommandPlace, PortError};
use contracts::view::{CommandView, Status};
use contracts::{Address, CommandId, Cursor, Hash, Refusal, Revision, Tenant};

use super::Commands;
use crate::core::Core;
use crate::error::Error;
use crate::model::ReadModel as _;
use crate::store::{Row, Select};

const SHOWN: &[&str] =
    &["kind", "actor", "name", "status", "last_revision", "last_cursor", "reply", "rejection"];

/// What became of a command of `tenant`; of one id at several actors, what came first.
pub(crate) async fn get(
    core: &Core,
    tenant: &Tenant,
    id: CommandId,
) -> Result<Option<CommandView>, Refusal> {
    let rows = core.read(Commands::NAME, |stem| by_id(stem.as_str(), SHOWN, tenant, id)).await?;
    Ok(rows.first().map(|row| view(row, id)).transpose()?)
}

fn by_id(
    table: &str,
    columns: &[&str],
    tenant: &Tenant,
    id: CommandId,
) -> (String, Vec<crate::store::Cell>) {
    Select::from(table, columns)
        .and("tenant = ?", [tenant.as_str().into()])
        .and("id = ?", [id.to_string().into()])
        .ordered("cursor", 1)
}

fn view(row: &Row, id: CommandId) -> Result<CommandView, Error> {
    let status = row.text(3)?;
    let status = [Status::Accepted, Status::Completed, Status::Failed]
        .into_iter()
        .find(|known| known.as_str() == status)
        .ok_or_else(|| Error::Row(format!("a command is {status}")))?;
    Ok(CommandView {
        id,
        kind: row.parse(0)?,
        actor: row.parse(1)?,
        name: row.parse(2)?,
        status,
        revision: Revision(row.count(4)?),
        cursor: Cursor(row.count(5)?),
        reply: row.maybe(6, Row::json)?,
        rejection: row.maybe(7, Row::json)?,
    })
}

/// Where a command was committed, as the runtime asks.
pub(crate) async fn find(
    core: &Core,
    tenant: &Tenant,
    id: CommandId,
) -> Result<Option<CommandPlace>, PortError> {
    let columns = &["kind", "actor", "revision", "cursor", "input_hash"];
    let stem = core.serving(Commands::NAME).await;
    let stem = stem.map_err(|refusal| PortError::Unavailable(refusal.message))?;
    let (sql, args) = by_id(stem.as_str(), columns, tenant, id);
    let rows = core.store.rows(sql, args).await?;
    Ok(rows.first().map(|row| place(row, tenant)).transpose()?)
}

fn place(row: &Row, tenant: &Tenant) -> Result<CommandPlace, Error> {
    let hash = <[u8; 32]>::try_from(row.bytes(4)?)
        .map_err(|_| Error::Row("an input hash is 32 bytes".to_owned()))?;
    Ok(CommandPlace {
        address: Address::new(tenant.clone(), row.parse(0)?, row.parse(1)?),
        revision: Revision(row.count(2)?),
        cursor: Cursor(row.count(3)?),
        input_hash: Hash(hash),
    })
}
