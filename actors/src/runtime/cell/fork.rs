//! Beginning an actor as a continuation of another.

use contracts::commit::Input;
use contracts::lifecycle::Parent;
use contracts::limits::FORK_DEPTH_MAX;
use contracts::view::At;
use contracts::{Address, Envelope, Hash, Refusal, RefusalClass, Revision};

use super::Cell;
use super::draft::Step;
use crate::runtime::decide::{self, Frame};
use crate::runtime::hydrate::HydrateError;
use crate::runtime::living::Living;

impl Cell {
    /// Puts the fork in the place of the actor that does not exist yet, and decides its beginning.
    pub(super) async fn forked(
        &self,
        living: &mut Living,
        envelope: &Envelope,
        input: Input,
        input_hash: Hash,
    ) -> Result<Step, Refusal> {
        let gate = self.ruled(envelope, Revision::ZERO, self.shared.world.clock.now())?.record;
        let (mut child, parent) = self.fork_of(living, envelope).await?;
        let at = decide::instant(&child.header, self.shared.world.clock.now());
        let decided = decide::forked(&child, parent);
        let frame = Frame { input, input_hash, gate, at };
        let drafted = self.take_over(&mut child, envelope, frame, decided)?;
        *living = child;
        Ok(Step::Drafted(Box::new(drafted)))
    }

    /// The parent of a fork, folded up to where the fork leaves it and turned into the fork.
    async fn fork_of(
        &self,
        living: &Living,
        envelope: &Envelope,
    ) -> Result<(Living, Parent), Refusal> {
        if living.head.revision != Revision::ZERO {
            let message = format!("there is a {} {} already", self.address.kind, self.address.id);
            return Err(Refusal::new(RefusalClass::Conflict, "actor_exists", message));
        }
        let parent: Parent = contracts::read::from_ref(&envelope.input)
            .map_err(|error| Refusal::internal(error.to_string()))?;
        let Address { tenant, kind, .. } = self.address.clone();
        let address = Address::new(tenant, kind, parent.id.clone());
        let hydrator = &self.shared.hydrator;
        if hydrator.depth(&address).await? >= FORK_DEPTH_MAX {
            return Err(HydrateError::TooDeep.into());
        }
        let mut child = hydrator.fold(&address, At::Revision(parent.revision).into()).await?;
        if child.head.revision != parent.revision || parent.revision == Revision::ZERO {
            return Err(Refusal::not_found(
                "revision_not_found",
                format!("{address} has no revision {}", parent.revision),
            ));
        }
        child.become_fork();
        Ok((child, parent))
    }
}
