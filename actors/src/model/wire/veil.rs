//! An answer without the key that was sent for it, also while it grows: a provider, or whoever
//! stands in front of one, may repeat what it was sent.

use std::sync::{Arc, Mutex, PoisonError};

use super::keys::GONE;
use super::parts::Parts;
use crate::model::delta::{Delta, Deltas};

/// Stands between a provider and who is told its answer.
pub struct Veil<'a> {
    key: Option<Arc<str>>,
    deltas: Option<Deltas<'a>>,
    /// The end of the text, and of the thought, that may be where the key begins.
    text: Mutex<String>,
    thought: Mutex<String>,
}

impl<'a> Veil<'a> {
    /// Hides `key` from whoever is told `deltas`.
    #[must_use]
    pub fn new(key: Option<Arc<str>>, deltas: Option<Deltas<'a>>) -> Self {
        Self { key, deltas, text: Mutex::default(), thought: Mutex::default() }
    }

    /// Tells a piece on, but for an end that may be where the key begins.
    pub fn tell(&self, delta: Delta<'_>) {
        let Some(deltas) = self.deltas else { return };
        match (delta, &self.key) {
            (Delta::Text(text), Some(key)) => pass(key, &self.text, text, spoken, deltas),
            (Delta::Reasoning(text), Some(key)) => {
                pass(key, &self.thought, text, thought, deltas);
            }
            (delta, _) => deltas(delta),
        }
    }

    /// The whole answer; what was held back of it is told.
    #[must_use]
    pub fn lift(self, mut parts: Parts) -> Parts {
        let rest = |held: Mutex<String>| held.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (text, thought) = (rest(self.text), rest(self.thought));
        if let Some(deltas) = self.deltas {
            if !thought.is_empty() {
                deltas(Delta::Reasoning(&thought));
            }
            if !text.is_empty() {
                deltas(Delta::Text(&text));
            }
        }
        let Some(key) = self.key else { return parts };
        let arguments = parts.calls.iter_mut().map(|call| &mut call.arguments);
        for words in [&mut parts.text, &mut parts.reasoning].into_iter().chain(arguments) {
            if words.contains(&*key) {
                *words = words.replace(&*key, GONE);
            }
        }
        parts
    }
}

const fn spoken(text: &str) -> Delta<'_> {
    Delta::Text(text)
}

const fn thought(text: &str) -> Delta<'_> {
    Delta::Reasoning(text)
}

/// Tells what of `held` and `more` is surely no beginning of the key.
fn pass(
    key: &str,
    held: &Mutex<String>,
    more: &str,
    told: impl Fn(&str) -> Delta<'_>,
    deltas: Deltas<'_>,
) {
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    held.push_str(more);
    if held.contains(key) {
        *held = held.replace(key, GONE);
    }
    let begins = |from: &usize| held.get(*from..).is_some_and(|end| key.starts_with(end));
    let least = held.len().saturating_sub(key.len().saturating_sub(1));
    let end = (least..held.len()).find(begins).unwrap_or(held.len());
    if end > 0 {
        deltas(told(&held[..end]));
        held.drain(..end);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::Veil;
    use crate::model::delta::Delta;
    use crate::model::wire::parts::Parts;

    /// What is told of `pieces`, and what the whole answer says.
    fn told(key: &str, pieces: &[&str]) -> (Vec<String>, String) {
        let heard = Mutex::new(Vec::new());
        let deltas = |delta: Delta<'_>| {
            let (Delta::Text(text) | Delta::Reasoning(text)) = delta else { return };
            heard.lock().unwrap().push(text.to_owned());
        };
        let veil = Veil::new(Some(key.into()), Some(&deltas));
        pieces.iter().for_each(|piece| veil.tell(Delta::Text(piece)));
        let parts = veil.lift(Parts { text: pieces.concat(), ..Parts::default() });
        (heard.into_inner().unwrap(), parts.text)
    }

    #[test]
    fn a_key_is_hidden_wherever_it_is_cut() {
        let (key, whole) =
            ("sk-1234567890", "Your key is sk-1234567890, sk-1234 is none. Grüße: s");
        for cut in (0..=whole.len()).filter(|cut| whole.is_char_boundary(*cut)) {
            let (pieces, text) = told(key, &[&whole[..cut], &whole[cut..]]);
            assert_eq!(pieces.concat(), text, "{cut}");
            assert!(!text.contains(key) && text.ends_with("sk-1234 is none. Grüße: s"), "{text}");
            let letters: Vec<String> = whole.chars().map(String::from).collect();
            let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
            assert_eq!(told(key, &letters).0.concat(), text);
        }
    }

    #[test]
    fn what_is_no_key_is_told_at_once() {
        let (pieces, _) = told("sk-1234567890", &["Hel", "lo", " there"]);
        assert_eq!(pieces, ["Hel", "lo", " there"]);
    }
}
