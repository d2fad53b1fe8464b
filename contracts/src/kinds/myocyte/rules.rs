//! What cells may hold.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::{PLACE_BYTES_MAX, RULE_FORMULA_BYTES_MAX, RULE_LISTED_MAX, RULE_MESSAGE_MAX};
use crate::kinds::check::SAID;

/// Input of `set_rule`. A rule for the same area takes the place of the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRule {
    /// The sheet: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The rule.
    pub rule: Rule,
}

/// What the cells of an area may hold. A cell that holds nothing breaks no rule, and no cell has
/// more than one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which cells.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: String,
    /// What they may hold.
    pub allow: Allow,
    /// What becomes of a `set` or a `sort` that puts in something else.
    #[serde(default)]
    pub otherwise: Otherwise,
    /// What people are told then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = RULE_MESSAGE_MAX), regex(pattern = SAID))]
    pub message: Option<String>,
}

/// What a cell may hold. Formulas are those of the first cell of the area; for the others they are
/// as if they were copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allow {
    /// One of these, as a cell without a format shows them.
    List(
        #[schemars(
            length(min = 1, max = RULE_LISTED_MAX),
            inner(length(min = 1, max = RULE_MESSAGE_MAX), regex(pattern = SAID))
        )]
        Vec<String>,
    ),
    /// What a cell of this area holds, such as `Lists!A1:A9`.
    ListOf(#[schemars(length(max = PLACE_BYTES_MAX))] String),
    /// A number without a fraction.
    Whole(Compare),
    /// A number.
    Decimal(Compare),
    /// A day, which is a number, too.
    Date(Compare),
    /// Whatever shows so many characters.
    TextLength(Compare),
    /// What makes this formula come to true, or to another number than 0.
    Formula(#[schemars(length(min = 2, max = RULE_FORMULA_BYTES_MAX))] String),
}

/// What a number is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// No less than the first, and no more than the second.
    Between(Bound, Bound),
    /// Less than the first, or more than the second.
    NotBetween(Bound, Bound),
    /// The same.
    Equal(Bound),
    /// Another.
    Different(Bound),
    /// More.
    Above(Bound),
    /// As much or more.
    AtLeast(Bound),
    /// Less.
    Below(Bound),
    /// As much or less.
    AtMost(Bound),
}

/// A number, a formula that begins with `=` and comes to one, or for days one as `2026-01-31`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bound(pub Value);

impl JsonSchema for Bound {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bound".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, a formula that begins with `=` and comes to one, or for days \
                            one as `2026-01-31`.",
            "type": ["number", "string"],
            "maxLength": RULE_FORMULA_BYTES_MAX,
        })
    }
}

/// What becomes of who wants to break a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// Nothing is set, and the cells are named.
    #[default]
    Refuse,
    /// All is set, and the answer names the cells.
    Warn,
}

/// Input of `remove_rule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveRule {
    /// The sheet: its id or its name; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The cells; a rule that is about others, too, keeps these.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: String,
}

/// Input of `validate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validate {
    /// Which sheet: its id or its name; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Which of its cells; all of them when left out. Without a sheet, of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: Option<String>,
}

/// Answer to `set_rule`, `remove_rule` and `validate`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Validated {
    /// The rules in question.
    pub rules: Vec<RuleEntry>,
    /// The cells that break them, as many as one answer tells.
    pub broken: Vec<Broken>,
    /// How many cells break them.
    pub count: u64,
    /// How many cells were looked at.
    pub checked: u64,
    /// How many were not, since rules with formulas are about more cells than one command computes.
    pub unchecked: u64,
}

/// A rule of a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleEntry {
    /// Its id, which never changes.
    pub id: String,
    /// The id of its sheet.
    pub sheet: String,
    /// What it says.
    pub rule: Rule,
}

/// A cell that breaks a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Broken {
    /// The id of its sheet.
    pub sheet: String,
    /// Its place.
    pub cell: String,
    /// What it comes to; `{"error": "#DIV/0!"}` for an error.
    pub value: Value,
    /// The id of the rule.
    pub rule: String,
    /// What becomes of who wants to put it in.
    pub otherwise: Otherwise,
    /// What people are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
