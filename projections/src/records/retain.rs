//! Letting go of what was kept long enough.

use std::collections::BTreeMap;

use contracts::ports::Records;
use contracts::records::{RecordPlace, Signal};
use contracts::{Refusal, Tenant, Timestamp};

use super::tables::stem;
use super::{RecordRows, fold, place, sequence};
use crate::error::Error;
use crate::store::{Cell, Select, int};

impl RecordRows {
    /// Deletes the records of a sort that came before `before`: their rows, then their batches in
    /// the stream. How many rows went; `None` when another process writes, which then does it.
    ///
    /// # Errors
    /// `read_models_unavailable`, or trouble with the stream; it is then made good next time.
    pub async fn forget(
        &self,
        records: &dyn Records,
        (tenant, signal): (&Tenant, Signal),
        before: Timestamp,
    ) -> Result<Option<u64>, Refusal> {
        // Asked first: what is read into the rows meanwhile is none of those that go.
        let read = self.position();
        let kept = self.first_kept(tenant, signal, before).await?;
        // A batch goes whole or stays: all its records came at once.
        let until = kept.map_or(read, |kept| sequence(kept).saturating_sub(1));
        if until == 0 {
            return Ok(Some(0));
        }
        let mut tx = match self.store.begin().await {
            Err(Error::Elsewhere(_)) => return Ok(None),
            other => other?,
        };
        let last = place(until + 1, 0);
        let args =
            || -> Vec<Cell> { vec![tenant.as_str().into(), signal.as_str().into(), last.into()] };
        let table = stem().table("");
        let sql = format!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM {table} \
             WHERE tenant = $1 AND signal = $2 AND place < $3"
        );
        let rows = tx.rows(sql, args()).await?;
        let (gone, bytes) = match rows.first() {
            Some(row) => (row.count(0)?, row.count(1)?),
            None => (0, 0),
        };
        let sql = format!("DELETE FROM {table} WHERE tenant = $1 AND signal = $2 AND place < $3");
        tx.execute(sql, args()).await?;
        let batches = stem().table("batches");
        let sql =
            format!("DELETE FROM {batches} WHERE tenant = $1 AND signal = $2 AND sequence <= $3");
        let args = vec![tenant.as_str().into(), signal.as_str().into(), int(until)];
        tx.execute(sql, args).await?;
        let less = BTreeMap::from([((tenant.clone(), signal), (gone, bytes))]);
        fold::subtract(&mut tx, less).await?;
        tx.commit().await?;
        let place = RecordPlace { tenant: tenant.clone(), signal: Some(signal) };
        records.purge(&place, until).await?;
        Ok(Some(gone))
    }

    /// Where the first record stands that came at `before` or later.
    async fn first_kept(
        &self,
        tenant: &Tenant,
        signal: Signal,
        before: Timestamp,
    ) -> Result<Option<u64>, Error> {
        let (sql, args) = Select::from(&stem().table(""), &["place"])
            .and("tenant = ?", [tenant.as_str().into()])
            .and("signal = ?", [signal.as_str().into()])
            .and("received >= ?", [before.as_millis().into()])
            .ordered("place", 1);
        self.store.rows(sql, args).await?.first().map(|row| row.count(0)).transpose()
    }
}
