//! Answers while they grow: shown on `live.` as they come, and kept as far as they have come, so
//! that a watcher who has missed a piece can look and go on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::effect::{EffectText, Llm, Metered};
use contracts::model::{ModelRequest, ModelResponse};
use contracts::{EffectId, Refusal, Signal};
use serde_json::{Value, json};

use super::task::Task;
use crate::model::{Delta, Pieces, Providers};

/// The answers that grow in this process.
#[derive(Debug, Default)]
pub struct Growing {
    texts: Mutex<BTreeMap<EffectId, String>>,
    /// What those came to that were cut off, until their actors are told.
    cut: Mutex<BTreeMap<EffectId, Box<Metered>>>,
}

/// One of them; forgotten when it is dropped: what is whole stands in the log.
struct Grower<'a> {
    growing: &'a Growing,
    effect: EffectId,
}

impl Growing {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<EffectId, String>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what an answer came to that was cut off.
    pub fn keep(&self, effect: EffectId, metered: Box<Metered>) {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner).insert(effect, metered);
    }

    /// Gives what was kept.
    pub fn kept(&self, effect: EffectId) -> Option<Box<Metered>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner).remove(&effect)
    }

    fn begin(&self, effect: EffectId) -> Grower<'_> {
        self.lock().insert(effect, String::new());
        Grower { growing: self, effect }
    }

    /// How far an answer has come; `None` when it does not grow here.
    #[must_use]
    pub fn peek(&self, effect: EffectId) -> Option<EffectText> {
        let text = self.lock().get(&effect)?.clone();
        Some(EffectText { offset: text.len() as u64, text })
    }
}

impl Grower<'_> {
    /// Takes a piece in; where it begins.
    fn push(&self, piece: &str) -> u64 {
        let mut texts = self.growing.lock();
        let text = texts.entry(self.effect).or_default();
        let offset = text.len() as u64;
        text.push_str(piece);
        offset
    }
}

impl Drop for Grower<'_> {
    fn drop(&mut self) {
        self.growing.lock().remove(&self.effect);
    }
}

/// A piece as it is shown.
fn signal(effect: EffectId, piece: &Delta<'_>, offset: impl FnOnce(&str) -> u64) -> Signal {
    let (name, data) = match piece {
        Delta::Text(text) => ("delta", json!({ "offset": offset(text), "text": text })),
        Delta::Reasoning(text) => ("reasoning", json!({ "text": text })),
        Delta::ToolCall { index, id, name, arguments } => {
            let data = json!({ "index": index, "id": id, "name": name, "arguments": arguments });
            ("tool_call", data)
        }
    };
    let mut data = data;
    data["effect_id"] = json!(effect);
    Signal { r#type: name.to_owned(), data }
}

impl Task {
    /// Asks a model, and shows its answer while it grows.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn show_growing(
        &self,
        providers: &Providers,
        llm: &Llm,
        request: &ModelRequest,
    ) -> Result<ModelResponse, Refusal> {
        let shared = &self.runtime.shared;
        let (world, due) = (&shared.world, self.due());
        let grower = shared.effects.growing.begin(due.id);
        let pieces = Mutex::new(Pieces::default());
        let (sender, mut signals) = tokio::sync::mpsc::unbounded_channel::<Signal>();
        let show = async {
            while let Some(signal) = signals.recv().await {
                if let Err(error) = world.live.publish(&due.address, &signal).await {
                    tracing::debug!(%error, "delta.unshown");
                }
            }
        };
        let complete = async {
            let sender = sender;
            let tell = |piece: Delta<'_>| {
                self.tab.see(&piece);
                if let Delta::Text(text) = piece {
                    pieces.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                }
                let mut signal = signal(due.id, &piece, |text| grower.push(text));
                if llm.tag != Value::Null {
                    signal.data["tag"] = llm.tag.clone();
                }
                let _ = sender.send(signal);
            };
            providers.complete(request, Some(&tell)).await
        };
        let (response, ()) = tokio::join!(complete, show);
        let pieces = pieces.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(ModelResponse { deltas: pieces.digest(), ..response? })
    }
}

#[cfg(test)]
mod tests {
    use contracts::{EffectId, Hash};

    use super::Growing;

    #[test]
    fn a_watcher_sees_how_far_an_answer_has_come_until_it_is_whole() {
        let (growing, effect) = (Growing::default(), EffectId(Hash::of(b"effect")));
        assert_eq!(growing.peek(effect), None);
        let grower = growing.begin(effect);
        assert_eq!((grower.push("Grüße"), grower.push(", Welt")), (0, 7), "bytes, not letters");
        let text = growing.peek(effect).expect("it grows");
        assert_eq!((text.offset, text.text.as_str()), (13, "Grüße, Welt"));
        drop(grower);
        assert_eq!(growing.peek(effect), None);
    }
}
