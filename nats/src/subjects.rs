//! Every subject, as values in one place.
//!
//! | subject | stands for |
//! | --- | --- |
//! | `evt.<partition>.<tenant>.<kind>.<id>` | an actor's commits (EVENTS) |
//! | `cmd.<tenant>.<kind>.<id>` | a command as clients publish it; stored in the five-token form |
//! | `cmd.<partition>.<tenant>.<kind>.<id>` | a command as stored (COMMANDS) |
//! | `tmr.<tenant>.<kind>.<id>.<name>` | a one-shot schedule (COMMANDS) |
//! | `snp.<partition>.<tenant>.<kind>.<id>` | the last snapshot (SNAPSHOTS) |
//! | `dead.<partition>.<tenant>.<kind>.<id>`, `dead.unaddressed` | what was put aside (DEAD) |
//! | `aud.<tenant>.<class>` | the audit trail (AUDIT) |
//! | `tel.<tenant>.<signal>` | records of tenants' programs (TELEMETRY) |
//! | `tree.head.<number>`, `tree.part.<name>` | signed tree heads, and the tree (TREES) |
//! | `chk.<fold>.<slot>.<part>`, `chk.<fold>.manifest` | how far folds have read (CHECKPOINTS) |
//! | `ask.<tenant>.<kind>.<id>`, `ask.<partition>.…` | request and reply, stored nowhere |
//! | `work.<tenant>.<queue>`, `….<effect>.outcome`, `….<effect>.extend` | workers, stored nowhere |
//! | `peer.node.<node>`, `peer.part.<partition>` | what nodes ask each other, stored nowhere |
//! | `gos.<topic>` | what nodes tell each other, stored nowhere |
//! | `live.<tenant>.<kind>.<id>` | signals, stored nowhere |
//!
//! Ids are subject tokens without wildcards (`contracts::ids`), so no address can widen a subject.

use contracts::audit::ChainName;
use contracts::ports::{AuditFilter, LetterFilter, PeerName, PortError, TimerId, WorkVerb};
use contracts::records::{RecordPlace, Signal};
use contracts::{ActorId, Address, Kind, Partition, Queue, Tenant};

/// What the subjects of EVENTS begin with.
pub const EVENT: &str = "evt";
/// What the subjects of commands begin with.
pub const COMMAND: &str = "cmd";
/// What the subjects of timers begin with.
pub const TIMER: &str = "tmr";
/// What the subjects of snapshots begin with.
pub const SNAPSHOT: &str = "snp";
/// What the subjects of dead letters begin with.
pub const DEAD: &str = "dead";
/// What the subjects of the audit trail begin with.
pub const AUDIT: &str = "aud";
/// What the subjects of records of tenants' programs begin with.
pub const TELEMETRY: &str = "tel";
/// What the subjects of tree heads begin with.
pub const TREE: &str = "tree";
/// What the subjects of checkpoints begin with.
pub const CHECKPOINT: &str = "chk";
/// What the subjects of requests begin with.
pub const ASK: &str = "ask";
/// What the subjects of workers' requests begin with.
pub const WORK: &str = "work";
/// What the subjects of signals begin with.
pub const LIVE: &str = "live";

/// What the subjects of what nodes tell each other begin with.
pub const GOSSIP: &str = "gos";

/// What the subjects of what nodes ask each other begin with.
pub const PEER: &str = "peer";

/// Where letters go that were addressed to no actor.
pub const DEAD_UNADDRESSED: &str = "dead.unaddressed";

/// The header in which a publisher on `cmd.` names the subject that an answer goes to.
pub const REPLY_TO_HEADER: &str = "cambium-reply-to";

/// The broker's own mapping of a three-token address to its five-token form: the right-hand side
/// of a subject transform whose left-hand side is `<prefix>.*.*.*`.
#[must_use]
pub fn partitioned(prefix: &str) -> String {
    let count = Partition::COUNT;
    format!(
        "{prefix}.{{{{partition({count},1,2,3)}}}}.{{{{wildcard(1)}}}}.{{{{wildcard(2)}}}}.\
         {{{{wildcard(3)}}}}"
    )
}

/// `<prefix>.<partition>.<tenant>.<kind>.<id>`.
#[must_use]
pub fn stored(prefix: &str, to: &Address) -> String {
    format!("{prefix}.{}.{}.{}.{}", to.partition(), to.tenant, to.kind, to.id)
}

/// `evt.*.*.<kind>.*`: the commits of all actors of a kind.
#[must_use]
pub fn of_kind(kind: &Kind) -> String {
    format!("{EVENT}.*.*.{kind}.*")
}

/// `<prefix>.<tenant>.<kind>.<id>`: what clients use, who need to know no hash.
#[must_use]
pub fn plain(prefix: &str, to: &Address) -> String {
    format!("{prefix}.{}.{}.{}", to.tenant, to.kind, to.id)
}

/// `tmr.<tenant>.<kind>.<id>.<name>`.
#[must_use]
pub fn timer(id: &TimerId) -> String {
    format!("{}.{}", plain(TIMER, &id.address), id.name)
}

/// `gos.<topic>`.
#[must_use]
pub fn gossip(topic: &str) -> String {
    format!("{GOSSIP}.{topic}")
}

/// `peer.node.<node>` or `peer.part.<partition>`.
#[must_use]
pub fn peer(name: &PeerName) -> String {
    match name {
        PeerName::Node(node) => format!("{PEER}.node.{node}"),
        PeerName::Owner(partition) => format!("{PEER}.part.{partition}"),
    }
}

/// The timer that a subject names.
#[must_use]
pub fn parse_timer(subject: &str) -> Option<TimerId> {
    let (address, name) = subject.rsplit_once('.')?;
    Some(TimerId { address: parse_plain(TIMER, address)?, name: name.parse().ok()? })
}

/// `aud.<tenant>.<class>`.
#[must_use]
pub fn audit(tenant: &Tenant, class: &ActorId) -> String {
    format!("{AUDIT}.{tenant}.{class}")
}

/// `aud.<tenant>.<class>`, with `*` for what a filter leaves open.
#[must_use]
pub fn audit_filter(filter: &AuditFilter) -> String {
    let tenant = filter.tenant.as_ref().map_or("*", Tenant::as_str);
    let class = filter.class.as_ref().map_or("*", ActorId::as_str);
    format!("{AUDIT}.{tenant}.{class}")
}

/// The tenant and class that a subject of the audit trail names.
#[must_use]
pub fn parse_audit(subject: &str) -> Option<ChainName> {
    let (tenant, class) = subject.strip_prefix(AUDIT)?.strip_prefix('.')?.split_once('.')?;
    Some(ChainName { tenant: tenant.parse().ok()?, class: class.parse().ok()? })
}

/// `tel.<tenant>.<signal>`; of what the tenant says of how long they are kept, `rules`.
#[must_use]
pub fn records(place: &RecordPlace) -> String {
    let signal = place.signal.map_or(RULES, Signal::as_str);
    format!("{TELEMETRY}.{}.{signal}", place.tenant)
}

/// Everything in TELEMETRY.
#[must_use]
pub fn records_all() -> String {
    format!("{TELEMETRY}.*.*")
}

/// What stands in the place of a signal when a tenant says how long records are kept.
const RULES: &str = "rules";

/// Whose records a subject names, and of which sort.
#[must_use]
pub fn parse_records(subject: &str) -> Option<RecordPlace> {
    let (tenant, signal) = subject.strip_prefix(TELEMETRY)?.strip_prefix('.')?.split_once('.')?;
    let signal = if signal == RULES { None } else { Some(signal.parse().ok()?) };
    Some(RecordPlace { tenant: tenant.parse().ok()?, signal })
}

/// `tree.head.<number>`; `*` = all.
#[must_use]
pub fn tree_head(number: &str) -> String {
    format!("{TREE}.head.{number}")
}

/// `tree.part.<name>`; `*` = all.
#[must_use]
pub fn tree_part(name: &str) -> String {
    format!("{TREE}.part.{name}")
}

/// `chk.<fold>.<slot>.<part>`.
#[must_use]
pub fn checkpoint_part(fold: &str, slot: u8, part: usize) -> String {
    format!("{CHECKPOINT}.{fold}.{slot}.{part}")
}

/// `chk.<fold>.manifest`.
#[must_use]
pub fn checkpoint_manifest(fold: &str) -> String {
    format!("{CHECKPOINT}.{fold}.manifest")
}

/// Everything of a checkpoint.
#[must_use]
pub fn checkpoint_all(fold: &str) -> String {
    format!("{CHECKPOINT}.{fold}.>")
}

/// The letters of an actor, or of nobody.
#[must_use]
pub fn dead(to: Option<&Address>) -> String {
    to.map_or_else(|| DEAD_UNADDRESSED.to_owned(), |to| stored(DEAD, to))
}

/// The letters that a filter means; with nothing asked, also those to nobody.
#[must_use]
pub fn dead_filter(filter: &LetterFilter) -> String {
    if filter.is_any() {
        return format!("{DEAD}.>");
    }
    let tenant = filter.tenant.as_ref().map_or("*", Tenant::as_str);
    let kind = filter.kind.as_ref().map_or("*", Kind::as_str);
    let id = filter.id.as_ref().map_or("*", ActorId::as_str);
    format!("{DEAD}.*.{tenant}.{kind}.{id}")
}

/// The signals of a tenant, of one kind and actor or of all.
#[must_use]
pub fn live_filter(tenant: &Tenant, kind: Option<&Kind>, id: Option<&ActorId>) -> String {
    let kind = kind.map_or("*", Kind::as_str);
    let id = id.map_or("*", ActorId::as_str);
    format!("{LIVE}.{tenant}.{kind}.{id}")
}

/// Everything stored for a partition: `<prefix>.<partition>.*.*.*`.
#[must_use]
pub fn of_partition(prefix: &str, partition: Partition) -> String {
    format!("{prefix}.{partition}.*.*.*")
}

/// The actor that a five-token subject names; `None` when it is no actor's, or when the partition
/// is not the actor's own.
#[must_use]
pub fn parse_stored(prefix: &str, subject: &str) -> Option<Address> {
    let (partition, rest) = subject.strip_prefix(prefix)?.strip_prefix('.')?.split_once('.')?;
    let to = parse_tokens(rest)?;
    (partition == to.partition().to_string()).then_some(to)
}

/// The actor that a four-token subject such as `cmd.<tenant>.<kind>.<id>` names.
#[must_use]
pub fn parse_plain(prefix: &str, subject: &str) -> Option<Address> {
    parse_tokens(subject.strip_prefix(prefix)?.strip_prefix('.')?)
}

/// What a worker's request wants: `work.<tenant>.<queue>` a lease, with an effect behind it and
/// `outcome` or `extend` the rest of the errand.
#[must_use]
pub fn parse_work(subject: &str) -> Option<(Tenant, Queue, WorkVerb)> {
    let rest = subject.strip_prefix(WORK)?.strip_prefix('.')?;
    let tokens: Vec<&str> = rest.split('.').collect();
    let (tenant, queue, verb) = match tokens[..] {
        [tenant, queue] => (tenant, queue, WorkVerb::Lease),
        [tenant, queue, effect, "outcome"] => {
            (tenant, queue, WorkVerb::Outcome(effect.parse().ok()?))
        }
        [tenant, queue, effect, "extend"] => {
            (tenant, queue, WorkVerb::Extend(effect.parse().ok()?))
        }
        _ => return None,
    };
    Some((tenant.parse().ok()?, queue.parse().ok()?, verb))
}

/// Refuses what is no subject to publish an answer on; it came from whoever asked.
///
/// # Errors
/// `Refused` for an empty token, a wildcard, a blank or a control character.
pub fn check_reply(subject: &str) -> Result<(), PortError> {
    let bad = |token: &str| {
        let strange = |it: char| matches!(it, '*' | '>') || it.is_whitespace() || it.is_control();
        token.is_empty() || token.contains(strange)
    };
    if subject.split('.').any(bad) {
        return Err(PortError::Refused("the reply subject is none".to_owned()));
    }
    Ok(())
}

fn parse_tokens(rest: &str) -> Option<Address> {
    let mut tokens = rest.split('.');
    let to = Address::new(
        tokens.next()?.parse().ok()?,
        tokens.next()?.parse().ok()?,
        tokens.next()?.parse().ok()?,
    );
    tokens.next().is_none().then_some(to)
}

#[cfg(test)]
mod tests {
    use super::{ASK, COMMAND, EVENT, parse_plain, parse_stored, partitioned, plain, stored};

    #[test]
    fn a_stored_subject_names_its_actor_only_under_its_own_partition() {
        let to: contracts::Address = "acme/osteon/d-1".parse().unwrap();
        let subject = stored(EVENT, &to);
        assert_eq!(parse_stored(EVENT, &subject), Some(to.clone()));
        assert_eq!(parse_stored(COMMAND, &subject), None);
        let other = (to.partition().number() + 1) % 64;
        let moved = format!("evt.{other}.acme.osteon.d-1");
        assert_eq!(parse_stored(EVENT, &moved), None);
        for garbage in ["evt", "evt.", "evt.1.a.b", "evt.1.a.b.c.d", "evt.x.a.b.c", "evt.01.a.b.c"]
        {
            assert_eq!(parse_stored(EVENT, garbage), None, "{garbage}");
        }
    }

    #[test]
    fn a_plain_subject_has_exactly_three_ids() {
        let to: contracts::Address = "acme/osteon/d-1".parse().unwrap();
        assert_eq!(parse_plain(ASK, &plain(ASK, &to)), Some(to.clone()));
        assert_eq!(parse_plain(ASK, &stored(ASK, &to)), None);
        assert_eq!(parse_plain(ASK, "ask.a..c"), None);
    }

    #[test]
    fn the_transform_is_the_brokers_spelling() {
        assert_eq!(
            partitioned("cmd"),
            "cmd.{{partition(64,1,2,3)}}.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}"
        );
    }
}
