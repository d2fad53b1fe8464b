//! A client of OpenAI's interface that asks for an answer word by word and looks at the clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use reqwest::Client;
use serde_json::json;

use super::provider::ANSWER;
use crate::compose::bench::rows::Took;

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

/// Asks `count` times, `window` at a time, over connections that stay open. The first questions
/// come one after the other within the time of one answer: callers do not march in step.
///
/// # Errors
/// When an answer is no whole one.
pub async fn run(asked: &Asked<'_>, window: usize, count: usize) -> anyhow::Result<Times> {
    let client = Client::builder().timeout(PATIENCE).no_proxy().build()?;
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    let lane = async |place: u32| {
        tokio::time::sleep(ANSWER * place / u32::try_from(window)?).await;
        let (mut first, mut whole) = (Vec::new(), Vec::new());
        while next.fetch_add(1, Ordering::Relaxed) < count {
            let begun = Instant::now();
            first.push(once(&client, asked).await?);
            whole.push(begun.elapsed());
        }
        anyhow::Ok((first, whole))
    };
    let lanes = try_join_all((0..window).zip(0..).map(|(_, place)| lane(place))).await?;
    let (first, whole): (Vec<_>, Vec<_>) = lanes.into_iter().unzip();
    let all = begun.elapsed();
    Ok(Times { first: Took::new(first.concat(), all), whole: Took::new(whole.concat(), all) })
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
