//! Who writes: one process at a time, another one when its session ends or it says nothing.

use std::sync::atomic::Ordering;

use contracts::Hash;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::session::{Seat, Session, within};
use super::{Server, schema};
use crate::error::Error;

/// How an attempt to write ended.
enum Asked {
    Ours(Session),
    Theirs(String, PgConnection),
}

impl Server {
    /// Becomes the process that writes; the number of its reign.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] while another one writes; trouble with the database.
    pub(in crate::store) async fn lead(&self) -> Result<i64, Error> {
        let writer = &self.inner.writer;
        let mut seat = writer.seat.lock().await;
        let standby = match std::mem::replace(&mut *seat, Seat::Empty) {
            Seat::Ours(session) => {
                let epoch = session.epoch;
                *seat = Seat::Ours(session);
                return Ok(epoch);
            }
            Seat::Theirs { standby, .. } => Some(standby),
            Seat::Empty | Seat::Away(_) => None,
        };
        match self.ask(standby).await {
            Ok(Asked::Ours(session)) => {
                let epoch = session.epoch;
                *seat = Seat::Ours(session);
                writer.leads.store(true, Ordering::SeqCst);
                tracing::info!(epoch, "this process writes the read models");
                Ok(epoch)
            }
            Ok(Asked::Theirs(who, standby)) => {
                *seat = Seat::Theirs { who: who.clone(), standby };
                Err(Error::Elsewhere(who))
            }
            Err(error) => {
                *seat = Seat::Away(error.to_string());
                Err(error)
            }
        }
    }

    async fn ask(&self, standby: Option<PgConnection>) -> Result<Asked, Error> {
        let mut connection = match standby {
            Some(standby) => standby,
            None => self.connect(&self.inner.writes).await?,
        };
        schema::check(&mut connection, &schema::steps()).await?;
        let limit = self.inner.writer.limit;
        let key = key(&self.inner.limits.schema);
        let asked = sqlx::query("SELECT pg_try_advisory_lock($1)").bind(key);
        let row = within(limit, asked.fetch_one(&mut connection)).await?;
        if !row.try_get::<bool, _>(0).map_err(Error::Postgres)? {
            let who = self.elsewhere(&mut connection, key).await?;
            return Ok(Asked::Theirs(who, connection));
        }
        let begun = sqlx::query(
            "UPDATE read_model_writer SET epoch = epoch + 1, node = $1, since = \
             clock_timestamp(), beat = clock_timestamp() RETURNING epoch",
        );
        let row = within(limit, begun.bind(&self.inner.node).fetch_one(&mut connection)).await?;
        let epoch = row.try_get(0).map_err(Error::Postgres)?;
        Ok(Asked::Ours(Session { connection, epoch }))
    }

    /// Who writes. A process that holds the lock and has said nothing for longer than its lease
    /// has its session ended, so that the next one who asks can go on.
    async fn elsewhere(&self, connection: &mut PgConnection, key: i64) -> Result<String, Error> {
        let limit = self.inner.writer.limit;
        let asked = sqlx::query(
            "SELECT node, beat < clock_timestamp() - $1 * INTERVAL '1 millisecond' FROM \
             read_model_writer",
        );
        let lease = i64::try_from(self.inner.limits.lease_ms).unwrap_or(i64::MAX);
        let row = within(limit, asked.bind(lease).fetch_one(&mut *connection)).await?;
        let who: String = row.try_get(0).map_err(Error::Postgres)?;
        if row.try_get::<bool, _>(1).map_err(Error::Postgres)? {
            tracing::warn!(who, "who writes the read models says nothing; its session is ended");
            let ended = sqlx::query(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND \
                 granted AND objsubid = 1 AND classid::INT8 = $1 AND objid::INT8 = $2",
            );
            let ended = ended.bind(key >> 32).bind(key & 0xffff_ffff);
            within(limit, ended.fetch_all(&mut *connection)).await?;
        }
        Ok(who)
    }
}

/// The key of the lock: of this schema, in its database. Both halves are positive, so that they
/// read as the object ids that they are listed under.
fn key(schema: &str) -> i64 {
    let hash = Hash::of_parts("cambium read models writer v1", &[schema]);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.0[..8]);
    i64::from_be_bytes(bytes) & 0x7fff_ffff_7fff_ffff
}
