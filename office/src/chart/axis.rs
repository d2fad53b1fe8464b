//! An axis: round numbers from below the smallest to above the largest.

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// How far one mark is from the next.
    step: f64,
}

impl Axis {
    /// The axis that holds these numbers with some `marks` marks; with zero where it starts there.
    pub fn over(numbers: impl Iterator<Item = f64>, marks: u32, from_zero: bool) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers {
            low = low.min(number);
            high = high.max(number);
        }
        if from_zero {
            low = low.min(0.0);
            high = high.max(0.0);
        }
        if low >= high {
            let room = if low == 0.0 { 1.0 } else { low.abs() / 2.0 };
            low -= if from_zero && low >= 0.0 { 0.0 } else { room };
            high += room;
        }
        let step = round((high - low) / f64::from(marks.max(1)));
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// The numbers of its marks.
    pub fn marks(&self) -> Vec<f64> {
        const MARKS_MAX: u32 = 50;
        let marks = (0..MARKS_MAX).map(|at| self.low + f64::from(at) * self.step);
        marks.take_while(|mark| *mark <= self.high + self.step / 1e6).collect()
    }

    /// Where a number stands: 0 at the beginning, 1 at the end.
    pub fn share(&self, number: f64) -> f64 {
        (number - self.low) / (self.high - self.low)
    }

    /// A mark as people read it.
    pub fn told(&self, mark: f64) -> String {
        let size = self.high.abs().max(self.low.abs());
        if size >= 1e15 || self.step < 1e-6 {
            return format!("{mark:e}");
        }
        let digits = (-self.step.log10().floor()).clamp(0.0, 9.0) as usize;
        let text = format!("{mark:.digits$}");
        if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) {
            return "0".to_owned();
        }
        if size < GROUPED_MIN { text } else { grouped(&text) }
    }
}

/// From how large on the digits of a number stand in threes, so that years do not.
const GROUPED_MIN: f64 = 10_000.0;

/// A number with a comma before every three digits that are left of its point.
fn grouped(text: &str) -> String {
    let whole = text.find('.').unwrap_or(text.len());
    let mut out = String::with_capacity(text.len() + whole / 3);
    for (at, digit) in text.char_indices() {
        let left = whole.saturating_sub(at);
        if left > 0 && left % 3 == 0 && out.ends_with(|last: char| last.is_ascii_digit()) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The next of 1, 2, 5 and 10 times a power of ten.
fn round(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= step * 0.999_999);
    times.unwrap_or(10.0) * power
}
