//! What may be done about an effect that waits: the inputs of the runtime's commands.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Agreed, Asking, Awaited, EffectClass, OutcomeResult, ToolAnswer};
use crate::ids::{EffectId, Revision};
use crate::model::{Finish, ModelResponse, Usage};
use crate::refusal::{Refusal, RefusalClass};

/// The input of [`crate::lifecycle::PAUSE`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// Which effect.
    pub effect: EffectId,
    /// Why, for people.
    pub reason: String,
    /// When its attempts are used up: what the last one was refused with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhausted: Option<Exhausted>,
    /// When a policy asks for somebody's yes: whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Box<Asking>>,
}

/// The attempts of an effect are used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exhausted {
    /// How many there were. What came of each of them is known.
    pub attempts: u32,
    /// What the last one was refused with.
    pub refusal: Refusal,
    /// What the kind wants to be told again, when it is to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell: Option<Value>,
}

/// The input of [`crate::lifecycle::RESUME`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Which effect.
    pub effect: EffectId,
    /// The yes that it waits for. Said by its approval alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Agreed>,
}

/// The input of [`crate::lifecycle::CANCEL`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which effect.
    pub effect: EffectId,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What its actor is told; `effect_cancelled` when left out. Said by the runtime alone, when a
    /// policy or an approval says no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// What it waited for, when its approval gives it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Awaited>,
}

/// The input of [`crate::lifecycle::HOLD`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Which effect.
    pub effect: EffectId,
    /// How many attempts were committed.
    pub attempts: u32,
}

/// The input of [`crate::lifecycle::RESOLVE`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolve {
    /// Which effect.
    pub effect: EffectId,
    /// What somebody who has looked says of it.
    pub resolution: Resolution,
}

/// What somebody says of an effect of which the program does not know what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It was done, and this came of it: of a model its answer (a text, or the whole response), of
    /// a command sent `{revision, reply}`, of work its output, of a timer nothing, of a request to
    /// an HTTP server `{status, headers, body}`.
    Done(Value),
    /// It was not done, and is not to be.
    Failed(Refusal),
    /// It may be attempted again.
    Retry,
}

/// What somebody does about an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectVerb {
    /// It does not start until it is resumed. One that runs goes on.
    Pause {
        /// Why, for people.
        reason: String,
    },
    /// A paused one may start.
    Resume,
    /// It is not done any more; its actor is told `effect_cancelled`. One that runs is cut off
    /// where that can be.
    Cancel {
        /// Why, for people.
        reason: Option<String>,
    },
    /// Says what came of one that is unknown or paused.
    Resolve(Resolution),
}

impl Resolution {
    /// What the actor is told; `None` = nothing, since it is attempted again.
    ///
    /// # Errors
    /// `resolution_invalid` when the value is none that an effect of this class can have.
    pub fn result(&self, class: &str) -> Result<Option<OutcomeResult>, Refusal> {
        match self {
            Self::Retry => Ok(None),
            Self::Failed(refusal) => Ok(Some(OutcomeResult::Failed(refusal.clone()))),
            Self::Done(value) => done(class, value).map(Some),
        }
    }
}

fn done(class: &str, value: &Value) -> Result<OutcomeResult, Refusal> {
    let invalid = |wanted: &str| {
        let message = format!("what came of an effect `{class}` is {wanted}");
        Err(Refusal::new(RefusalClass::Malformed, "resolution_invalid", message))
    };
    let is = |known: EffectClass| class == known.as_str();
    if is(EffectClass::Work) {
        return Ok(OutcomeResult::Worked(value.clone()));
    }
    if is(EffectClass::Tool) {
        let answer = ToolAnswer { output: value.clone(), blob: None, ms: 0 };
        return Ok(OutcomeResult::Tool(answer));
    }
    if is(EffectClass::Timer) {
        return Ok(OutcomeResult::TimerSet);
    }
    if is(EffectClass::Send) {
        let sent = crate::read::from_ref::<Sent>(value);
        return sent.map_or_else(
            |_| invalid("{revision, reply} of the other actor"),
            |Sent { revision, reply }| Ok(OutcomeResult::Sent { revision, reply }),
        );
    }
    if is(EffectClass::Fetch) {
        let fetched = crate::read::from_ref(value);
        return fetched.map_or_else(
            |_| invalid("the server's {status, headers, body: {text}}"),
            |fetched| Ok(OutcomeResult::Fetched(fetched)),
        );
    }
    if is(EffectClass::Convert) {
        let converted = crate::read::from_ref(value);
        return converted.map_or_else(
            |_| invalid("the file's {format, filename, hash, bytes, parts?, losses?}"),
            |converted| Ok(OutcomeResult::Converted(converted)),
        );
    }
    if is(EffectClass::Llm) {
        if let Some(text) = value.as_str() {
            return Ok(OutcomeResult::Llm(Box::new(by_hand(text))));
        }
        let response = crate::read::from_ref(value);
        return response.map_or_else(
            |_| invalid("the model's text, or its whole response"),
            |response| Ok(OutcomeResult::Llm(response)),
        );
    }
    invalid("known only to a newer version of the program")
}

#[derive(Deserialize)]
struct Sent {
    revision: Revision,
    reply: Value,
}

/// What a person says that a model answered.
fn by_hand(text: &str) -> ModelResponse {
    ModelResponse {
        provider: "resolved".to_owned(),
        model: "by-hand".to_owned(),
        text: text.to_owned(),
        value: serde_json::from_str(text).ok(),
        finish: Finish::Stop,
        usage: Usage::default(),
        request_hash: crate::hash::Hash::ZERO,
        ..ModelResponse::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Resolution;
    use crate::effect::OutcomeResult;

    #[test]
    fn a_resolution_has_the_shape_of_its_class() {
        let done = |class: &str, value| Resolution::Done(value).result(class);
        assert!(matches!(done("work", json!(7)), Ok(Some(OutcomeResult::Worked(_)))));
        assert!(matches!(done("timer", json!(null)), Ok(Some(OutcomeResult::TimerSet))));
        let Ok(Some(OutcomeResult::Llm(said))) = done("llm", json!("yes")) else { panic!("text") };
        assert_eq!(said.text, "yes");
        let sent = done("send", json!({ "revision": 3, "reply": {} }));
        assert!(matches!(sent, Ok(Some(OutcomeResult::Sent { .. }))));
        let fetched = done("fetch", json!({ "status": 204, "body": { "text": "" } }));
        assert!(matches!(fetched, Ok(Some(OutcomeResult::Fetched(_)))));
        let odd =
            [("send", json!(1)), ("llm", json!({})), ("newer", json!(1)), ("fetch", json!(1))];
        for (class, value) in odd {
            assert_eq!(done(class, value).unwrap_err().code, "resolution_invalid");
        }
        assert_eq!(Resolution::Retry.result("llm"), Ok(None));
    }
}
