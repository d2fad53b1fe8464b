//! A history as a file: a line of JSON for each thing that is known.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::{History, Line};

impl History {
    /// Writes it to `path`, so that it can be judged again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        let faults = self.faults.iter().cloned().map(Line::Fault);
        let ops = self.ops.iter().cloned().map(Line::Op);
        let stored = self.stored.iter().cloned().map(Line::Stored);
        for line in faults.chain(ops).chain(stored) {
            writeln!(file, "{}", serde_json::to_string(&line)?)?;
        }
        Ok(file.flush()?)
    }

    /// Reads what [`History::save`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read or a line is of another shape.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        text.parse().with_context(|| format!("{} is no history", path.display()))
    }
}

impl std::str::FromStr for History {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut history = Self::default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            let line =
                serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
            match line {
                Line::Op(op) => history.ops.push(op),
                Line::Fault(fault) => history.faults.push(fault),
                Line::Stored(stored) => history.stored.push(stored),
            }
        }
        Ok(history)
    }
}
