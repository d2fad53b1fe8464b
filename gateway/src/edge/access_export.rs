//! Everything that is known of one subject, as lines: what is kept of it as a subject and as a
//! principal, each protected value with its place, what it has caused, and what AUDIT says of it.

use std::sync::Arc;

use bytes::Bytes;
use contracts::kinds::{principal, subject};
use contracts::ports::Flow;
use contracts::privacy::Viewer;
use contracts::{ActorId, Address, Kind, Principal, Refusal, Tenant};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::reading::TimelineQuery;
use super::shared::Shared;

/// Lines that wait for a slow reader.
const LINES_WAITING: usize = 64;
/// Rows that are read together.
const ROWS: usize = 100;
/// Records of AUDIT that are read together.
const RECORDS: usize = 256;

/// Members that tell of credentials: hashes of what nobody may guess at.
const CREDENTIALS: &[&str] = &["hash", "token_hash", "password", "previous_hash"];

type Line = Result<Bytes, Refusal>;

/// The lines, the last of them `{"type": "end", …}` with how many of each there were.
pub fn lines(shared: Arc<Shared>, tenant: Tenant, subject: ActorId) -> Flow<Line> {
    let (sender, receiver) = mpsc::channel(LINES_WAITING);
    let viewer = Viewer { own: Some(subject.clone()), all: false };
    let mut export = Export { shared, tenant, subject, viewer, sender, counts: [0; 3] };
    tokio::spawn(async move {
        // Whoever leaves needs nothing more; whatever else goes wrong is the last line.
        if let Err(Some(refusal)) = export.run().await {
            let _ = export.sender.send(Err(refusal)).await;
        }
    });
    Box::pin(futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|line| (line, receiver))
    }))
}

/// Whether anything is known of a subject: that somebody has asked about it is not.
///
/// # Errors
/// When it cannot be looked up.
pub async fn is_known(
    shared: &Shared,
    tenant: &Tenant,
    subject: &ActorId,
) -> Result<bool, Refusal> {
    for kind in [subject::KIND, principal::KIND] {
        let address = Address::new(tenant.clone(), kind, subject.clone());
        if shared.kept(&address).await?.is_some() {
            return Ok(true);
        }
    }
    let reading = &shared.edge.reading;
    if !reading.personal(tenant, subject, None, 1).await?.items.is_empty() {
        return Ok(true);
    }
    let Some(query) = by(tenant, subject, None, 1) else { return Ok(false) };
    Ok(!reading.timeline(query).await?.items.is_empty())
}

/// What happened on a subject's word; `None` = nobody can be called so who says anything.
fn by(
    tenant: &Tenant,
    subject: &ActorId,
    after: Option<String>,
    limit: usize,
) -> Option<TimelineQuery> {
    Some(TimelineQuery {
        tenant: tenant.clone(),
        kind: None,
        id: None,
        r#type: None,
        principal: Some(Principal::new(subject.as_str()).ok()?),
        correlation: None,
        trace: None,
        from: None,
        to: None,
        after,
        limit,
    })
}

struct Export {
    shared: Arc<Shared>,
    tenant: Tenant,
    subject: ActorId,
    /// It sees as the subject itself does: what is about others too is theirs.
    viewer: Viewer,
    sender: mpsc::Sender<Line>,
    counts: [u64; 3],
}

/// Why an export ends early: `None` = nobody reads it any more.
type Ended = Option<Refusal>;

impl Export {
    async fn run(&mut self) -> Result<(), Ended> {
        let (tenant, id) = (&self.tenant, &self.subject);
        let first = json!({
            "type": "subject", "tenant": tenant, "subject": id, "at": self.shared.now(),
            "known": self.state(subject::KIND).await?,
            "principal": self.state(principal::KIND).await?,
        });
        self.tell(first).await?;
        self.values().await?;
        self.caused().await?;
        self.records().await?;
        let [values, events, records] = self.counts;
        let end = json!({ "type": "end", "values": values, "events": events, "audit": records });
        self.tell(end).await
    }

    async fn tell(&self, line: Value) -> Result<(), Ended> {
        let line = self.shared.edge.privacy.show(&self.tenant, &self.viewer, line).await;
        self.sender.send(Ok(Bytes::from(line.to_string()))).await.map_err(|_| None)
    }

    /// The state of the actor that is called as the subject is, without credentials.
    async fn state(&self, kind: Kind) -> Result<Value, Ended> {
        let address = Address::new(self.tenant.clone(), kind, self.subject.clone());
        let Some(view) = self.shared.kept(&address).await.map_err(Some)? else {
            return Ok(Value::Null);
        };
        let mut state = view.state;
        without_credentials(&mut state);
        Ok(json!({ "revision": view.revision, "state": state }))
    }

    async fn values(&mut self) -> Result<(), Ended> {
        let mut after = None;
        loop {
            let reading = &self.shared.edge.reading;
            let page =
                reading.personal(&self.tenant, &self.subject, after, ROWS).await.map_err(Some)?;
            for mut row in page.items {
                row["type"] = json!("value");
                self.counts[0] += 1;
                self.tell(row).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// What happened on the subject's word.
    async fn caused(&mut self) -> Result<(), Ended> {
        let mut after = None;
        loop {
            let query = by(&self.tenant, &self.subject, after, ROWS);
            let Some(query) = query else { return Ok(()) };
            let page = self.shared.edge.reading.timeline(query).await.map_err(Some)?;
            for row in page.items {
                let mut row = json!({ "type": "event", "event": row });
                without_credentials(&mut row);
                self.counts[1] += 1;
                self.tell(row).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// What AUDIT says of it.
    async fn records(&mut self) -> Result<(), Ended> {
        let mut after = 0;
        loop {
            let audit = &self.shared.edge.audit;
            let records = audit.read(&self.tenant, after, RECORDS).await;
            let records = records.map_err(|error| Some(error.into()))?;
            let Some((last, _)) = records.last() else { return Ok(()) };
            after = *last;
            for (_, record) in records {
                let id = self.subject.as_str();
                let of = |kind: Kind| Some(format!("{kind}/{id}")) == record.actor;
                let about = record.principal.as_deref() == Some(id)
                    || of(principal::KIND)
                    || of(subject::KIND);
                if about {
                    self.counts[2] += 1;
                    self.tell(json!({ "type": "audit", "record": record })).await?;
                }
            }
        }
    }
}

fn without_credentials(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !CREDENTIALS.contains(&name.as_str()));
            members.values_mut().for_each(without_credentials);
        }
        Value::Array(items) => items.iter_mut().for_each(without_credentials),
        _ => {}
    }
}
