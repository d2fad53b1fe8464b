//! Reading commits page by page.

use contracts::{Commit, Cursor, Hash};
use serde::Deserialize;
use serde_json::Value;

use super::address::Subject;
use super::client::{Client, shape};
use super::failure::Failure;

/// Commits asked for at once.
const PAGE_COMMITS: u64 = 500;

/// A commit as the server shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct Shown {
    /// Where it stands.
    pub cursor: Cursor,
    /// BLAKE3 of its stored bytes.
    pub hash: Hash,
    /// What it says.
    #[serde(flatten)]
    pub commit: Commit,
}

/// Whose commits are read, and from where on.
#[derive(Debug, Clone, Default)]
pub struct Range {
    /// One actor; none = all of the tenant.
    pub subject: Option<Subject>,
    /// Of one kind only.
    pub kind: Option<String>,
    /// After this position.
    pub after: Option<String>,
    /// With the stored bytes.
    pub raw: bool,
}

impl Range {
    /// The commits of one actor.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        Self { subject: Some(subject.clone()), ..Self::default() }
    }

    /// Where they are read.
    #[must_use]
    pub fn path(&self) -> String {
        self.subject.as_ref().map_or_else(
            || "/v1/events".to_owned(),
            |Subject { kind, id }| format!("/v1/{kind}/{id}/events"),
        )
    }

    /// The query that says the rest.
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        query.extend(self.kind.clone().map(|kind| ("kind", kind)));
        query.extend(self.after.clone().map(|after| ("after", after)));
        query.extend(self.raw.then(|| ("raw", "1".to_owned())));
        query
    }
}

/// Pages of commits, oldest first.
pub struct Reader {
    client: Client,
    range: Range,
    done: bool,
}

impl Reader {
    /// Reads `range`.
    #[must_use]
    pub const fn new(client: Client, range: Range) -> Self {
        Self { client, range, done: false }
    }

    /// The next page, empty at the end only.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn next(&mut self) -> Result<Vec<Value>, Failure> {
        while !self.done {
            let mut query = self.range.query();
            query.push(("limit", PAGE_COMMITS.to_string()));
            let page = self.client.get(&self.range.path(), &query).await?;
            let next = page.get("next").and_then(cursor_text);
            self.done = next.is_none() || next == self.range.after;
            self.range.after = next.or(self.range.after.take());
            let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            if !items.is_empty() {
                return Ok(items);
            }
        }
        Ok(Vec::new())
    }
}

/// A cursor is opaque text; a number is taken for one.
#[must_use]
pub fn cursor_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// All commits of one actor, at most `max`.
///
/// # Errors
/// As [`Client::get`], and when there are more.
pub async fn read_all(
    client: &Client,
    subject: &Subject,
    max: usize,
) -> Result<Vec<Shown>, Failure> {
    let mut reader = Reader::new(client.clone(), Range::of(subject));
    let mut commits = Vec::new();
    loop {
        let page = reader.next().await?;
        if page.is_empty() {
            return Ok(commits);
        }
        for item in &page {
            commits.push(shape(item)?);
        }
        if commits.len() > max {
            return Err(Failure::Failed(format!("{subject} has more than {max} commits")));
        }
    }
}
