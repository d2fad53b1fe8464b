//! The read model of commands, as far behind as the simulation wants it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use contracts::ports::{CommandIndex, CommandPlace, Fut, PortError};
use contracts::{CommandId, Cursor, Recorded, Tenant};

use super::chaos::Chaos;
use super::trace::lock;

/// The index; all runs of the program read the same one.
pub struct SimIndex {
    chaos: Arc<Chaos>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    places: BTreeMap<(Tenant, CommandId), CommandPlace>,
    position: Cursor,
}

impl SimIndex {
    /// An index that has read nothing.
    pub fn new(chaos: Arc<Chaos>) -> Self {
        Self { chaos, kept: Mutex::default() }
    }

    /// Reads on. The first to commit a command keeps it, as in the real one.
    pub fn read(&self, recorded: &Recorded) {
        let commit = &recorded.commit;
        let place = CommandPlace {
            address: commit.address(),
            revision: commit.revision,
            cursor: recorded.cursor,
            input_hash: commit.command.input_hash,
        };
        let mut kept = lock(&self.kept);
        kept.position = recorded.cursor;
        kept.places.entry((commit.tenant.clone(), commit.command.id)).or_insert(place);
    }
}

impl CommandIndex for SimIndex {
    fn position(&self) -> Cursor {
        lock(&self.kept).position
    }

    fn find<'a>(
        &'a self,
        tenant: &'a Tenant,
        command: CommandId,
    ) -> Fut<'a, Result<Option<CommandPlace>, PortError>> {
        Box::pin(async move {
            if self.chaos.strikes(|rates| rates.index_failed) {
                return Err(PortError::Unavailable("a fault".to_owned()));
            }
            Ok(lock(&self.kept).places.get(&(tenant.clone(), command)).cloned())
        })
    }
}
