//! Server-sent events, read from bytes that may be cut anywhere.

use crate::model::error::ModelError;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name; empty when it has none.
    pub name: String,
    /// Its data, the lines joined by line ends.
    pub data: String,
}

/// Reads events out of pieces of bytes.
#[derive(Debug)]
pub struct Frames {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    /// The last byte was a carriage return: a line feed right after it ends no other line.
    after_return: bool,
    first: bool,
    frame_bytes: usize,
    total_bytes: usize,
    frame_bytes_max: usize,
    total_bytes_max: usize,
}

impl Frames {
    /// A reader with these limits, in bytes.
    #[must_use]
    pub fn new(frame_bytes_max: usize, total_bytes_max: usize) -> Self {
        Self {
            line: Vec::new(),
            event: Event::default(),
            has_data: false,
            after_return: false,
            first: true,
            frame_bytes: 0,
            total_bytes: 0,
            frame_bytes_max,
            total_bytes_max,
        }
    }

    /// Takes bytes in and gives the events that they complete.
    ///
    /// # Errors
    /// When a frame or the whole is longer than may be, or is no text.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, ModelError> {
        self.total_bytes = self.total_bytes.saturating_add(bytes.len());
        if self.total_bytes > self.total_bytes_max {
            let most = self.total_bytes_max;
            return Err(too_long(&format!(
                "its answer has more than {most} bytes (answer_bytes_max)"
            )));
        }
        let mut events = Vec::new();
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => events.extend(self.line()?),
                byte => {
                    self.line.push(*byte);
                    self.frame_bytes += 1;
                    if self.frame_bytes > self.frame_bytes_max {
                        let most = self.frame_bytes_max;
                        let told = format!("a frame has more than {most} bytes (frame_bytes_max)");
                        return Err(too_long(&told));
                    }
                }
            }
        }
        Ok(events)
    }

    /// The event that the end of the stream completes: some servers leave out the last empty line.
    ///
    /// # Errors
    /// As [`Frames::push`].
    pub fn end(&mut self) -> Result<Option<Event>, ModelError> {
        if !self.line.is_empty() {
            self.line()?;
        }
        Ok(self.dispatch())
    }

    fn line(&mut self) -> Result<Option<Event>, ModelError> {
        let line = std::mem::take(&mut self.line);
        let Ok(mut line) = std::str::from_utf8(&line) else {
            return Err(ModelError::Provider("its answer is no UTF-8".to_owned()));
        };
        if std::mem::take(&mut self.first) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            // Comments, ids and pauses say nothing to us.
            _ => {}
        }
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<Event> {
        self.frame_bytes = 0;
        let event = std::mem::take(&mut self.event);
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

fn too_long(told: &str) -> ModelError {
    ModelError::Provider(told.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy as _, any, prop};
    use proptest::{prop_assert_eq, proptest};

    use super::{Event, Frames};

    fn read(pieces: &[&[u8]]) -> Vec<Event> {
        let mut frames = Frames::new(1_000, 10_000);
        let mut events = Vec::new();
        for piece in pieces {
            events.extend(frames.push(piece).expect("readable"));
        }
        events.extend(frames.end().expect("readable"));
        events
    }

    fn event(name: &str, data: &str) -> Event {
        Event { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn all_line_ends_comments_and_missing_ends_are_read() {
        let text = "\u{feff}: hello\r\nevent: a\r\ndata: {\"x\":1}\r\n\r\ndata:one\ndata: two\n\n\
                    id: 7\nretry: 3\n\ndata: last";
        let want = [event("a", "{\"x\":1}"), event("", "one\ntwo"), event("", "last")];
        assert_eq!(read(&[text.as_bytes()]), want);
    }

    #[test]
    fn too_long_a_frame_or_answer_and_what_is_no_text_are_refused() {
        let mut frames = Frames::new(10, 100);
        assert!(frames.push(b"data: 0123456789").is_err());
        let mut frames = Frames::new(10, 20);
        assert!(frames.push(b"data: 1\n\ndata: 2\n\ndata: 3\n\n").is_err());
        let mut frames = Frames::new(100, 100);
        assert!(frames.push(b"data: \xff\xfe\n").is_err());
    }

    proptest! {
        #[test]
        fn wherever_it_is_cut_the_events_are_the_same(
            data in prop::collection::vec("[ -~äöü€😀]{0,12}", 1..8),
            cuts in prop::collection::vec(any::<usize>(), 0..12),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]).prop_map(str::to_owned),
        ) {
            let text: String = data.iter().map(|one| format!("data: {one}{end}{end}")).collect();
            let bytes = text.as_bytes();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let (mut pieces, mut from) = (Vec::new(), 0);
            for cut in cuts {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            let want: Vec<_> = data.iter().map(|one| event("", one)).collect();
            prop_assert_eq!(read(&pieces), want);
        }
    }
}
