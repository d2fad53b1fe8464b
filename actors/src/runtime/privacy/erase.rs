//! Erasing: what is to happen is said in the log, the key is destroyed, and that it was is said in
//! the log, signed. Whatever ends it in between, asking again goes on where it stopped.

use contracts::kinds::subject::{AskErasure, Erased, KIND};
use contracts::ports::{CommandBus as _, Counted, Erasure, History as _, Wait};
use contracts::privacy::{KeyId, RECEIPT_VERSION, Receipt, SignedReceipt};
use contracts::view::At;
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Envelope, Refusal, RefusalClass, Tenant,
};
use serde::Serialize;

use crate::kinds::subject::State;
use crate::runtime::Runtime;
use crate::runtime::decide::written;

impl Runtime {
    pub(super) async fn erase_now(&self, erasure: Erasure) -> Result<SignedReceipt, Refusal> {
        let Erasure { tenant, subject, by, reason, counted } = &erasure;
        let to = Address::new(tenant.clone(), KIND, subject.clone());
        let keys = &self.shared.keys;
        let before = self.subject(&to).await?;
        let key = match (&before.erasing, keys.find(tenant, subject).await?) {
            (Some(erasing), _) => erasing.key,
            (None, Some(key)) => key.id(),
            (None, None) => {
                let last = before.receipts.last().cloned();
                return last.ok_or_else(nothing);
            }
        };
        if before.erasing.is_none() {
            let asked = AskErasure { key, by: by.clone(), reason: reason.clone() };
            self.say("ask_erasure", &to, key, &asked).await?;
        }
        let asked_at = self.subject(&to).await?.erasing.map(|erasing| erasing.asked_at);
        keys.destroy(tenant, subject, key).await?;
        let erased_at = self.shared.world.clock.now();
        let receipt = Receipt {
            v: RECEIPT_VERSION,
            tenant: tenant.clone(),
            subject: Receipt::subject_of(tenant, subject),
            key,
            values: counted.values,
            cursor: counted.cursor,
            asked_at: asked_at.unwrap_or(erased_at),
            erased_at,
            by: before.erasing.map_or_else(|| by.clone(), |erasing| erasing.by),
        };
        let signer = &self.shared.world.signer;
        let (public_key, signature) = (signer.public_key(), signer.sign(&receipt.message()));
        let signed = SignedReceipt { receipt, public_key, signature };
        self.say("erased", &to, key, &Erased { receipt: signed }).await?;
        let known = self.subject(&to).await?.receipts;
        let of_key = known.into_iter().rev().find(|known| known.receipt.key == key);
        of_key.ok_or_else(|| Refusal::internal("the receipt of an erasure was not kept"))
    }

    /// Goes on with an erasure that was begun and not ended: as whoever asked it would by asking
    /// again. `None` = none is under way.
    pub(super) async fn finish_now(
        &self,
        tenant: &Tenant,
        subject: &ActorId,
        counted: Counted,
    ) -> Result<Option<SignedReceipt>, Refusal> {
        let to = Address::new(tenant.clone(), KIND, subject.clone());
        let Some(erasing) = self.subject(&to).await?.erasing else { return Ok(None) };
        let (tenant, subject, reason) = (tenant.clone(), subject.clone(), String::new());
        let erasure = Erasure { tenant, subject, by: erasing.by, reason, counted };
        self.erase_now(erasure).await.map(Some)
    }

    /// What is kept of a subject; the beginning when nothing is.
    async fn subject(&self, to: &Address) -> Result<State, Refusal> {
        match self.state(to, At::Latest).await {
            Ok(view) => contracts::read::from_value(view.state)
                .map_err(|error| Refusal::internal(error.to_string())),
            Err(refusal) if refusal.class == RefusalClass::NotFound => Ok(State::default()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Says something in the program's own name: once for each key.
    async fn say(
        &self,
        name: &'static str,
        to: &Address,
        key: KeyId,
        input: &impl Serialize,
    ) -> Result<(), Refusal> {
        let nonce = (name == "ask_erasure").then(|| self.shared.fresh_id().to_string());
        let parts = [to.to_string(), key.to_string(), nonce.unwrap_or_default()];
        let parts = [name, &parts[0], &parts[1], &parts[2]];
        let id = CommandId::derived("cambium erasure command v1", &parts);
        let name = CommandName::from_static(name);
        let envelope = Envelope::new(id, to.clone(), name, written(input)?, Caller::runtime());
        match self.ask(envelope, Wait::Accepted).await {
            Ok(_) => Ok(()),
            // Somebody else was told the same at the same time, with another moment in it.
            Err(refusal) if refusal.code == "idempotency_conflict" => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }
}

fn nothing() -> Refusal {
    let message = "nothing is protected under a key of this subject";
    Refusal::not_found("nothing_protected", message)
}
