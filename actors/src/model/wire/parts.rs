//! What all providers' answers are made of, and our answer made of it.

use std::collections::BTreeMap;

use contracts::Hash;
use contracts::model::{Finish, ModelRequest, ModelResponse, ToolCall, Usage};

use super::failure::Failure;
use super::{structured, usage};
use crate::model::delta::Delta;
use crate::model::error::ModelError;
use crate::model::hash::request_hash;

/// What an answer is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    /// What the provider calls it.
    pub id: Option<String>,
    /// Its text.
    pub text: String,
    /// What it says it thought.
    pub reasoning: String,
    /// The tools that it wants called; a call without an id gets one of ours.
    pub calls: Vec<ToolCall>,
    /// Why it stopped; `None` = it does not say.
    pub finish: Option<Finish>,
    /// What the provider says it had.
    pub usage: Option<Usage>,
}

impl Parts {
    /// Takes more text in, and shows it.
    pub fn say(&mut self, text: &str, say: &mut dyn FnMut(Delta<'_>)) {
        if !text.is_empty() {
            self.text.push_str(text);
            say(Delta::Text(text));
        }
    }

    /// Takes more thought in, and shows it.
    pub fn think(&mut self, text: &str, say: &mut dyn FnMut(Delta<'_>)) {
        if !text.is_empty() {
            self.reasoning.push_str(text);
            say(Delta::Reasoning(text));
        }
    }

    /// Our answer made of it.
    ///
    /// # Errors
    /// When it is no answer: the provider's filter gave nothing, or a call names no tool.
    pub fn respond(
        mut self,
        request: &ModelRequest,
        (provider, model): (&str, &str),
    ) -> Result<ModelResponse, Failure> {
        let request_hash = request_hash(request).map_err(Failure::failed)?;
        let empty = self.text.is_empty() && self.calls.is_empty();
        if self.finish == Some(Finish::ContentFilter) && empty {
            return Err(Failure::failed(ModelError::ContentFilter));
        }
        if self.calls.iter().any(|call| call.name.is_empty()) {
            return Err(Failure::without("name in a tool call"));
        }
        let usage = usage::checked(request, &self);
        for (place, call) in self.calls.iter_mut().enumerate() {
            if call.id.is_empty() {
                call.id = made_id(request_hash, place);
            }
            // No arguments are an empty object to whoever reads them.
            if call.arguments.trim().is_empty() {
                "{}".clone_into(&mut call.arguments);
            }
        }
        let finish = match self.finish {
            Some(Finish::Stop) | None if !self.calls.is_empty() => Finish::ToolCalls,
            finish => finish.unwrap_or_default(),
        };
        let schema = request.schema.as_ref().filter(|_| finish == Finish::Stop);
        let value = schema.and_then(|schema| structured::value_of(&self.text, schema));
        Ok(ModelResponse {
            provider: provider.to_owned(),
            model: format!("{provider}/{model}"),
            text: self.text,
            value,
            finish,
            usage,
            request_hash,
            id: self.id.filter(|id| !id.is_empty()),
            calls: self.calls,
            reasoning: Some(self.reasoning).filter(|thought| !thought.is_empty()),
            ..ModelResponse::default()
        })
    }
}

/// The id of a call whose provider gives none: always the same for one answer.
fn made_id(request: Hash, place: usize) -> String {
    let parts = [request.to_string(), place.to_string()];
    let hash = Hash::of_parts("cambium tool call v1", &[&parts[0], &parts[1]]).to_string();
    format!("call_{}", &hash[..24])
}

/// Tool calls that come in fragments, those of several calls mixed.
#[derive(Debug, Default)]
pub struct Calls {
    calls: Vec<ToolCall>,
    places: BTreeMap<u64, usize>,
}

impl Calls {
    /// Takes a fragment in, and shows it. `at` is the provider's number of the call; some give
    /// all calls the same one, and only a new id tells them apart.
    pub fn add(
        &mut self,
        at: u64,
        (id, name): (Option<&str>, Option<&str>),
        arguments: &str,
        say: &mut dyn FnMut(Delta<'_>),
    ) {
        let (id, name) = (id.filter(|id| !id.is_empty()), name.filter(|name| !name.is_empty()));
        let known = self.places.get(&at).copied().filter(|place| {
            let begun = &self.calls[*place];
            !(name.is_some() && id.is_some_and(|id| !begun.id.is_empty() && begun.id != id))
        });
        let place = known.unwrap_or(self.calls.len());
        if known.is_none() {
            let (id, name, arguments) = (String::new(), String::new(), String::new());
            self.calls.push(ToolCall { id, name, arguments });
            self.places.insert(at, place);
        }
        let call = &mut self.calls[place];
        let id = id.filter(|_| call.id.is_empty());
        let name = name.filter(|_| call.name.is_empty());
        call.id.push_str(id.unwrap_or_default());
        call.name.push_str(name.unwrap_or_default());
        call.arguments.push_str(arguments);
        let index = u32::try_from(place).unwrap_or(u32::MAX);
        say(Delta::ToolCall { index, id, name, arguments });
    }

    /// How many there are so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.calls.len()
    }

    /// The calls in the order in which they began.
    #[must_use]
    pub fn take(&mut self) -> Vec<ToolCall> {
        std::mem::take(&mut self.calls)
    }
}

#[cfg(test)]
mod tests {
    use contracts::model::{Finish, ModelRequest, ToolCall};

    use super::{Calls, Parts};

    fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
        let [id, name, arguments] = [id, name, arguments].map(str::to_owned);
        ToolCall { id, name, arguments }
    }

    #[test]
    fn fragments_of_mixed_calls_are_put_together() {
        let mut calls = Calls::default();
        let mut shown = 0;
        let mut say = |_: super::Delta<'_>| shown += 1;
        calls.add(0, (Some("a"), Some("one")), "{\"x\"", &mut say);
        calls.add(1, (Some("b"), Some("two")), "", &mut say);
        calls.add(0, (None, None), ":1}", &mut say);
        calls.add(1, (Some("b"), None), "{}", &mut say);
        calls.add(1, (Some("c"), Some("three")), "[]", &mut say);
        let want =
            [call("a", "one", "{\"x\":1}"), call("b", "two", "{}"), call("c", "three", "[]")];
        assert_eq!(calls.take(), want);
        assert_eq!(shown, 5);
    }

    #[test]
    fn a_call_without_an_id_gets_one_that_stays() {
        let parts = || Parts {
            calls: vec![call("", "one", ""), call("", "two", "{}")],
            finish: Some(Finish::Stop),
            ..Parts::default()
        };
        let request = ModelRequest { model: "p/m".to_owned(), ..ModelRequest::default() };
        let answer = || parts().respond(&request, ("p", "m")).expect("an answer");
        let first = answer();
        assert_eq!(first, answer());
        assert_ne!(first.calls[0].id, first.calls[1].id);
        assert_eq!(first.calls[0].arguments, "{}");
        assert_eq!(first.finish, Finish::ToolCalls);
    }

    #[test]
    fn a_filter_that_left_nothing_is_an_error_and_one_that_cut_is_said() {
        let request = ModelRequest::default();
        let filtered = |text: &str| Parts {
            text: text.to_owned(),
            finish: Some(Finish::ContentFilter),
            ..Parts::default()
        };
        assert!(filtered("").respond(&request, ("p", "m")).is_err());
        let cut = filtered("Half a").respond(&request, ("p", "m")).expect("an answer");
        assert_eq!(cut.finish, Finish::ContentFilter);
    }
}
