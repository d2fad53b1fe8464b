//! A provider that answers at once, word after word at an even pace, as OpenAI's streams do. What
//! it takes is the same for whoever asks it, so that two callers can be compared.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long it thinks before the first word.
const THINKS: Duration = Duration::from_millis(50);

/// How long each further word takes.
const PACE: Duration = Duration::from_millis(10);

/// Words of an answer.
const WORDS: usize = 20;

/// How long an answer takes at least.
pub const ANSWER: Duration = Duration::from_millis(50 + 10 * (WORDS as u64 - 1));

/// The provider; ends when it is dropped.
pub struct Provider {
    /// Where it is.
    pub address: SocketAddr,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Provider {
    /// Starts on a free port of this machine.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the provider's port")?;
        let address = listener.local_addr()?;
        let router = Router::new().route("/v1/chat/completions", post(answer));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, serving })
    }

    /// Where its interface begins.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

async fn answer(_asked: Bytes) -> Response {
    let frames = stream::unfold(0, |number| async move {
        let frame = match number {
            0 => {
                tokio::time::sleep(THINKS).await;
                delta(r#"{"role":"assistant","content":"word "}"#, "null")
            }
            _ if number < WORDS => {
                tokio::time::sleep(PACE).await;
                delta(r#"{"content":"word "}"#, "null")
            }
            WORDS => delta("{}", r#""stop""#),
            _ if number == WORDS + 1 => USAGE.to_owned(),
            _ if number == WORDS + 2 => "data: [DONE]\n\n".to_owned(),
            _ => return None,
        };
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(frame)), number + 1))
    });
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(frames)).into_response()
}

fn delta(delta: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\
         \"model\":\"words\",\"choices\":[{{\"index\":0,\"delta\":{delta},\
         \"finish_reason\":{finish}}}]}}\n\n"
    )
}

const USAGE: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\
    \"model\":\"words\",\"choices\":[],\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":20,\
    \"total_tokens\":28}}\n\n";
