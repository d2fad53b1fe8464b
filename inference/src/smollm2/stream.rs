//! The answer as it grows, byte by byte: told in whole letters, and never beyond where it stops.

/// An answer that grows.
#[derive(Debug, Default)]
pub struct Growing {
    text: String,
    /// Bytes that are no whole letter yet.
    rest: Vec<u8>,
    told: usize,
    stops: Vec<String>,
}

impl Growing {
    /// One that ends before the first of these texts.
    #[must_use]
    pub fn until(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, ..Self::default() }
    }

    /// Takes more in, and tells what is certain; whether it goes on.
    pub fn push(&mut self, bytes: &[u8], told: &mut dyn FnMut(&str)) -> bool {
        self.rest.extend_from_slice(bytes);
        let before = self.text.len();
        self.take_letters(false);
        // A stop may have begun in what was there before.
        let longest = self.stops.iter().map(String::len).max().unwrap_or(0);
        let from = self.text.floor_char_boundary(before.saturating_sub(longest));
        let stop = self.stops.iter().filter_map(|stop| self.text[from..].find(stop.as_str())).min();
        if let Some(at) = stop {
            self.text.truncate(from + at);
            self.rest.clear();
            self.tell(self.text.len(), told);
            return false;
        }
        self.tell(self.text.len() - self.held(), told);
        true
    }

    /// All of it; what is left is told.
    pub fn end(mut self, told: &mut dyn FnMut(&str)) -> String {
        self.take_letters(true);
        self.tell(self.text.len(), told);
        self.text
    }

    /// Moves whole letters from `rest` to the text; at the end also what is none.
    fn take_letters(&mut self, all: bool) {
        let bytes = std::mem::take(&mut self.rest);
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            self.text.push_str(chunk.valid());
            let broken = chunk.invalid();
            if broken.is_empty() {
                continue;
            }
            if chunks.peek().is_none() && !all && broken.len() < 4 && is_begun(broken) {
                self.rest = broken.to_vec();
            } else {
                self.text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }

    /// How many bytes at the end may be the beginning of a stop.
    fn held(&self) -> usize {
        let held = |stop: &String| {
            let ends = (1..stop.len()).rev().filter(|at| stop.is_char_boundary(*at));
            ends.into_iter().find(|at| self.text.ends_with(&stop[..*at])).unwrap_or(0)
        };
        self.stops.iter().map(held).max().unwrap_or(0)
    }

    fn tell(&mut self, upto: usize, told: &mut dyn FnMut(&str)) {
        if upto > self.told {
            told(&self.text[self.told..upto]);
            self.told = upto;
        }
    }
}

/// Whether bytes are the beginning of a letter that more may complete.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}
