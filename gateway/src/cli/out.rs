//! The only way to print.

use std::io::{self, IsTerminal as _, Write};

use serde_json::{Value, json};

use super::failure::Failure;
use super::paint::{Style, clean, paint, short};

/// Where a verb prints: results to one side, remarks and failures to the other.
pub struct Out {
    results: Box<dyn Write + Send + Sync>,
    remarks: Box<dyn Write + Send + Sync>,
    json: bool,
    colour: bool,
    remarks_colour: bool,
    person: bool,
    terminal: bool,
}

impl Out {
    /// Standard output and standard error of this process; coloured on a terminal unless
    /// `NO_COLOR` is set.
    #[must_use]
    pub fn standard(json: bool) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let may = !no_color && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            json,
            colour: may && !json && io::stdout().is_terminal(),
            remarks_colour: may && io::stderr().is_terminal(),
            person: io::stderr().is_terminal(),
            terminal: io::stdout().is_terminal(),
            results: Box::new(io::stdout()),
            remarks: Box::new(io::stderr()),
        }
    }

    /// Prints into the given writers, without colour.
    #[must_use]
    pub fn to_writers(
        json: bool,
        results: Box<dyn Write + Send + Sync>,
        remarks: Box<dyn Write + Send + Sync>,
    ) -> Self {
        let (colour, remarks_colour, person, terminal) = (false, false, false, false);
        Self { results, remarks, json, colour, remarks_colour, person, terminal }
    }

    /// One line of `text`: at most `max` characters for somebody who looks at a terminal, and all
    /// of it for whatever else reads.
    #[must_use]
    pub fn fit(&self, text: &str, max: usize) -> String {
        short(text, if self.terminal { max } else { usize::MAX })
    }

    /// The same as on a terminal.
    #[cfg(test)]
    #[must_use]
    pub const fn on_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// Whether JSON is wanted.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Wants JSON, or text again.
    pub const fn set_json(&mut self, json: bool) {
        self.json = json;
    }

    /// Whether somebody may be watching: progress is worth showing.
    #[must_use]
    pub const fn has_person(&self) -> bool {
        self.person
    }

    /// `text` in `style`, when results are coloured.
    #[must_use]
    pub fn paint(&self, style: Style, text: &str) -> String {
        paint(self.colour, style, &clean(text))
    }

    /// A line of the result. Control characters must be cleaned by then: see [`Out::paint`].
    ///
    /// # Errors
    /// [`Failure::Closed`] when nobody reads any more.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.results, "{text}")?;
        Ok(self.results.flush()?)
    }

    /// A JSON value on a line of its own.
    ///
    /// # Errors
    /// As [`Out::line`].
    pub fn json(&mut self, value: &Value) -> Result<(), Failure> {
        self.line(&value.to_string())
    }

    /// A JSON value for people: indented.
    ///
    /// # Errors
    /// As [`Out::line`].
    pub fn pretty(&mut self, value: &Value) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        let text = self.paint(Style::Plain, &text);
        self.line(&text)
    }

    /// A remark beside the result. Lost when it cannot be written: it is only a remark.
    pub fn remark(&mut self, text: &str) {
        let text = paint(self.remarks_colour, Style::Faint, &clean(text));
        let _ = writeln!(self.remarks, "{text}");
    }

    /// Progress that overwrites itself; only shown to a person.
    pub fn progress(&mut self, text: &str) {
        if self.person && !self.json {
            let _ = write!(self.remarks, "\r\u{1b}[2K{}", clean(text));
            let _ = self.remarks.flush();
        }
    }

    /// Tells why the verb did not do what was asked.
    pub fn failure(&mut self, failure: &Failure) {
        if matches!(failure, Failure::Told | Failure::Closed) {
            return;
        }
        if self.json {
            let value = match failure {
                Failure::Refused(problem) => problem.to_json(),
                other => json!({ "code": other.named(), "detail": other.reason() }),
            };
            let _ = writeln!(self.remarks, "{}", json!({ "error": value }));
            return;
        }
        let word = paint(self.remarks_colour, Style::Bad, "error");
        let _ = writeln!(self.remarks, "{word}: {}", clean(&failure.to_string()));
        for line in details(failure) {
            self.remark(&format!("  {line}"));
        }
    }
}

fn details(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Refused(problem) => {
            let fields = problem.errors.iter();
            let mut lines: Vec<_> =
                fields.map(|error| format!("{}: {}", error.field, error.message)).collect();
            lines.extend(problem.page().map(|page| format!("docs: {page}")));
            lines.extend(problem.trace_id.as_ref().map(|id| format!("trace: {id}")));
            lines
        }
        Failure::Unreachable { .. } => {
            vec!["start one with `cambium up`, or name one with --url".to_owned()]
        }
        Failure::Coded { code, .. } => vec![format!("docs: docs/errors/{code}.md")],
        _ => Vec::new(),
    }
}
