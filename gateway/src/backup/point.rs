use std::str::FromStr;

use contracts::{Cursor, Timestamp};
use nats::copy::Section;

use super::{Directory, Error, Manifest};

/// Up to where something is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// All that the last backup has.
    Latest,
    /// All that this backup has.
    Backup(u64),
    /// The log up to this cursor.
    Cursor(Cursor),
    /// The log as it was at this instant.
    Time(Timestamp),
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        if let Some(number) = text.strip_prefix("backup:") {
            let number = number.parse().map_err(|_| "a backup is backup:NUMBER".to_owned())?;
            return Ok(Self::Backup(number));
        }
        if let Ok(cursor) = text.parse::<u64>() {
            return Ok(Self::Cursor(Cursor(cursor)));
        }
        let time = text.parse().map(Self::Time);
        time.map_err(|_| "must be latest, backup:NUMBER, a cursor or a time as RFC 3339".to_owned())
    }
}

/// What is restored.
#[derive(Debug)]
pub struct Chosen {
    /// The backup that it is taken from.
    pub manifest: Manifest,
    /// The last place of the log.
    pub until: Cursor,
    /// What was stored later than this stays away, in nanoseconds since 1970; none = nothing.
    pub until_ns: Option<i64>,
}

impl Directory {
    /// The backup that has `point`, and where it cuts the log.
    ///
    /// # Errors
    /// [`Error::None`] when no backup reaches it.
    pub fn choose(&self, point: Point) -> Result<Chosen, Error> {
        let numbers = self.numbers()?;
        let none = |what: String| Err(Error::None(what));
        let Some(last) = numbers.last() else {
            return none("there is no backup".to_owned());
        };
        match point {
            Point::Latest => Ok(Self::whole(self.manifest(*last)?)),
            Point::Backup(number) => Ok(Self::whole(self.manifest(number)?)),
            Point::Cursor(cursor) => {
                for number in numbers {
                    let manifest = self.manifest(number)?;
                    if manifest.log.until >= cursor {
                        return self.at_cursor(manifest, cursor);
                    }
                }
                none(format!("no backup reaches cursor {cursor}"))
            }
            Point::Time(time) => {
                for number in numbers {
                    let manifest = self.manifest(number)?;
                    if manifest.begun_at >= time {
                        return self.at_time(manifest, time);
                    }
                }
                none(format!("no backup was begun after {time}; the last one is `latest`"))
            }
        }
    }

    fn whole(manifest: Manifest) -> Chosen {
        Chosen { until: manifest.log.until, manifest, until_ns: None }
    }

    fn at_cursor(&self, manifest: Manifest, cursor: Cursor) -> Result<Chosen, Error> {
        let chunks = manifest.part(Section::Events).map(|part| &part.chunks[..]);
        let chunks = chunks.unwrap_or_default();
        let chunk = chunks.iter().find(|chunk| chunk.last >= cursor.0);
        let messages = chunk.map(|chunk| self.messages(chunk)).transpose()?.unwrap_or_default();
        let last = messages.iter().rfind(|kept| kept.sequence <= cursor.0);
        let until_ns = last.or(messages.first()).map(|kept| kept.stored_ns);
        Ok(Chosen { manifest, until: cursor, until_ns })
    }

    fn at_time(&self, manifest: Manifest, time: Timestamp) -> Result<Chosen, Error> {
        let until_ns = time.as_millis().saturating_mul(1_000_000);
        let chunks = manifest.part(Section::Events).map(|part| &part.chunks[..]);
        let chunks = chunks.unwrap_or_default();
        // The log is in the order in which it was stored, so the last chunk that begins by then
        // has the cut in it.
        let chunk = chunks.iter().rfind(|chunk| chunk.first_ns <= until_ns);
        let messages = chunk.map(|chunk| self.messages(chunk)).transpose()?.unwrap_or_default();
        let later = messages.iter().position(|kept| kept.stored_ns > until_ns);
        let before = &messages[..later.unwrap_or(messages.len())];
        let until = before.last().map_or(Cursor::ZERO, |kept| Cursor(kept.sequence));
        Ok(Chosen { manifest, until, until_ns: Some(until_ns) })
    }
}

#[cfg(test)]
mod tests {
    use contracts::Cursor;

    use super::Point;

    #[test]
    fn a_point_is_read() {
        assert_eq!("latest".parse(), Ok(Point::Latest));
        assert_eq!("backup:3".parse(), Ok(Point::Backup(3)));
        assert_eq!("17".parse(), Ok(Point::Cursor(Cursor(17))));
        assert!(matches!("2026-11-22T10:00:00Z".parse(), Ok(Point::Time(_))));
        for text in ["", "backup:x", "yesterday", "-1"] {
            assert!(text.parse::<Point>().is_err(), "{text}");
        }
    }
}
