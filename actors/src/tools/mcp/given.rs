//! What the settings give a source: values as they stand there, or by the names of sealed secrets.
//! Those are opened whenever it is connected, and stand in no answer of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::ports::Secrets;
use contracts::{Refusal, SecretName, Tenant};

use super::link::away;
use crate::tools::config::sealed;

/// What stands where a source repeats what it was given.
const GONE: &str = "…";

/// A value.
enum Value {
    Plain(String),
    Sealed(Tenant, SecretName),
}

/// Values by their names.
#[derive(Default)]
pub struct Given {
    values: Vec<(String, Value)>,
    secrets: Option<Arc<dyn Secrets>>,
    /// What was opened last, so that it can be told from words.
    opened: Mutex<Vec<String>>,
}

impl Given {
    /// As the settings say. What names no secret was refused when they were read.
    #[must_use]
    pub fn of(said: &BTreeMap<String, String>, secrets: &Arc<dyn Secrets>) -> Self {
        let values = said.iter().map(|(name, value)| {
            let value = match sealed(value) {
                Some(Ok((tenant, secret))) => Value::Sealed(tenant, secret),
                Some(Err(_)) | None => Value::Plain(value.clone()),
            };
            (name.clone(), value)
        });
        Self { values: values.collect(), secrets: Some(secrets.clone()), opened: Mutex::default() }
    }

    /// With values that stand for themselves in front.
    #[must_use]
    pub fn behind(mut self, plain: impl Iterator<Item = (String, String)>) -> Self {
        let plain = plain.map(|(name, value)| (name, Value::Plain(value)));
        self.values.splice(0..0, plain);
        self
    }

    /// The values, opened.
    ///
    /// # Errors
    /// `tool_source_away`: a secret cannot be opened. Nothing of it is said.
    pub(super) async fn open(&self, source: &str) -> Result<Vec<(String, String)>, Refusal> {
        let (mut open, mut opened) = (Vec::with_capacity(self.values.len()), Vec::new());
        for (name, value) in &self.values {
            let value = match value {
                Value::Plain(value) => value.clone(),
                Value::Sealed(tenant, secret) => {
                    let why = format!("is given {name} by a secret that cannot be opened");
                    let text = self.text(tenant, secret).await;
                    let text = text.ok_or_else(|| away(source, &why))?;
                    opened.push(text.clone());
                    text
                }
            };
            open.push((name.clone(), value));
        }
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(open)
    }

    async fn text(&self, tenant: &Tenant, secret: &SecretName) -> Option<String> {
        let opened = self.secrets.as_ref()?.open(tenant, secret).await.ok()??;
        let text = String::from_utf8(opened).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Words without what was sealed.
    #[must_use]
    pub fn masked(&self, words: String) -> String {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.iter().fold(words, |words, secret| words.replace(secret.as_str(), GONE))
    }
}
