//! What cells may hold.

use serde::{Deserialize, Serialize, Serializer};

use super::content::plain_number;
use super::place::Area;
use super::reference::Reference;
use super::shift::{Moved, rewrite};
use crate::calc::Value;

/// What the cells of an area may hold. A cell that holds nothing breaks no rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Which cells.
    pub area: Area,
    /// What they may hold.
    pub allow: Allow,
    /// What becomes of who wants to put in something else.
    #[serde(default)]
    pub otherwise: Otherwise,
    /// What such a person is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a cell may hold. Formulas are those of the first cell of the area; for the others they are
/// as if they were copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allow {
    /// One of these, as a cell without a format shows them.
    List(Vec<String>),
    /// What a cell of this area holds, such as `Lists!$A$1:$A$9`.
    ListOf(String),
    /// Numbers without a fraction.
    Whole(Compare),
    /// Numbers.
    Decimal(Compare),
    /// Days: numbers, too.
    Date(Compare),
    /// Whatever has so many characters.
    TextLength(Compare),
    /// What makes this formula come to true, or to another number than 0.
    Formula(String),
}

/// What numbers are to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// What numbers are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// A number.
    Number(#[serde(serialize_with = "plain")] f64),
    /// What a formula comes to, with its `=`.
    Formula(String),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn plain<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    plain_number(*number).serialize(serializer)
}

/// What becomes of who wants to break a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The content is refused.
    #[default]
    Refuse,
    /// The content is kept, and told to break the rule.
    Warn,
}

impl Compare {
    /// What numbers are compared with: one or two.
    #[must_use]
    pub fn both(&self) -> (&Bound, Option<&Bound>) {
        match self {
            Self::Between(one, other) | Self::NotBetween(one, other) => (one, Some(other)),
            Self::Equal(one)
            | Self::Different(one)
            | Self::Above(one)
            | Self::AtLeast(one)
            | Self::Below(one)
            | Self::AtMost(one) => (one, None),
        }
    }

    fn both_mut(&mut self) -> (&mut Bound, Option<&mut Bound>) {
        match self {
            Self::Between(one, other) | Self::NotBetween(one, other) => (one, Some(other)),
            Self::Equal(one)
            | Self::Different(one)
            | Self::Above(one)
            | Self::AtLeast(one)
            | Self::Below(one)
            | Self::AtMost(one) => (one, None),
        }
    }

    /// Whether a number keeps them, where they come to these numbers.
    #[must_use]
    pub fn hold(&self, number: f64, one: f64, other: f64) -> bool {
        match self {
            Self::Between(..) => (one..=other).contains(&number),
            Self::NotBetween(..) => !(one..=other).contains(&number),
            Self::Equal(_) => number == one,
            Self::Different(_) => number != one,
            Self::Above(_) => number > one,
            Self::AtLeast(_) => number >= one,
            Self::Below(_) => number < one,
            Self::AtMost(_) => number <= one,
        }
    }
}

impl Rule {
    /// The rule for what of its cells lies outside of `area`, as so many rules as that takes.
    #[must_use]
    pub fn without(&self, area: Area) -> Vec<Self> {
        let first = self.area.from;
        let part = |left: Area| {
            let rows = i64::from(left.from.row) - i64::from(first.row);
            let columns = i64::from(left.from.column) - i64::from(first.column);
            let mut rule = Self { area: left, ..self.clone() };
            rule.allow.refer(|old| Moved { rows, columns }.reference(old));
            rule
        };
        self.area.without(area).into_iter().map(part).collect()
    }
}

impl Allow {
    /// The bounds of numbers, when it has some.
    #[must_use]
    pub fn bounds(&self) -> Option<&Compare> {
        match self {
            Self::Whole(bounds)
            | Self::Decimal(bounds)
            | Self::Date(bounds)
            | Self::TextLength(bounds) => Some(bounds),
            Self::List(_) | Self::ListOf(_) | Self::Formula(_) => None,
        }
    }

    /// Its formulas that are computed for each cell, in order: none, one or two.
    #[must_use]
    pub fn formulas(&self) -> Vec<&str> {
        if let Self::Formula(formula) = self {
            return vec![formula];
        }
        let Some((one, other)) = self.bounds().map(Compare::both) else { return Vec::new() };
        let formula = |bound| match bound {
            &Bound::Number(_) => None,
            Bound::Formula(formula) => Some(formula.as_str()),
        };
        [Some(one), other].into_iter().flatten().filter_map(formula).collect()
    }

    /// Each text of it that refers to cells.
    fn texts_mut(&mut self) -> Vec<&mut String> {
        let bounds = match self {
            Self::List(_) => return Vec::new(),
            Self::ListOf(text) | Self::Formula(text) => return vec![text],
            Self::Whole(bounds)
            | Self::Decimal(bounds)
            | Self::Date(bounds)
            | Self::TextLength(bounds) => bounds,
        };
        let (one, other) = bounds.both_mut();
        let text = |bound| match bound {
            &mut Bound::Number(_) => None,
            Bound::Formula(formula) => Some(formula),
        };
        [Some(one), other].into_iter().flatten().filter_map(text).collect()
    }

    /// Each reference as `change` wants it; `None` there = `#REF!`.
    pub fn refer(&mut self, change: impl Fn(&Reference) -> Option<Reference>) {
        for text in self.texts_mut() {
            if let Some(now) = rewrite(text, &change) {
                *text = now;
            }
        }
    }

    /// Whether a cell may hold this, where its formulas come to `computed`, and the cells of its
    /// list are `listed`, as they show.
    #[must_use]
    pub fn holds(&self, value: &Value, computed: &[Value], listed: impl Fn(&str) -> bool) -> bool {
        let bounded = |number: f64, bounds: &Compare| {
            let mut computed = computed.iter();
            let mut comes_to = |bound: &Bound| match bound {
                Bound::Number(number) => Some(*number),
                Bound::Formula(_) => match computed.next() {
                    Some(Value::Number(number)) => Some(*number),
                    Some(Value::Empty) => Some(0.0),
                    _ => None,
                },
            };
            let (one, other) = bounds.both();
            let one = comes_to(one);
            let other = other.map_or(Some(0.0), comes_to);
            one.zip(other).is_some_and(|(one, other)| bounds.hold(number, one, other))
        };
        let shown = value.shown();
        match (self, value) {
            (_, Value::Empty) => true,
            (_, Value::Error(_)) => false,
            (Self::List(values), _) => values.contains(&shown),
            (Self::ListOf(_), _) => listed(&shown),
            (Self::TextLength(bounds), _) => bounded(shown.chars().count() as f64, bounds),
            (Self::Whole(bounds), Value::Number(number)) => {
                number.fract() == 0.0 && bounded(*number, bounds)
            }
            (Self::Decimal(bounds) | Self::Date(bounds), Value::Number(number)) => {
                bounded(*number, bounds)
            }
            (Self::Whole(_) | Self::Decimal(_) | Self::Date(_), _) => false,
            (Self::Formula(_), _) => match computed.first() {
                Some(Value::Bool(yes)) => *yes,
                Some(Value::Number(number)) => *number != 0.0,
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allow, Bound, Compare};
    use crate::calc::Value;

    #[test]
    fn cells_hold_what_is_allowed() {
        let number = Bound::Number;
        let between = || Compare::Between(number(1.0), number(10.0));
        let (three, half) = (Value::Number(3.0), Value::Number(3.5));
        let (word, error) = (Value::Text("tiles".to_owned()), Value::Error("#N/A".to_owned()));
        let list = Allow::List(vec!["tiles".to_owned(), "3".to_owned()]);
        for (allow, value, holds) in [
            (Allow::Whole(between()), &three, true),
            (Allow::Whole(between()), &half, false),
            (Allow::Whole(between()), &word, false),
            (Allow::Decimal(between()), &half, true),
            (Allow::Decimal(Compare::NotBetween(number(1.0), number(10.0))), &half, false),
            (Allow::Date(Compare::Above(number(3.0))), &three, false),
            (Allow::Date(Compare::AtLeast(number(3.0))), &three, true),
            (Allow::TextLength(Compare::AtMost(number(5.0))), &word, true),
            (Allow::TextLength(Compare::Below(number(5.0))), &word, false),
            (Allow::TextLength(Compare::Equal(number(1.0))), &three, true),
            (list.clone(), &three, true),
            (list.clone(), &word, true),
            (list.clone(), &half, false),
            (list, &error, false),
            (Allow::Whole(Compare::Different(number(3.0))), &Value::Empty, true),
        ] {
            assert_eq!(allow.holds(value, &[], |_| false), holds, "{allow:?} {value:?}");
        }
    }

    #[test]
    fn formulas_stand_where_bounds_do() {
        let formula = |text: &str| Bound::Formula(text.to_owned());
        let allow = Allow::Whole(Compare::Between(formula("=A1"), Bound::Number(10.0)));
        assert_eq!(allow.formulas(), ["=A1"]);
        let holds = |from| allow.holds(&Value::Number(3.0), &[from], |_| false);
        assert!(holds(Value::Number(3.0)) && !holds(Value::Number(4.0)));
        assert!(holds(Value::Empty) && !holds(Value::Text("no number".to_owned())));
        let custom = Allow::Formula("=A1>2".to_owned());
        assert!(custom.holds(&Value::Bool(false), &[Value::Bool(true)], |_| false));
        assert!(!custom.holds(&Value::Bool(false), &[Value::Number(0.0)], |_| false));
        let list = Allow::ListOf("Lists!$A$1:$A$2".to_owned());
        assert!(list.holds(&Value::Text("b".to_owned()), &[], |shown| shown == "b"));
    }
}
