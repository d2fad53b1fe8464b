//! What is asked of the world is asked in plain words, and what it answers to them is protected as
//! they were.

use contracts::model::{ModelRequest, ModelResponse};
use contracts::privacy::{DataClass, within};
use contracts::{ActorId, Refusal, Tenant, state_hash};
use serde_json::Value;

use super::show::{Opener, Seen, collect, replace};
use crate::privacy::{Place, SubjectKey, seal};
use crate::runtime::shared::Shared;

/// A request with its protected values opened, and how its answer is to be protected.
pub struct Opened {
    /// The request in plain words; what was erased is left out.
    pub request: ModelRequest,
    /// How its answer is kept; `None` = nothing in it was protected.
    pub sealing: Option<Sealing>,
}

/// How an answer to opened words is kept: under the keys of all whom they are about, so that it
/// goes with the first of them.
pub struct Sealing {
    tenant: Tenant,
    class: DataClass,
    subjects: Vec<ActorId>,
    key: SubjectKey,
}

impl Shared {
    /// Opens what a model is asked.
    ///
    /// # Errors
    /// `keys_unavailable`.
    pub async fn open_request(
        &self,
        tenant: &Tenant,
        request: &ModelRequest,
    ) -> Result<Opened, Refusal> {
        let value = serde_json::to_value(request).map_err(internal)?;
        if !within(&value) {
            return Ok(Opened { request: request.clone(), sealing: None });
        }
        let (value, sealing) = self.open_value(tenant, value).await?;
        let request = contracts::read::from_value(value).map_err(internal)?;
        Ok(Opened { request, sealing })
    }

    /// Opens a value for what is done in the world with it; what was protected in it becomes a
    /// text.
    ///
    /// # Errors
    /// `keys_unavailable`.
    pub async fn open_value(
        &self,
        tenant: &Tenant,
        mut value: Value,
    ) -> Result<(Value, Option<Sealing>), Refusal> {
        if !within(&value) {
            return Ok((value, None));
        }
        let (mut found, mut opener) = (Vec::new(), Opener::new(&self.keys, tenant));
        collect(&value, &mut found);
        for protected in &found {
            opener.learn(protected).await;
        }
        let seen = |protected: &_| match opener.see(protected) {
            // Within a request everything is a text.
            Seen::Plain(plain) => Seen::Plain(plain),
            other => Seen::Plain(Value::String(other.text())),
        };
        let away = found.iter().any(|it| matches!(opener.see(it), Seen::Unavailable(_)));
        if away {
            let message = "the keys of personal data cannot be reached; try again";
            return Err(Refusal::unavailable("keys_unavailable", message));
        }
        found.retain(|it| matches!(opener.see(it), Seen::Plain(_)));
        replace(&mut value, &seen);
        let class = found.iter().map(|it| it.class).max();
        let Some(class) = class else { return Ok((value, None)) };
        let mut subjects: Vec<_> = found.into_iter().flat_map(|it| it.subjects).collect();
        subjects.sort_unstable();
        subjects.dedup();
        // Erased between the two looks: then it must not be asked any more.
        let key = self.keys.joint(tenant, &subjects).await?.ok_or_else(|| {
            Refusal::unavailable("keys_unavailable", "a key was destroyed meanwhile; try again")
        })?;
        let sealing = Sealing { tenant: tenant.clone(), class, subjects, key };
        Ok((value, Some(sealing)))
    }
}

fn internal(error: serde_json::Error) -> Refusal {
    Refusal::internal(error.to_string())
}

impl Sealing {
    /// An answer as it is kept. What it says it answers is the request as that was kept: a hash of
    /// plain words could be guessed at.
    #[must_use]
    pub fn seal(&self, asked: &ModelRequest, mut response: ModelResponse) -> ModelResponse {
        let asked = serde_json::to_value(asked).unwrap_or_default();
        response.request_hash = state_hash(&asked).unwrap_or_default();
        let context = format!("answer/{}", response.request_hash);
        response.text = self.text(&context, Value::String(std::mem::take(&mut response.text)));
        if let Some(value) = &mut response.value {
            self.texts(&format!("{context}/value"), value);
        }
        for (place, call) in response.calls.iter_mut().enumerate() {
            let context = format!("{context}/call/{place}");
            let arguments = std::mem::take(&mut call.arguments);
            call.arguments = self.text(&context, Value::String(arguments));
        }
        if let Some(thought) = &mut response.reasoning {
            let words = Value::String(std::mem::take(thought));
            *thought = self.text(&format!("{context}/reasoning"), words);
        }
        // Pieces of plain words could be guessed at too.
        response.deltas = None;
        response
    }

    /// What a tool answered to protected arguments, as it is kept: a text, whole.
    #[must_use]
    pub fn output(&self, effect: &str, value: Value) -> Value {
        Value::String(self.text(&format!("output/{effect}"), value))
    }

    fn text(&self, context: &str, value: Value) -> String {
        let Self { tenant, class, subjects, key } = self;
        seal(key, &Place { tenant, context, class: *class, subjects }, &value).to_string()
    }

    fn texts(&self, context: &str, value: &mut Value) {
        match value {
            Value::String(text) => {
                *text = self.text(context, Value::String(std::mem::take(text)));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.texts(context, item)),
            Value::Object(members) => {
                members.values_mut().for_each(|member| self.texts(context, member));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
