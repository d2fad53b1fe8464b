//! The vector of a question. A free one is made on the spot; one that costs is an `embedding` like
//! every other, in the name of whoever asks: journalled, in the budgets, and made once for the same
//! words.

use std::time::Duration;

use contracts::kinds::embedding::{self, Made, Make};
use contracts::model::LOCAL_PROVIDER;
use contracts::ports::{CommandBus as _, History as _, Wait};
use contracts::view::{At, Status};
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Envelope, Hash, Refusal, RefusalClass, Tenant,
};
use serde_json::{Value, json};

use crate::model::EmbedRequest;
use crate::runtime::Runtime;

/// How long a question may take to be embedded.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a question is asked anew that a model has failed at.
const ATTEMPTS_MAX: u32 = 3;

/// What is to be embedded.
pub(super) struct Question<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) text: &'a str,
    pub(super) model: &'a str,
    pub(super) dimensions: Option<u32>,
    /// It must be written down nowhere.
    pub(super) private: bool,
}

impl Runtime {
    /// The vector of a question.
    ///
    /// # Errors
    /// What the model refuses it with; `forbidden` when whoever asks may not have it embedded;
    /// `question_protected` when it must not be written down.
    pub(super) async fn vector(
        &self,
        question: &Question<'_>,
        by: &Caller,
    ) -> Result<Vec<f32>, Refusal> {
        let Question { text, model, dimensions, .. } = *question;
        let texts = vec![text.to_owned()];
        let provider = model.split_once('/').map_or(model, |(provider, _)| provider);
        if provider == LOCAL_PROVIDER {
            let request = EmbedRequest { model: model.to_owned(), texts, dimensions };
            let embedded = self.shared.world.providers.embed(&request).await?;
            return embedded.vectors.into_iter().next().ok_or_else(none);
        }
        if question.private {
            let message = "the question is about a person, and the model is asked for money, which \
                           is written down";
            return Err(Refusal::rejected("question_protected", message));
        }
        let make = json!(Make { model: model.to_owned(), texts, dimensions });
        let mut last = none();
        for attempt in 1..=ATTEMPTS_MAX {
            match self.made(question, make.clone(), attempt, by).await {
                Ok(made) => return self.read(question.tenant, &made).await,
                // Asking again is of use only where the model failed for good before.
                Err(refusal) if refusal.code == "embedding_failed" => last = refusal,
                Err(refusal) => return Err(refusal),
            }
        }
        Err(last)
    }

    async fn made(
        &self,
        question: &Question<'_>,
        make: Value,
        attempt: u32,
        by: &Caller,
    ) -> Result<Made, Refusal> {
        let (size, attempt) = (format!("{:?}", question.dimensions), attempt.to_string());
        let parts = [question.model, &size, question.text, &attempt];
        let name = Hash::of_parts("cambium question v1", &parts).to_string();
        let id = ActorId::new(format!("q-{}", &name[..40]));
        let id = id.map_err(|error| Refusal::internal(error.to_string()))?;
        let to = Address::new(question.tenant.clone(), embedding::KIND, id);
        let command = [to.to_string(), by.principal.to_string()];
        let command =
            CommandId::derived("cambium question command v1", &[&command[0], &command[1]]);
        let name = CommandName::from_static("make");
        let envelope = Envelope::new(command, to.clone(), name, make, by.clone());
        match self.ask(envelope, Wait::Completed(PATIENCE)).await {
            Ok(answer) if answer.status == Status::Completed => {
                contracts::read::from_value(answer.reply).map_err(internal)
            }
            Ok(answer) if answer.status == Status::Failed => {
                let told = contracts::read::from_value(answer.reply).unwrap_or_else(|_| none());
                Err(failed(&told.code, &told.message))
            }
            Ok(_) => Err(late()),
            // Somebody asked the same before.
            Err(refusal) if refusal.code == "actor_exists" => self.kept(&to).await,
            Err(refusal) => Err(refusal),
        }
    }

    /// What a model made of the same question before.
    async fn kept(&self, address: &Address) -> Result<Made, Refusal> {
        let view = self.state(address, At::Latest).await?;
        if let Some(code) = view.state["code"].as_str() {
            return Err(failed(code, view.state["reason"].as_str().unwrap_or_default()));
        }
        match &view.state["made"] {
            Value::Null => Err(late()),
            made => contracts::read::from_ref(made).map_err(internal),
        }
    }

    async fn read(&self, tenant: &Tenant, made: &Made) -> Result<Vec<f32>, Refusal> {
        let bytes = self.shared.world.blobs.get(tenant, made.blob).await?.ok_or_else(none)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|it| f32::from_le_bytes(*it)).collect())
    }
}

fn none() -> Refusal {
    Refusal::internal("the model made no vector of the question")
}

fn internal(error: serde_json::Error) -> Refusal {
    Refusal::internal(error.to_string())
}

fn failed(code: &str, reason: &str) -> Refusal {
    let message = format!("the question could not be embedded ({code}): {reason}");
    Refusal::unavailable("embedding_failed", message)
}

fn late() -> Refusal {
    let message = "the model has not embedded the question yet; ask again";
    Refusal::new(RefusalClass::Timeout, "timeout", message).retry_after(1_000)
}
