//! What models cost, as versioned data: a table that comes with the program, and one of the
//! operator's that adds to it or takes its place.

mod table;

use std::sync::Arc;

use contracts::kinds::budget::matches;
use contracts::model::{Cost, Usage};

use super::config::ModelsConfig;
use table::Table;

pub use table::{Fault, Price};

/// What models cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    version: Arc<str>,
    rows: Arc<[(String, Price)]>,
}

impl Default for Prices {
    fn default() -> Self {
        Self::builtin()
    }
}

impl Prices {
    /// The table that comes with the program.
    #[must_use]
    pub fn builtin() -> Self {
        let table = Table::read(include_str!("builtin.json"));
        Self::of(table.expect("the built-in table is read by a test"))
    }

    fn of(table: Table) -> Self {
        let rows = table.models.into_iter().flat_map(|row| {
            let price = row.price();
            row.r#match.into_iter().map(move |pattern| (pattern, price))
        });
        Self { version: table.version.into(), rows: rows.collect() }
    }

    /// The table that comes with the program, with the one that the settings name.
    ///
    /// # Errors
    /// Why the file cannot be used.
    pub fn configured(config: &ModelsConfig) -> Result<Self, Fault> {
        let Some(path) = &config.prices else { return Ok(Self::builtin()) };
        Self::builtin().with(&table::text(path)?)
    }

    /// The same, with the table `text`: a JSON object `{version, replace?, models: [{match: […],
    /// input, cached?, cache_write?, output}]}` of US dollars for a million tokens.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn with(self, text: &str) -> Result<Self, Fault> {
        let table = Table::read(text)?;
        let (replace, own) = (table.replace, Self::of(table));
        if replace {
            return Ok(own);
        }
        // Its rows come first: of two that mean the same, the operator's counts.
        let rows = own.rows.iter().chain(self.rows.iter()).cloned().collect();
        let version = format!("{}+{}", self.version, own.version).into();
        Ok(Self { version, rows })
    }

    /// Which table this is.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What `model` costs, as `provider/model`; `None` = nobody knows. A name counts before a
    /// pattern, and a long pattern before a short one.
    #[must_use]
    pub fn of_model(&self, model: &str) -> Option<Price> {
        if let Some((_, price)) = self.rows.iter().find(|(pattern, _)| pattern == model) {
            return Some(*price);
        }
        let fitting = self.rows.iter().filter(|(pattern, _)| matches(pattern, model));
        // The first of those that are equally long.
        fitting.rev().max_by_key(|(pattern, _)| pattern.len()).map(|(_, price)| *price)
    }

    /// What a call to `model` cost.
    #[must_use]
    pub fn cost(&self, model: &str, usage: &Usage) -> Option<Cost> {
        let micro_usd = self.of_model(model)?.of(usage);
        Some(Cost { micro_usd, prices: self.version().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use contracts::model::Usage;

    use super::Prices;

    fn usage(input_tokens: u32, output_tokens: u32) -> Usage {
        Usage { input_tokens, output_tokens, ..Usage::default() }
    }

    fn micro(prices: &Prices, model: &str, usage: &Usage) -> Option<u64> {
        prices.cost(model, usage).map(|cost| cost.micro_usd)
    }

    #[test]
    fn the_table_that_comes_with_the_program_is_read_and_names_each_model_once() {
        let prices = Prices::builtin();
        assert!(prices.version().starts_with("builtin-20"));
        let mut names: Vec<_> = prices.rows.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        for (name, price) in prices.rows.iter() {
            assert!(price.cached <= price.input, "{name}: what was kept costs no more");
            assert!(price.output >= price.input || price.output == 0, "{name}");
        }
    }

    #[test]
    fn tokens_are_priced_by_their_sort_and_rounded_up() {
        let prices = Prices::builtin();
        let million = usage(1_000_000, 1_000_000);
        assert_eq!(micro(&prices, "openai/gpt-4o", &million), Some(12_500_000));
        assert_eq!(micro(&prices, "openai/gpt-4o-mini", &usage(1, 0)), Some(1), "0.15 rounds up");
        assert_eq!(micro(&prices, "openai/gpt-4o-mini", &usage(0, 0)), Some(0));
        let kept = Usage { cached_tokens: 900_000, ..usage(1_000_000, 0) };
        assert_eq!(micro(&prices, "openai/gpt-4o", &kept), Some(250_000 + 1_125_000));
        let written =
            Usage { cached_tokens: 400_000, cache_write_tokens: 600_000, ..usage(1_000_000, 0) };
        let claude = "anthropic/claude-haiku-4-5";
        assert_eq!(micro(&prices, claude, &written), Some(40_000 + 750_000));
        // A provider that says that more was kept than there was is not believed.
        let lying = Usage { cached_tokens: u32::MAX, ..usage(10, 0) };
        assert!(micro(&prices, "openai/gpt-4o", &lying).is_some_and(|it| it <= 25));
        assert_eq!(micro(&prices, "local/rules", &million), Some(0));
        assert_eq!(micro(&prices, "openai/of-tomorrow", &million), None);
        let most = usage(u32::MAX, u32::MAX);
        assert!(micro(&prices, "openai/o1", &most).is_some_and(|it| it > 300_000_000_000));
    }

    #[test]
    fn a_table_of_ones_own_adds_or_replaces() {
        let own = r#"{ "version": "mine-1", "models": [
            { "match": ["openai/gpt-4o", "mine/*"], "input": 1, "output": 2 },
            { "match": ["mine/big*"], "input": 10, "output": 20 }
        ] }"#;
        let prices = Prices::builtin().with(own).expect("it can be read");
        assert!(prices.version().ends_with("+mine-1"));
        let one = usage(1_000_000, 0);
        assert_eq!(micro(&prices, "openai/gpt-4o", &one), Some(1_000_000));
        assert_eq!(micro(&prices, "mine/small", &one), Some(1_000_000));
        assert_eq!(micro(&prices, "mine/bigger", &one), Some(10_000_000));
        assert_eq!(micro(&prices, "openai/gpt-4o-mini", &one), Some(150_000));
        let alone = own.replacen("\"models\"", "\"replace\": true, \"models\"", 1);
        let prices = Prices::builtin().with(&alone).expect("it can be read");
        assert_eq!(prices.version(), "mine-1");
        assert_eq!(micro(&prices, "openai/gpt-4o-mini", &one), None);
    }

    #[test]
    fn a_table_that_cannot_be_meant_is_refused() {
        for text in [
            "",
            "[]",
            r#"{ "version": " ", "models": [] }"#,
            r#"{ "version": "v", "models": [{ "match": [], "input": 1, "output": 1 }] }"#,
            r#"{ "version": "v", "models": [{ "match": ["a/b"], "input": -1, "output": 1 }] }"#,
            r#"{ "version": "v", "models": [{ "match": ["a/b"], "input": 1e12, "output": 1 }] }"#,
            r#"{ "version": "v", "models": [{ "match": ["a/b"], "inptu": 1, "output": 1 }] }"#,
        ] {
            assert!(Prices::builtin().with(text).is_err(), "{text}");
        }
    }
}
