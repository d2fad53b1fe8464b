//! Numbers in JSON that every reader takes as they are. Readers differ in the last digit of long
//! ones; those stand there as texts.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number, or the text of one that has more than fifteen digits or is very large or small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Exact {
    /// A number.
    Number(f64),
    /// The text of one, such as `1.2345678901234567e-3`.
    Text(String),
}

/// How many digits of a number every reader takes as they are.
const DIGITS_MAX: usize = 15;
/// By how many tens they may be multiplied or divided.
const TENS_MAX: i64 = 22;

impl From<f64> for Exact {
    fn from(number: f64) -> Self {
        let text = format!("{number:e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.bytes().filter(u8::is_ascii_digit).count();
        let power: i64 = power.parse().unwrap_or(i64::MAX);
        let tens = power.saturating_sub(i64::try_from(digits).unwrap_or(i64::MAX) - 1);
        if digits <= DIGITS_MAX && tens.abs() <= TENS_MAX {
            Self::Number(number)
        } else {
            Self::Text(text)
        }
    }
}

impl Exact {
    fn number<E: serde::de::Error>(self) -> Result<f64, E> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Text(text) => text.parse().map_err(|_| E::custom("a text is no number")),
        }
    }
}

/// Lists of numbers.
pub(super) mod all {
    use super::{Deserialize as _, Deserializer, Exact, Serialize as _, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        numbers: &[f64],
        into: S,
    ) -> Result<S::Ok, S::Error> {
        let exact: Vec<Exact> = numbers.iter().copied().map(Exact::from).collect();
        exact.serialize(into)
    }

    pub(in super::super) fn deserialize<'a, D: Deserializer<'a>>(
        from: D,
    ) -> Result<Vec<f64>, D::Error> {
        Vec::<Exact>::deserialize(from)?.into_iter().map(Exact::number).collect()
    }
}

/// Lists of numbers with gaps.
pub(super) mod gaps {
    use super::{Deserialize as _, Deserializer, Exact, Serialize as _, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        numbers: &[Option<f64>],
        into: S,
    ) -> Result<S::Ok, S::Error> {
        let exact: Vec<Option<Exact>> =
            numbers.iter().map(|number| number.map(Exact::from)).collect();
        exact.serialize(into)
    }

    pub(in super::super) fn deserialize<'a, D: Deserializer<'a>>(
        from: D,
    ) -> Result<Vec<Option<f64>>, D::Error> {
        let numbers = Vec::<Option<Exact>>::deserialize(from)?.into_iter();
        numbers.map(|number| number.map(Exact::number).transpose()).collect()
    }
}
