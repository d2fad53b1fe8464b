//! Commands to actors of every kind: decided, folded, restored, whatever is in them.

use actors::Registry;
use contracts::decider::EventContext;
use contracts::{Caller, Context, Hash, Kind, Origin, Revision, Timestamp, canonical, commit};

/// The first byte is the kind; then one command a line, `name {json}`.
pub fn kinds(bytes: &[u8]) {
    let Some((kind, script)) = bytes.split_first() else { return };
    let all =
        ["counter", "conversation", "organization", "osteon", "principal"].map(Kind::from_static);
    let registry = Registry::standard();
    let Some(known) = registry.get(&all[usize::from(*kind) % all.len()]) else { return };
    let mut machine = known.fresh();
    for (number, line) in (1_u32..).zip(script.split(|byte| *byte == b'\n').take(32)) {
        let cut = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let Ok(name) = std::str::from_utf8(&line[..cut]) else { continue };
        let Ok(input) = canonical::parse_exact(&line[cut..]) else { continue };
        if contracts::input::check(&input).is_err() {
            continue;
        }
        let by = Caller::new(Caller::ADMIN, Origin::Http);
        let at = Timestamp::from_millis(1_000 * i64::from(number));
        let cx = Context {
            now: at,
            by: by.clone(),
            tenant: contracts::Tenant::from_static("main"),
            me: contracts::ActorId::from_static("a"),
            command: commit::sample_command_id(u128::from(number)),
            revision: Revision(u64::from(number)),
            policy: Hash::ZERO,
            authority: contracts::access::Authority::everything(),
            run: None,
        };
        let Ok(draft) = machine.decide(name, &input, &cx) else { continue };
        let context = EventContext { at, revision: cx.revision, by };
        for event in &draft.events {
            machine.fold(event, &context).expect("what was decided can be folded");
        }
        assert_eq!(machine.state(), draft.next.state(), "a fold comes to what was decided");
        let mut restored = known.fresh();
        assert!(restored.restore(machine.state()), "a state can be restored");
        assert_eq!(restored.state(), machine.state());
    }
}
