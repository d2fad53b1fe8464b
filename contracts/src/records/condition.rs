use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::record::Record;

/// How a label is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`: the same text or number.
    Equal,
    /// `!=`: not the same, or not there.
    NotEqual,
    /// `>`: a greater number, or a text behind it.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `~`: the text has this in it, whatever the case.
    Contains,
    /// `!~`: it has not, or is not there.
    NotContains,
    /// `^`: the text begins with this.
    Begins,
    /// `?`: it is there.
    Exists,
    /// `!?`: it is not there.
    Absent,
}

impl Operator {
    /// As conditions write them, the longer ones first.
    const WRITTEN: [(&'static str, Self); 11] = [
        ("!=", Self::NotEqual),
        (">=", Self::GreaterOrEqual),
        ("<=", Self::LessOrEqual),
        ("!~", Self::NotContains),
        ("!?", Self::Absent),
        ("=", Self::Equal),
        (">", Self::Greater),
        ("<", Self::Less),
        ("~", Self::Contains),
        ("^", Self::Begins),
        ("?", Self::Exists),
    ];
}

/// What a label is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    text: String,
    number: Option<f64>,
}

impl Operand {
    fn of(text: &str) -> Self {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        Self { text: text.to_owned(), number }
    }
}

/// What must hold of a label or a member of a record: `name`, an operator, and what it is compared
/// with. `http.status>=500`, `region=eu`, `user?`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The label, or a member such as `service`, `level`, `status`, `value`, `duration_ms`.
    pub name: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what; of `?` and `!?` nothing.
    pub operand: Operand,
}

/// A text that is no condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a condition is a name, one of = != > >= < <= ~ !~ ^ ? !?, and a value")]
pub struct NoCondition;

impl FromStr for Condition {
    type Err = NoCondition;
    fn from_str(text: &str) -> Result<Self, NoCondition> {
        let at = text.find(['=', '!', '>', '<', '~', '^', '?']).ok_or(NoCondition)?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let known = Operator::WRITTEN.iter().find(|(written, _)| rest.starts_with(written));
        let (written, operator) = known.copied().ok_or(NoCondition)?;
        let operand = rest[written.len()..].trim();
        let alone = matches!(operator, Operator::Exists | Operator::Absent);
        if name.is_empty() || (alone && !operand.is_empty()) {
            return Err(NoCondition);
        }
        Ok(Self { name: name.to_owned(), operator, operand: Operand::of(operand) })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = Operator::WRITTEN.iter().find(|(_, known)| *known == self.operator);
        write!(f, "{}{}{}", self.name, written.map_or("", |it| it.0), self.operand.text)
    }
}

impl Condition {
    /// Whether it holds of `record`.
    #[must_use]
    pub fn holds(&self, record: &Record) -> bool {
        let found = record.field(&self.name).filter(|value| !value.is_null());
        let Some(found) = found else {
            let absent = [Operator::NotEqual, Operator::NotContains, Operator::Absent];
            return absent.contains(&self.operator);
        };
        let contains = || text(&found).to_lowercase().contains(&self.operand.text.to_lowercase());
        match self.operator {
            Operator::Exists => true,
            Operator::Absent => false,
            Operator::Contains => contains(),
            Operator::NotContains => !contains(),
            Operator::Begins => text(&found).starts_with(&self.operand.text),
            Operator::Equal => self.compare(&found) == Ordering::Equal,
            Operator::NotEqual => self.compare(&found) != Ordering::Equal,
            Operator::Greater => self.compare(&found) == Ordering::Greater,
            Operator::GreaterOrEqual => self.compare(&found) != Ordering::Less,
            Operator::Less => self.compare(&found) == Ordering::Less,
            Operator::LessOrEqual => self.compare(&found) != Ordering::Greater,
        }
    }

    /// Numbers as numbers, also where a program has written one as a text; all else as texts.
    fn compare(&self, found: &Value) -> Ordering {
        let number = found.as_f64().or_else(|| found.as_str()?.trim().parse().ok());
        match (number, self.operand.number) {
            (Some(found), Some(wanted)) => found.total_cmp(&wanted),
            _ => text(found).as_str().cmp(&self.operand.text),
        }
    }
}

/// A value as a text.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
