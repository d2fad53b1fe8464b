//! Expressions: read and calculated in one go.

use rust_decimal::{Decimal, MathematicalOps as _, RoundingStrategy};

/// How deep parentheses may nest.
const DEPTH_MAX: usize = 32;

/// The value of `text`.
///
/// # Errors
/// What is wrong with it, and where.
pub(super) fn calculate(text: &str) -> Result<Decimal, String> {
    let mut reader = Reader { rest: text, whole: text, depth: 0 };
    let value = reader.sum()?;
    reader.skip();
    if reader.rest.is_empty() { Ok(value) } else { Err(reader.unexpected()) }
}

struct Reader<'a> {
    rest: &'a str,
    whole: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a sign, when it comes next.
    fn takes(&mut self, sign: char) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest;
        true
    }

    fn unexpected(&self) -> String {
        let place = self.whole.len() - self.rest.len();
        match self.rest.chars().next() {
            Some(sign) => format!("unexpected {sign:?} at {place}"),
            None => "the expression ends too early".to_owned(),
        }
    }

    fn sum(&mut self) -> Result<Decimal, String> {
        let mut value = self.product()?;
        loop {
            value = if self.takes('+') {
                value.checked_add(self.product()?)
            } else if self.takes('-') || self.takes('−') {
                value.checked_sub(self.product()?)
            } else {
                return Ok(value);
            }
            .ok_or_else(too_large)?;
        }
    }

    fn product(&mut self) -> Result<Decimal, String> {
        let mut value = self.signed()?;
        loop {
            value = if self.takes('*') || self.takes('×') {
                value.checked_mul(self.signed()?).ok_or_else(too_large)?
            } else if self.takes('/') || self.takes('÷') {
                divide(value, self.signed()?)?
            } else if self.takes('%') {
                let by = self.signed()?;
                value.checked_rem(by).ok_or_else(|| "division by zero".to_owned())?
            } else {
                return Ok(value);
            };
        }
    }

    fn signed(&mut self) -> Result<Decimal, String> {
        self.deeper(|reader| {
            if reader.takes('-') || reader.takes('−') {
                return Ok(-reader.signed()?);
            }
            if reader.takes('+') {
                return reader.signed();
            }
            reader.power()
        })
    }

    /// Powers bind to the right, and stronger than the sign before them.
    fn power(&mut self) -> Result<Decimal, String> {
        let base = self.atom()?;
        if !self.takes('^') {
            return Ok(base);
        }
        let exponent = self.signed()?;
        raise(base, exponent)
    }

    fn atom(&mut self) -> Result<Decimal, String> {
        if self.takes('(') {
            let value = self.deeper(Self::sum)?;
            return if self.takes(')') { Ok(value) } else { Err(self.unexpected()) };
        }
        let word = self.rest.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        if word > 0 {
            let (name, rest) = self.rest.split_at(word);
            let name = name.to_ascii_lowercase();
            self.rest = rest;
            return self.named(&name);
        }
        self.number()
    }

    fn number(&mut self) -> Result<Decimal, String> {
        let digits = |it: char| it.is_ascii_digit() || it == '.' || it == '_';
        let mut end = self.rest.find(|it: char| !digits(it)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.unexpected());
        }
        let exponent = self.rest[end..].strip_prefix(['e', 'E']).map(|rest| {
            let signed = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            let many = signed.find(|it: char| !it.is_ascii_digit()).unwrap_or(signed.len());
            (rest.len() - signed.len() + many, many)
        });
        let scientific = exponent.filter(|(_, many)| *many > 0);
        end += scientific.map_or(0, |(length, _)| length + 1);
        let (text, rest) = self.rest.split_at(end);
        let text = text.replace('_', "");
        let value = match scientific {
            Some(_) => Decimal::from_scientific(&text),
            None => Decimal::from_str_exact(&text),
        };
        let value =
            value.map_err(|_| format!("{text} has more than 28 digits, or is no number"))?;
        self.rest = rest;
        Ok(value)
    }

    fn named(&mut self, name: &str) -> Result<Decimal, String> {
        match name {
            "pi" => return Ok(Decimal::PI),
            "e" => return Ok(Decimal::E),
            _ => {}
        }
        if !self.takes('(') {
            return Err(format!("there is no number called {name}"));
        }
        let mut given = vec![self.deeper(Self::sum)?];
        while self.takes(',') {
            given.push(self.deeper(Self::sum)?);
        }
        if !self.takes(')') {
            return Err(self.unexpected());
        }
        apply(name, &given)
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if self.depth >= DEPTH_MAX {
            return Err(format!("parentheses nest deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }
}

fn apply(name: &str, given: &[Decimal]) -> Result<Decimal, String> {
    let [first, more @ ..] = given else { return Err(format!("{name} takes a number")) };
    let whole = || format!("{name} takes {} numbers", if name == "round" { "1 or 2" } else { "1" });
    match (name, more) {
        ("abs", []) => Ok(first.abs()),
        ("ceil", []) => Ok(first.ceil()),
        ("floor", []) => Ok(first.floor()),
        ("sqrt", []) => first.sqrt().ok_or_else(|| "no root of a negative number".to_owned()),
        ("ln", []) => first.checked_ln().ok_or_else(|| "ln takes a positive number".to_owned()),
        ("exp", []) => first.checked_exp().ok_or_else(too_large),
        ("round", []) => Ok(round(*first, 0)),
        ("round", [places]) => {
            let places = u32::try_from(*places).ok().filter(|places| *places <= 28);
            Ok(round(*first, places.ok_or_else(|| "round takes 0 to 28 places".to_owned())?))
        }
        ("min", _) => Ok(more.iter().fold(*first, |least, it| least.min(*it))),
        ("max", _) => Ok(more.iter().fold(*first, |most, it| most.max(*it))),
        ("sum", _) => sum(given),
        ("avg", _) => divide(sum(given)?, Decimal::from(given.len())),
        ("abs" | "ceil" | "floor" | "sqrt" | "ln" | "exp" | "round", _) => Err(whole()),
        _ => Err(format!("there is no function called {name}")),
    }
}

/// Half away from zero, as people round.
fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

fn sum(given: &[Decimal]) -> Result<Decimal, String> {
    given.iter().try_fold(Decimal::ZERO, |sum, it| sum.checked_add(*it)).ok_or_else(too_large)
}

fn divide(value: Decimal, by: Decimal) -> Result<Decimal, String> {
    if by.is_zero() {
        return Err("division by zero".to_owned());
    }
    value.checked_div(by).ok_or_else(too_large)
}

fn raise(base: Decimal, exponent: Decimal) -> Result<Decimal, String> {
    if base.is_zero() && exponent.is_sign_negative() && !exponent.is_zero() {
        return Err("division by zero".to_owned());
    }
    if exponent.fract().is_zero() {
        let whole = i64::try_from(exponent).map_err(|_| too_large())?;
        return base.checked_powi(whole).ok_or_else(too_large);
    }
    if base.is_sign_negative() {
        return Err("no such power of a negative number".to_owned());
    }
    base.checked_powd(exponent).ok_or_else(too_large)
}

fn too_large() -> String {
    "the result has more than 28 digits".to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::calculate;

    fn value(text: &str) -> String {
        calculate(text).map_or_else(|fault| fault, |value| value.normalize().to_string())
    }

    #[test]
    fn decimals_are_exact() {
        for (text, wanted) in [
            ("0.1 + 0.2", "0.3"),
            ("(19.99 * 3 + 4.5) * 1.19", "76.7193"),
            ("2 + 3 * 4 - 6 / 4", "12.5"),
            ("-2 ^ 2", "-4"),
            ("2 ^ 3 ^ 2", "512"),
            ("2 ^ -2", "0.25"),
            ("10 % 4", "2"),
            ("1_000 * 1e-3", "1"),
            ("round(2.345, 2) + round(-0.5)", "1.35"),
            ("sqrt(16) + abs(-3) + min(5, 2, 9) + max(1, 2)", "11"),
            ("avg(1, 2, 4.5)", "2.5"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
            ("6 × 7 ÷ 2 − 1", "20"),
        ] {
            assert_eq!(value(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_calculated_is_told() {
        for (text, fault) in [
            ("1 / 0", "division by zero"),
            ("5 % 0", "division by zero"),
            ("0 ^ -1", "division by zero"),
            ("1 +", "the expression ends too early"),
            ("2 $ 3", "unexpected '$' at 2"),
            ("system(1)", "there is no function called system"),
            ("x", "there is no number called x"),
            ("round(1, 40)", "round takes 0 to 28 places"),
            ("79228162514264337593543950335 * 10", "the result has more than 28 digits"),
            ("9 ^ 999999999", "the result has more than 28 digits"),
            ("sqrt(-1)", "no root of a negative number"),
            ("1.2.3", "1.2.3 has more than 28 digits, or is no number"),
        ] {
            assert_eq!(value(text), fault, "{text}");
        }
        assert!(value(&"(".repeat(2_000)).starts_with("parentheses nest deeper"));
        assert!(value(&"-".repeat(2_000)).starts_with("parentheses nest deeper"));
    }

    proptest! {
        #[test]
        fn whole_numbers_are_those_of_the_machine(a in -10_000_i64..10_000, b in 1_i64..1_000) {
            prop_assert_eq!(value(&format!("{a} * {b} + {a} % {b}")), (a * b + a % b).to_string());
        }

        #[test]
        fn nothing_ends_the_program(text in "[-+*/%^(),.0-9a-z ]{0,60}") {
            let _ = calculate(&text);
        }
    }
}
