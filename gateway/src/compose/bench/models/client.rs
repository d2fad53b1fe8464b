//! A client of OpenAI's interface that asks for an answer word by word and looks at the clock.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Client;
use serde_json::json;

use crate::compose::bench::rows::{Took, measure};

/// How long one answer may take before the measurement fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whom to ask.
pub struct Asked<'a> {
    /// Where its interface begins, such as `http://127.0.0.1:8080/v1`.
    pub base_url: &'a str,
    /// What it calls the model.
    pub model: &'a str,
    /// The key, where it wants one.
    pub key: Option<&'a str>,
}

/// How long the first word took, and the whole answer.
pub struct Times {
    /// Until the first word.
    pub first: Took,
    /// Until the end.
    pub whole: Took,
}

impl Times {
    /// Those of several turns as of one.
    #[must_use]
    pub fn joined(turns: Vec<Self>) -> Self {
        let (first, whole) = turns.into_iter().map(|it| (it.first, it.whole)).unzip();
        Self { first: Took::joined(first), whole: Took::joined(whole) }
    }
}

/// Asks `count` times, `window` at a time, over connections that stay open.
///
/// # Errors
/// When an answer is no whole one.
pub async fn run(asked: &Asked<'_>, window: usize, count: usize) -> anyhow::Result<Times> {
    let client = Client::builder().timeout(PATIENCE).no_proxy().build()?;
    let firsts = std::sync::Mutex::new(Vec::with_capacity(count));
    let begun = Instant::now();
    let whole = measure(window, count, |_| async {
        let first = once(&client, asked).await?;
        firsts.lock().map_err(|_| anyhow::anyhow!("another lane panicked"))?.push(first);
        Ok(())
    })
    .await?;
    let firsts = firsts.into_inner().map_err(|_| anyhow::anyhow!("a lane panicked"))?;
    Ok(Times { first: Took::new(firsts, begun.elapsed()), whole })
}

/// How long the first word took.
async fn once(client: &Client, asked: &Asked<'_>) -> anyhow::Result<Duration> {
    let body = json!({
        "model": asked.model, "stream": true, "stream_options": { "include_usage": true },
        "messages": [{ "role": "user", "content": "Say some words, please." }],
    });
    let begun = Instant::now();
    let mut request = client.post(format!("{}/chat/completions", asked.base_url)).json(&body);
    if let Some(key) = asked.key {
        request = request.bearer_auth(key);
    }
    let mut response = request.send().await.context("no answer")?;
    let status = response.status();
    anyhow::ensure!(status.is_success(), "{status}: {}", response.text().await?);
    let (mut first, mut said) = (None, Vec::new());
    while let Some(piece) = response.chunk().await? {
        said.extend_from_slice(&piece);
        if first.is_none() && memchr::memmem::find(&said, b"word ").is_some() {
            first = Some(begun.elapsed());
        }
    }
    let end = said.ends_with(b"data: [DONE]\n\n");
    anyhow::ensure!(end, "cut: {}", String::from_utf8_lossy(&said));
    first.context("an answer without words")
}
