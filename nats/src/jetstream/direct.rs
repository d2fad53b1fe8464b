//! Batched direct get (ADR-31), written by hand since the client has no call for it: one request,
//! many answers, and an end mark.

use std::time::{Duration, Instant};

use async_nats::StatusCode;
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use contracts::ports::PortError;
use futures_util::StreamExt as _;
use serde_json::json;

use super::away;
use crate::connect::Connection;

/// Whoever asks waits for this part of the time limit of requests before asking a second time.
const FIRST_PATIENCE: u32 = 8;

/// Messages asked for in one request; the broker answers fewer when they are large.
const PAGE_MESSAGES_MAX: usize = 1_000;

/// The messages of `stream` on the subjects that `filter` means, after sequence `after`, in order,
/// at most `limit`. Any replica answers, so the newest may still be missing.
pub(crate) async fn read(
    connection: &Connection,
    stream: &str,
    filter: &str,
    after: u64,
    limit: usize,
) -> Result<Vec<StreamMessage>, PortError> {
    let (mut messages, mut after) = (Vec::new(), after);
    while messages.len() < limit {
        let wanted = (limit - messages.len()).min(PAGE_MESSAGES_MAX);
        let page = connection.whole(page(connection, stream, filter, after, wanted)).await?;
        let Some(last) = page.messages.last() else { break };
        after = last.sequence;
        messages.extend(page.messages);
        if page.left == 0 {
            break;
        }
    }
    Ok(messages)
}

/// Messages, and how many more there are.
pub(super) struct Page {
    pub(super) messages: Vec<StreamMessage>,
    pub(super) left: u64,
}

/// The first messages of `stream` on the subject `subject`, in one request.
pub(super) async fn first(
    connection: &Connection,
    stream: &str,
    subject: &str,
    limit: usize,
) -> Result<Page, PortError> {
    connection.whole(page(connection, stream, subject, 0, limit.clamp(1, PAGE_MESSAGES_MAX))).await
}

/// One request and its answers. The broker may hand it to a replica that is cut off, which it has
/// not noticed yet; so who hears nothing asks again before long, and another may be chosen.
async fn page(
    connection: &Connection,
    stream: &str,
    filter: &str,
    after: u64,
    wanted: usize,
) -> Result<Page, PortError> {
    let (begun, most) = (Instant::now(), connection.timeout());
    let mut patience = most / FIRST_PATIENCE;
    loop {
        let asked = once(connection, stream, (filter, after, wanted), patience).await?;
        if let Some(page) = asked {
            return Ok(page);
        }
        let left = most.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(away("no answer in time"));
        }
        patience = (patience * 2).min(left);
    }
}

/// One asking; `None` = nobody has begun to answer within `patience`.
async fn once(
    connection: &Connection,
    stream: &str,
    (filter, after, wanted): (&str, u64, usize),
    patience: Duration,
) -> Result<Option<Page>, PortError> {
    let client = &connection.client;
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.map_err(away)?;
    let request = json!({ "seq": after + 1, "next_by_subj": filter, "batch": wanted });
    let subject = format!("$JS.API.DIRECT.GET.{stream}");
    client
        .publish_with_reply(subject, inbox, Bytes::from(request.to_string()))
        .await
        .map_err(away)?;
    let mut messages = Vec::new();
    let mut answer = match tokio::time::timeout(patience, answers.next()).await {
        Ok(answer) => answer.ok_or_else(|| away("the connection was closed"))?,
        Err(_) => return Ok(None),
    };
    loop {
        match answer.status {
            None => messages.push(StreamMessage::try_from(answer).map_err(damaged)?),
            Some(StatusCode::NOT_FOUND) => return Ok(Some(Page { messages, left: 0 })),
            Some(status) if status.as_u16() == 204 => {
                let left = answer.headers.as_ref().and_then(|it| it.get("Nats-Num-Pending"));
                let left = left.and_then(|left| left.as_str().parse().ok()).unwrap_or(0);
                return Ok(Some(Page { messages, left }));
            }
            Some(StatusCode::NO_RESPONDERS) => return Err(away("nobody serves the stream")),
            Some(status) => {
                let reason = answer.description.unwrap_or_default();
                return Err(PortError::Refused(format!("direct get: {status} {reason}")));
            }
        }
        answer = next(&mut answers, connection.timeout()).await?;
    }
}

async fn next(
    answers: &mut async_nats::Subscriber,
    timeout: Duration,
) -> Result<async_nats::Message, PortError> {
    match tokio::time::timeout(timeout, answers.next()).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(away("the connection was closed")),
        Err(_) => Err(away("no answer in time")),
    }
}

fn damaged(error: impl std::fmt::Display) -> PortError {
    PortError::Damaged(error.to_string())
}
