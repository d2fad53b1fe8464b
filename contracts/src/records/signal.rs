use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What sort of thing a record is; also by what it is kept and forgotten.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Lines of a log.
    Logs,
    /// Points of metrics.
    Metrics,
    /// Things that were made or met: what they are and where they lie.
    Objects,
    /// Spans.
    Traces,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Logs, Self::Metrics, Self::Objects, Self::Traces];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Metrics => "metrics",
            Self::Objects => "objects",
            Self::Traces => "traces",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names nothing of the sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such {0}")]
pub struct NoSuch(pub &'static str);

impl FromStr for Signal {
    type Err = NoSuch;
    fn from_str(text: &str) -> Result<Self, NoSuch> {
        let known = Self::ALL.into_iter().find(|signal| signal.as_str() == text);
        known.ok_or(NoSuch("signal"))
    }
}

/// How bad a line of a log is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Of use to who wrote the program.
    Trace,
    /// Of use to who looks for a fault.
    Debug,
    /// What is usual.
    Info,
    /// What may lead to trouble.
    Warn,
    /// Something did not work.
    Error,
    /// Nothing works.
    Fatal,
}

impl Level {
    /// All of them, from the least.
    pub const ALL: [Self; 6] =
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// Its number among OpenTelemetry's severities, 1 to 24: the lowest of its range.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 * 4 + 1
    }

    /// The level in whose range OpenTelemetry's severity `number` lies; `None` = unspecified.
    #[must_use]
    pub fn of_number(number: i32) -> Option<Self> {
        let range = usize::try_from(number.checked_sub(1)?).ok()? / 4;
        Self::ALL.get(range).copied()
    }
}

impl FromStr for Level {
    type Err = NoSuch;
    /// Reads a level as programs write it: in any case, also `warning`, `critical` and the like.
    fn from_str(text: &str) -> Result<Self, NoSuch> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "trace" | "verbose" => Self::Trace,
            "debug" => Self::Debug,
            "info" | "information" | "notice" => Self::Info,
            "warn" | "warning" => Self::Warn,
            "error" | "err" => Self::Error,
            "fatal" | "critical" | "alert" | "emergency" | "panic" => Self::Fatal,
            _ => return Err(NoSuch("level")),
        })
    }
}

/// How a span ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SpanStatus {
    /// Nobody said.
    Unset,
    /// Well.
    Ok,
    /// Badly.
    Error,
}

impl SpanStatus {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

impl FromStr for SpanStatus {
    type Err = NoSuch;
    fn from_str(text: &str) -> Result<Self, NoSuch> {
        let all = [Self::Unset, Self::Ok, Self::Error];
        all.into_iter().find(|status| status.as_str() == text).ok_or(NoSuch("status"))
    }
}
