//! A command on its way to whoever owns its partition.

use std::time::Duration;

use contracts::ports::PeerName;
use contracts::view::Answer;
use contracts::{Envelope, Refusal, RefusalClass};
use tokio::time::Instant;

use super::calls::{Call, Told};
use super::questions::{Heard, UNOWNED_MS, stopping, unowned};
use crate::runtime::Runtime;
use crate::runtime::bus::{in_doubt, is_undecided};
use crate::runtime::inbox::Passage;

/// What is known of a command that is sent until somebody answers it.
#[derive(Debug, Default)]
struct Errand {
    /// Somebody may have got it, of whom nothing is known.
    heard: bool,
}

impl Errand {
    /// What this sending came to settles the command, or there must be another.
    fn settled(&mut self, asked: Result<Heard, Refusal>) -> Option<Result<Answer, Refusal>> {
        match asked {
            Ok(Heard::Told(Told::Answered(answer))) => return Some(Ok(*answer)),
            Ok(Heard::Told(Told::Refused(refusal))) if is_passing_by(&refusal) => {
                self.heard |= refusal.code == in_doubt().code;
            }
            Ok(Heard::Told(Told::Refused(refusal))) => return self.refused(*refusal),
            Ok(Heard::Told(Told::Decided(refusal))) => return Some(Err(refusal.decided())),
            Ok(Heard::Nobody) => {}
            // While a partition changes hands, who had it still listens for a moment: what such a
            // one has not done, another who heard the same words may have.
            Ok(Heard::Told(_) | Heard::Silent) => self.heard = true,
            // Why this one did not go out says nothing of the one before it.
            Err(_) if self.heard => {}
            Err(refusal) => return Some(Err(refusal)),
        }
        None
    }

    /// Whether surely nobody has it, since this node reaches none.
    fn is_unsent(&self, asked: &Result<Heard, Refusal>) -> bool {
        let away = asked.as_ref().is_err_and(|it| it.class == RefusalClass::Unavailable);
        away && !self.heard
    }

    /// Whoever refuses it without having looked does not know what became of an earlier sending.
    fn refused(&self, refusal: Refusal) -> Option<Result<Answer, Refusal>> {
        let knows = !self.heard || !is_undecided(&refusal);
        knows.then_some(Err(refusal))
    }

    /// What is told when there is no other sending; `otherwise` when surely nobody had it.
    fn given_up(&self, otherwise: Refusal) -> Refusal {
        if self.heard && is_undecided(&otherwise) { in_doubt() } else { otherwise }
    }
}

impl Runtime {
    /// Has a command decided by whoever owns its partition: here when that is this process.
    ///
    /// While there is no owner it waits. It is sent again under its own id when no answer came, so
    /// that it is neither lost nor doubled.
    ///
    /// # Errors
    /// What it is refused with; `partition_unowned` when nobody has had it, `in_doubt` when
    /// somebody may have.
    pub(in crate::runtime) async fn deliver(
        &self,
        envelope: Envelope,
        passage: Passage,
    ) -> Result<Answer, Refusal> {
        let partition = envelope.to.partition();
        let wait = Duration::from_millis(self.shared.config.cluster.unowned_wait_ms);
        let (until, mut errand) = (Instant::now() + wait, Errand::default());
        let mut waiting = self.shared.patience.begin();
        loop {
            if self.shared.shares.owns(partition) {
                let told = self.committed(self.put_by(envelope, passage)).await;
                return told.map_err(|refusal| errand.given_up(refusal));
            }
            let call = Call::Ask(Box::new(envelope.clone()), passage.clone());
            let asked = self.ask_peer(PeerName::Owner(partition), &call).await;
            // It did not go out, and may in a moment.
            if errand.is_unsent(&asked) && waiting.again().await {
                continue;
            }
            if let Some(settled) = errand.settled(asked) {
                return settled;
            }
            if Instant::now() >= until {
                return Err(errand.given_up(unowned(partition)));
            }
            let pause = tokio::time::sleep(Duration::from_millis(UNOWNED_MS));
            if self.shared.stop.run_until_cancelled(pause).await.is_none() {
                return Err(errand.given_up(stopping()));
            }
        }
    }
}

/// Whether the next owner may answer otherwise.
pub(super) fn is_passing_by(refusal: &Refusal) -> bool {
    refusal.code == in_doubt().code || matches!(&*refusal.code, "stopping" | "partition_unowned")
}

#[cfg(test)]
mod tests {
    use contracts::{Partition, Refusal};

    use super::{Errand, Heard, Told, stopping, unowned};

    fn away() -> Refusal {
        Refusal::unavailable("log_unavailable", "the log cannot be reached; nothing was stored")
    }

    /// What a command is told that meets these, one after another, and then nothing more.
    fn told(sendings: Vec<Result<Heard, Refusal>>) -> String {
        let mut errand = Errand::default();
        let settled = sendings.into_iter().find_map(|it| errand.settled(it));
        let partition = Partition::new(0).expect("there are 64");
        let refusal =
            settled.map_or_else(|| errand.given_up(unowned(partition)), Result::unwrap_err);
        refusal.code.into_owned()
    }

    fn refused(refusal: Refusal) -> Result<Heard, Refusal> {
        Ok(Heard::Told(Told::Refused(Box::new(refusal))))
    }

    #[test]
    fn who_alone_heard_it_is_believed() {
        assert_eq!(told(vec![refused(away())]), "log_unavailable");
        assert_eq!(told(vec![Err(away())]), "log_unavailable");
        assert_eq!(told(vec![Ok(Heard::Nobody), Ok(Heard::Nobody)]), "partition_unowned");
        assert_eq!(told(vec![refused(stopping()), refused(away())]), "log_unavailable");
    }

    #[test]
    fn who_no_longer_owns_it_was_perhaps_not_the_only_one_to_hear() {
        let not_mine = || Ok(Heard::Told(Told::NotMine));
        assert_eq!(told(vec![not_mine(), refused(away())]), "in_doubt");
        assert_eq!(told(vec![not_mine(), Err(away())]), "in_doubt");
        assert_eq!(told(vec![not_mine(), Ok(Heard::Nobody)]), "in_doubt");
        // Who has looked knows.
        let looked = Refusal::rejected("too_much", "it would be more than it may be");
        assert_eq!(told(vec![not_mine(), refused(looked)]), "too_much");
        let held_up = Refusal::unavailable("kill_switch_engaged", "all stands still");
        let decided = || Ok(Heard::Told(Told::Decided(Box::new(held_up.clone()))));
        assert_eq!(told(vec![not_mine(), decided()]), "kill_switch_engaged");
        assert_eq!(told(vec![Ok(Heard::Silent), decided()]), "kill_switch_engaged");
    }

    #[test]
    fn what_got_no_answer_stays_in_doubt() {
        for then in [refused(away()), Err(away()), Ok(Heard::Nobody), refused(stopping())] {
            assert_eq!(told(vec![Ok(Heard::Silent), then]), "in_doubt");
        }
    }
}
