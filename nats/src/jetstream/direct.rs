//! Batched direct get (ADR-31), written by hand since the client has no call for it: one request,
//! many answers, and an end mark.

use std::time::Duration;

use async_nats::StatusCode;
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use contracts::ports::PortError;
use futures_util::StreamExt as _;
use serde_json::json;

use super::away;
use crate::connect::Connection;

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

async fn page(
    connection: &Connection,
    stream: &str,
    filter: &str,
    after: u64,
    wanted: usize,
) -> Result<Page, PortError> {
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
    loop {
        let answer = next(&mut answers, connection.timeout()).await?;
        match answer.status {
            None => messages.push(StreamMessage::try_from(answer).map_err(damaged)?),
            Some(StatusCode::NOT_FOUND) => return Ok(Page { messages, left: 0 }),
            Some(status) if status.as_u16() == 204 => {
                let left = answer.headers.as_ref().and_then(|it| it.get("Nats-Num-Pending"));
                let left = left.and_then(|left| left.as_str().parse().ok()).unwrap_or(0);
                return Ok(Page { messages, left });
            }
            Some(StatusCode::NO_RESPONDERS) => return Err(away("nobody serves the stream")),
            Some(status) => {
                let reason = answer.description.unwrap_or_default();
                return Err(PortError::Refused(format!("direct get: {status} {reason}")));
            }
        }
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
