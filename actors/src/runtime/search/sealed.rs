//! Protected words stand in no index. They are opened for a question, one by one, for those who may
//! see them, and forgotten again; what was erased opens for nobody.

use contracts::{Caller, Tenant};
use serde_json::Value;

use super::vectors::{cosine, shorten};
use crate::model::EmbedRequest;
use crate::runtime::shared::Shared;

/// How near a protected text must be that shares no word with the question.
const NEAR: f64 = 0.3;
/// Who compares them: nobody is called, and nothing is kept.
const MODEL: &str = "local/ngrams";

impl Shared {
    /// Those of `texts` that answer a question, the best first. What `by` may not see, and what was
    /// erased, answers nothing.
    pub(super) async fn opened_for<T: Ord>(
        &self,
        (tenant, by): (&Tenant, &Caller),
        question: &str,
        texts: Vec<(T, String)>,
    ) -> Vec<(T, f64)> {
        let mut opened = Vec::new();
        for (key, text) in texts {
            let shown = self.shown_to(tenant, Some(by), Value::String(text)).await;
            // One that is not shown is no text any more.
            if let Value::String(text) = shown {
                opened.push((key, text));
            }
        }
        if opened.is_empty() {
            return Vec::new();
        }
        let plain = opened.iter().map(|(_, text)| text.clone());
        let texts: Vec<String> = std::iter::once(question.to_owned()).chain(plain).collect();
        let request = EmbedRequest { model: MODEL.to_owned(), texts, dimensions: None };
        let Ok(embedded) = self.world.providers.embed(&request).await else { return Vec::new() };
        let Some((asked, vectors)) = embedded.vectors.split_first() else { return Vec::new() };
        let words = words(question);
        let mut found = Vec::new();
        for ((key, text), vector) in opened.into_iter().zip(vectors) {
            let near = cosine(asked, vector);
            let text = text.to_lowercase();
            let shares = words.iter().any(|word| text.contains(word.as_str()));
            if near >= NEAR || (shares && near > 0.0) {
                found.push((key, near));
            }
        }
        shorten(&mut found, 0);
        found
    }

    /// Whether `by` may see a text: whatever is not protected, and what opens for it.
    pub(super) async fn sees(&self, tenant: &Tenant, by: &Caller, text: &str) -> bool {
        if !contracts::privacy::carries(text) {
            return true;
        }
        let shown = self.shown_to(tenant, Some(by), Value::String(text.to_owned())).await;
        shown.is_string()
    }
}

/// The longer words of a question: short ones stand everywhere.
fn words(question: &str) -> Vec<String> {
    let words = question.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| word.chars().count() > 3).map(str::to_lowercase).collect()
}
