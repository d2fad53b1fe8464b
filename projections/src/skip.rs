//! Commits that a model cannot fold and that an operator lets it pass.

use contracts::{Cursor, Hash, Refusal, RefusalClass, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::core::Core;
use crate::error::Error;
use crate::registry;
use crate::store::{Cell, Row, int, optional};

/// A commit that a model passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The model.
    pub model: String,
    /// Its version: another one reads the commit again.
    pub version: u32,
    /// Where the commit stands in the log.
    pub cursor: Cursor,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
    /// Whose it is, as `tenant/kind/id`.
    pub actor: Option<String>,
    /// Why the model could not fold it.
    pub error: String,
    /// Who let it pass.
    pub principal: String,
    /// When.
    pub at: Timestamp,
}

const COLUMNS: &str = "model, version, cursor, hash, actor, error, principal, at";

/// Lets every copy of `model` that stands still at `cursor` pass it.
///
/// # Errors
/// `unknown_read_model`, `read_model_not_stopped`, `read_models_unavailable`.
pub(crate) async fn skip(
    core: &Core,
    model: &str,
    cursor: Cursor,
    principal: &str,
    at: Timestamp,
) -> Result<Skipped, Refusal> {
    let model = crate::rebuild::known(core, model)?;
    let _gate = core.gate.lock().await;
    let mut tx = core.store.begin().await?;
    let slots = registry::load(&mut tx).await?;
    let own = || slots.iter().filter(|slot| slot.name == model.name);
    let mut skipped: Vec<Skipped> = Vec::new();
    for slot in own() {
        let Some(fault) = slot.reason.clone().filter(|fault| fault.cursor == cursor) else {
            continue;
        };
        let sql = format!(
            "INSERT INTO read_model_skips ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT DO NOTHING"
        );
        let args = vec![
            model.name.into(),
            Cell::Int(i64::from(slot.version)),
            int(cursor.0),
            Cell::Bytes(fault.hash.0.to_vec()),
            optional(fault.actor.as_deref()),
            fault.error.as_str().into(),
            principal.into(),
            Cell::Int(at.as_millis()),
        ];
        tx.execute(sql, args).await?;
        skipped.push(Skipped {
            model: model.name.to_owned(),
            version: slot.version,
            cursor,
            hash: fault.hash,
            actor: fault.actor,
            error: fault.error,
            principal: principal.to_owned(),
            at,
        });
    }
    let last = skipped.last().cloned().ok_or_else(|| {
        let stands = own().find_map(|slot| slot.reason.clone());
        let message = match &stands {
            Some(fault) => format!("{} stands still at cursor {}", model.name, fault.cursor),
            None => format!("{} does not stand still at any commit", model.name),
        };
        Refusal::new(RefusalClass::Conflict, "read_model_not_stopped", message)
            .details(json!({ "fault": stands }))
    })?;
    tx.commit().await?;
    // Still under the gate: a lane tries again either before all of this, or with it.
    skipped.iter().for_each(|it| core.desk.skips.pass(&it.model, it.version, cursor));
    core.woken.send_modify(|woken| *woken += 1);
    tracing::warn!(
        model = last.model,
        cursor = cursor.0,
        principal,
        "a read model passes a commit that it cannot fold, since an operator says so"
    );
    Ok(last)
}

/// All commits that operators let pass, by model and place.
pub(crate) async fn list(core: &Core) -> Result<Vec<Skipped>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM read_model_skips ORDER BY model, cursor, version");
    core.store.rows(sql, Vec::new()).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Skipped, Error> {
    let hash = <[u8; 32]>::try_from(row.bytes(3)?)
        .map_err(|_| Error::Row("a hash is 32 bytes".to_owned()))?;
    Ok(Skipped {
        model: row.text(0)?.to_owned(),
        version: u32::try_from(row.int(1)?).map_err(|error| Error::Row(error.to_string()))?,
        cursor: Cursor(row.count(2)?),
        hash: Hash(hash),
        actor: row.maybe(4, |row, at| row.text(at).map(str::to_owned))?,
        error: row.text(5)?.to_owned(),
        principal: row.text(6)?.to_owned(),
        at: Timestamp::from_millis(row.int(7)?),
    })
}
