//! Where answers to NATS clients may go: to the inboxes of the tenant that was asked, and nowhere
//! else. The rule stands here alone, for every road, and what it forbids is written into AUDIT.

use bytes::Bytes;
use contracts::audit::{AuditRecord, Outcome};
use contracts::ports::Settle;
use contracts::view::Status;
use contracts::{ActorId, Refusal, Tenant};
use serde_json::{Value, json};

use super::bus::in_doubt;
use super::letters::UNADDRESSED;
use super::shared::Shared;

/// What the broker's own way back into a tenant's account begins with. No client can choose one:
/// the broker refuses a message whose reply begins so, and puts it there itself for one that comes
/// out of the account of a tenant.
const WAY_BACK: &str = "_R_.";

/// What the tenant's inboxes begin with.
const INBOX: &str = "_INBOX_";

/// Where somebody wants an answer.
pub struct Way<'a> {
    /// The subject that was asked for.
    pub subject: &'a str,
    /// Whose house was asked; `None` = nobody's.
    pub tenant: Option<&'a Tenant>,
    /// Whether the broker itself said it, and not a header of the message.
    pub is_brokers: bool,
    /// By which message it is sent.
    pub settle: &'a dyn Settle,
}

/// What a refusal looks like. Of what is in doubt nobody can say where it stands.
pub fn refused(refusal: &Refusal) -> Value {
    let mut body = json!({ "ok": false, "error": refusal });
    if refusal.code != in_doubt().code {
        body["status"] = json!(Status::Rejected);
    }
    body
}

/// Sends `body`; where the subject is none of the tenant's inboxes, drops it and writes that down,
/// with the facts of `about`.
pub async fn send(shared: &Shared, way: Way<'_>, body: &Value, about: impl FnOnce() -> Value) {
    let Way { subject, tenant, is_brokers, settle } = way;
    let allowed = tenant.is_some_and(|tenant| is_inbox(subject, tenant))
        || (is_brokers && is_way_back(subject));
    if !allowed {
        return dropped(shared, subject, tenant, about()).await;
    }
    let payload = Bytes::from(body.to_string());
    if let Err(error) = settle.reply(subject, payload).await {
        tracing::debug!(%error, "road.reply_unsent");
    }
}

async fn dropped(shared: &Shared, subject: &str, tenant: Option<&Tenant>, about: Value) {
    let mut details = json!({ "reply_to": subject });
    if let (Value::Object(all), Value::Object(more)) = (&mut details, about) {
        all.extend(more);
    }
    let record = AuditRecord::new(
        tenant.unwrap_or(&UNADDRESSED).clone(),
        ActorId::from_static("reply_dropped"),
        shared.world.clock.now(),
        format!("{subject} is no inbox of the tenant; the answer was dropped"),
    );
    let mut record = record.outcome(Outcome::Refused).details(details);
    record.road = record.details["road"].as_str().map(str::to_owned);
    record.code = Some("reply_subject_forbidden".to_owned());
    if let Err(error) = shared.world.audit.record(record).await {
        tracing::error!(%error, subject, "audit.unwritten");
    }
}

fn is_way_back(subject: &str) -> bool {
    let tokens = subject.strip_prefix(WAY_BACK).and_then(|rest| rest.split_once('.'));
    let random = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric());
    tokens.is_some_and(|(service, answer)| random(service) && random(answer))
}

fn is_inbox(subject: &str, tenant: &Tenant) -> bool {
    let inbox = subject.strip_prefix(INBOX).and_then(|rest| rest.strip_prefix(tenant.as_str()));
    inbox.is_some_and(|rest| {
        rest.len() > 1 && rest.starts_with('.') && !rest.contains(['*', '>', ' '])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_doubt_is_not_told_to_be_rejected() {
        assert_eq!(refused(&Refusal::rejected("no", "no"))["status"], "rejected");
        let doubted = refused(&in_doubt());
        assert_eq!(
            (&doubted["status"], &doubted["error"]["code"]),
            (&Value::Null, &json!("in_doubt"))
        );
    }

    #[test]
    fn the_way_back_is_the_brokers_own_form() {
        assert!(is_way_back("_R_.mFaRwV.IPeMtA"));
        for bad in ["_R_.", "_R_.a", "_R_.a.", "_R_.a.b.c", "_R_.a.*", "_R_.>.b", "evt._R_.a.b"] {
            assert!(!is_way_back(bad), "{bad}");
        }
    }

    #[test]
    fn only_the_tenants_own_inboxes_are_inboxes() {
        let main = Tenant::from_static("main");
        for good in ["_INBOX_main.a", "_INBOX_main.a.1"] {
            assert!(is_inbox(good, &main), "{good}");
        }
        for bad in [
            "_INBOX_main",
            "_INBOX_main.",
            "_INBOX_mainly.a",
            "_INBOX_other.a",
            "_INBOX.a",
            "_INBOX_main.*",
            "_INBOX_main.>",
            "_INBOX_main.a b",
            "cmd.main.counter.a",
        ] {
            assert!(!is_inbox(bad, &main), "{bad}");
        }
    }
}
