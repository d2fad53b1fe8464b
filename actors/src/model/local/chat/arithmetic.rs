//! Sums: `+ - * / ^ %`, brackets, `15% of 80`, `12 times 3`.

use crate::model::local::text::lines::head;

/// A sum that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// As it was written.
    pub words: String,
    /// Its value; `None` when it has none, as a division by zero.
    pub value: Option<f64>,
}

/// The deepest brackets.
const DEPTH_MAX: u32 = 32;
/// The longest sum, in bytes.
const SUM_BYTES_MAX: usize = 300;

/// The sum that a message asks for, when it is one.
pub fn find(message: &str) -> Option<Sum> {
    let message = message.trim();
    if message.len() > SUM_BYTES_MAX {
        return None;
    }
    let lower = message.to_lowercase();
    let heads = [
        "what is ",
        "what's ",
        "what\u{2019}s ",
        "how much is ",
        "calculate ",
        "compute ",
        "please calculate ",
        "work out ",
        "can you calculate ",
        "what do you get for ",
    ];
    let asked = heads.iter().find_map(|head| lower.strip_prefix(head)).unwrap_or(&lower);
    let words = asked.trim_end_matches(['?', '=', '.', '!', ' ']).trim();
    let signs = words
        .replace(" percent", "%")
        .replace("% of ", "%*")
        .replace(" plus ", "+")
        .replace(" minus ", "-")
        .replace(" times ", "*")
        .replace(" multiplied by ", "*")
        .replace(" divided by ", "/")
        .replace(['×', '·'], "*")
        .replace('÷', "/")
        .replace('−', "-")
        .replace(" x ", "*");
    let plain = signs.chars().all(|c| c.is_ascii_digit() || "+-*/^%().,  ".contains(c));
    let operates = signs.trim_start_matches('-').contains(['+', '-', '*', '/', '^', '%']);
    if !plain || !operates || is_date(&signs) {
        return None;
    }
    let compact: String = signs.chars().filter(|c| !c.is_whitespace()).collect();
    let compact = without_groups(&compact);
    let mut reader = Reader { rest: compact.as_bytes(), depth: 0 };
    let value = reader.sum()?;
    let done = reader.rest.is_empty();
    let value = value.is_finite().then_some(value);
    done.then(|| Sum { words: head(words, SUM_BYTES_MAX).to_owned(), value })
}

/// The answer.
pub fn told(sum: &Sum) -> String {
    match sum.value {
        Some(value) => format!("{} = {}", sum.words, shown(value)),
        None => format!("{} has no value: it divides by zero or grows too large.", sum.words),
    }
}

fn shown(value: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e15 || value.abs() < 1e-9) {
        return format!("{value:e}");
    }
    let text = format!("{value:.10}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `2026-05-03` and `+41 44 555 66 77` are no sums.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split(['-', '/']).map(str::trim).collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let dated = parts.len() == 3
        && parts.iter().all(digits)
        && (parts[0].len() == 4 || parts[2].len() == 4);
    dated || (text.trim().starts_with('+') && text.trim().contains(' '))
}

/// `1,200` → `1200`.
fn without_groups(text: &str) -> String {
    let bytes = text.as_bytes();
    let group = |at: usize| {
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        at > 0 && digit(at - 1) && digit(at + 1) && digit(at + 2) && digit(at + 3) && !digit(at + 4)
    };
    text.char_indices().filter(|(at, c)| *c != ',' || !group(*at)).map(|(_, c)| c).collect()
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: u32,
}

impl Reader<'_> {
    fn take(&mut self, sign: u8) -> bool {
        let found = self.rest.first() == Some(&sign);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product()?;
        loop {
            if self.take(b'+') {
                value += self.product()?;
            } else if self.take(b'-') {
                value -= self.product()?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.power()?;
        loop {
            if self.take(b'*') {
                value *= self.power()?;
            } else if self.take(b'/') {
                value /= self.power()?;
            } else {
                return Some(value);
            }
        }
    }

    fn power(&mut self) -> Option<f64> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let value = if self.take(b'-') { -self.power()? } else { self.atom()? };
        let value = if self.take(b'^') { value.powf(self.power()?) } else { value };
        self.depth -= 1;
        Some(value)
    }

    fn atom(&mut self) -> Option<f64> {
        let mut value = if self.take(b'(') {
            let value = self.sum()?;
            self.take(b')').then_some(value)?
        } else {
            let width = self.rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
            let (number, rest) = self.rest.split_at(width);
            self.rest = rest;
            std::str::from_utf8(number).ok()?.parse().ok()?
        };
        while self.take(b'%') {
            value /= 100.0;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{find, told};

    #[test]
    fn sums_are_done_in_the_right_order() {
        for (asked, answer) in [
            ("what is 2 + 3 * 4?", "2 + 3 * 4 = 14"),
            ("(2+3)*4", "(2+3)*4 = 20"),
            ("What's 15% of 80?", "15% of 80 = 12"),
            ("0.1 + 0.2", "0.1 + 0.2 = 0.3"),
            ("how much is 1,200 / 8?", "1,200 / 8 = 150"),
            ("12 times 3", "12 times 3 = 36"),
            ("-2^2", "-2^2 = -4"),
            ("1/0", "1/0 has no value: it divides by zero or grows too large."),
        ] {
            let sum = find(asked).unwrap_or_else(|| panic!("{asked} is a sum"));
            assert_eq!(told(&sum), answer);
        }
    }

    #[test]
    fn what_is_no_sum_is_left_alone() {
        for text in
            ["2026-05-03", "+41 44 555 66 77", "what is love", "3", "((((", "1 + ", "", "()"]
        {
            assert_eq!(find(text), None, "{text}");
        }
        assert_eq!(find(&"(".repeat(200)), None);
    }
}
