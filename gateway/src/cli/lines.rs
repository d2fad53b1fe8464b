//! Answers that come line by line.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use reqwest::header::ACCEPT;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::client::Client;
use super::failure::Failure;

/// The media type of lines of JSON.
pub const NDJSON: &str = "application/x-ndjson";

/// The lines of an answer, without their ends.
pub struct Lines {
    client: Client,
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    begun: BytesMut,
    ready: VecDeque<Bytes>,
}

impl Lines {
    /// Asks for `path`.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn get(
        client: &Client,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Self, Failure> {
        Self::of(client, client.request(Method::GET, path, query)).await
    }

    /// Asks `path` with a body.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn post(client: &Client, path: &str, body: &Value) -> Result<Self, Failure> {
        Self::of(client, client.request(Method::POST, path, &[]).json(body)).await
    }

    async fn of(client: &Client, request: RequestBuilder) -> Result<Self, Failure> {
        let request = request.header(ACCEPT, NDJSON);
        let body = client.send(request).await?.bytes_stream().boxed();
        let (begun, ready) = (BytesMut::new(), VecDeque::new());
        Ok(Self { client: client.clone(), body, begun, ready })
    }

    /// The next whole line; `None` at the end. A last line that was cut is not given.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Some(line));
            }
            let Some(bytes) = self.body.next().await else { return Ok(None) };
            let mut rest = bytes.map_err(|error| self.client.unreachable(&error))?;
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.split_to(end + 1).slice(..end);
                if self.begun.is_empty() {
                    self.ready.push_back(line);
                } else {
                    self.begun.extend_from_slice(&line);
                    self.ready.push_back(self.begun.split().freeze());
                }
            }
            self.begun.extend_from_slice(&rest);
        }
    }
}
