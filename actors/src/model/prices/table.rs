//! A price table as it is written.

use std::path::Path;

use contracts::model::Usage;
use serde::Deserialize;

/// The highest price that can be meant, in US dollars for a million tokens.
const DOLLARS_MAX: f64 = 1_000_000.0;

/// The largest file, in bytes.
const BYTES_MAX: u64 = 1024 * 1024;

/// What is wrong with a price table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the price table cannot be used: {0}")]
pub struct Fault(String);

/// A price table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What costs that follow from it say.
    pub version: String,
    /// It takes the place of the one that comes with the program.
    #[serde(default)]
    pub replace: bool,
    /// For people: what the numbers are.
    #[serde(default, rename = "unit")]
    _unit: Option<String>,
    /// For people: where they are from.
    #[serde(default, rename = "sources")]
    _sources: Vec<String>,
    /// For people.
    #[serde(default, rename = "note")]
    _note: Option<String>,
    /// Its rows.
    pub models: Vec<Row>,
}

/// What some models cost, in US dollars for a million tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Which, as `provider/model`; `*` stands for any text.
    pub r#match: Vec<String>,
    input: f64,
    cached: Option<f64>,
    cache_write: Option<f64>,
    output: f64,
}

/// What a model costs, in millionths of a US dollar for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Tokens of the prompt.
    pub input: u64,
    /// Of them, those that the provider had kept from before.
    pub cached: u64,
    /// Of them, those that it keeps for later calls.
    pub cache_write: u64,
    /// Tokens of the answer.
    pub output: u64,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let table: Self =
            contracts::read::from_str(text).map_err(|error| Fault(error.to_string()))?;
        let fault = |text: String| Err(Fault(text));
        if table.version.trim().is_empty() || table.version.len() > 128 {
            return fault("`version` is 1 to 128 bytes".to_owned());
        }
        for row in &table.models {
            if row.r#match.is_empty() || row.r#match.iter().any(|it| it.trim().is_empty()) {
                return fault("each row names models in `match`".to_owned());
            }
            let dollars = [Some(row.input), row.cached, row.cache_write, Some(row.output)];
            if !dollars.into_iter().flatten().all(|it| (0.0..=DOLLARS_MAX).contains(&it)) {
                let names = row.r#match.join(", ");
                return fault(format!("a price of {names} is not 0 to {DOLLARS_MAX} dollars"));
            }
        }
        Ok(table)
    }
}

/// What the file of a table holds.
///
/// # Errors
/// Why it cannot be read.
pub fn text(path: &Path) -> Result<String, Fault> {
    let failed = |error: std::io::Error| Fault(error.to_string());
    if std::fs::metadata(path).map_err(failed)?.len() > BYTES_MAX {
        return Err(Fault(format!("a file has at most {BYTES_MAX} bytes")));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// Dollars as millionths.
fn micro(dollars: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be between zero and a million"
    )]
    let micro = (dollars * 1_000_000.0).round() as u64;
    micro
}

impl Row {
    /// What it says; what was kept costs as much as what was not when it does not say otherwise.
    #[must_use]
    pub fn price(&self) -> Price {
        let input = micro(self.input);
        Price {
            input,
            cached: self.cached.map_or(input, micro),
            cache_write: self.cache_write.map_or(input, micro),
            output: micro(self.output),
        }
    }
}

impl Price {
    /// What `usage` comes to, in millionths of a US dollar, rounded up.
    #[must_use]
    pub fn of(&self, usage: &Usage) -> u64 {
        // Providers have been seen to say that more of a prompt was kept than there was of it.
        let kept = usage.cached_tokens.min(usage.input_tokens);
        let written = usage.cache_write_tokens.min(usage.input_tokens - kept);
        let plain = usage.input_tokens - kept - written;
        let parts = [
            (plain, self.input),
            (kept, self.cached),
            (written, self.cache_write),
            (usage.output_tokens, self.output),
        ];
        let sum = parts.iter().map(|(tokens, price)| u128::from(*tokens) * u128::from(*price));
        let sum = sum.sum::<u128>().div_ceil(1_000_000);
        u64::try_from(sum).unwrap_or(u64::MAX)
    }

    /// What so many tokens cost at most.
    #[must_use]
    pub fn most(&self, input_tokens: u32, output_tokens: u32) -> u64 {
        let dearest = self.input.max(self.cached).max(self.cache_write);
        let usage = Usage { input_tokens, output_tokens, ..Usage::default() };
        Self { input: dearest, ..*self }.of(&usage)
    }
}
