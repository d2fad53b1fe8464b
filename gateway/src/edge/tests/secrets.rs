//! No credential in any log line, whatever is logged.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::fmt::MakeWriter;

use crate::edge::testing::{Client, Mood};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What all tests of this process log: a listener of one thread would miss lines that another
/// thread has met first.
fn listen() -> Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(lines.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        lines
    });
    lines.clone()
}

#[tokio::test]
async fn a_failure_is_one_line_with_its_place_and_without_secrets() {
    let (lines, client) = (listen(), Client::default());
    for headers in [
        [("authorization", "Bearer ck_wrong_secret"), ("x-request-id", "secrets-1")],
        [("x-api-key", "ck_wrong_secret"), ("x-request-id", "secrets-2")],
    ] {
        assert_eq!(client.send("GET", "/v1/counter", &headers, "").await.status, 401);
    }
    *client.world.mood.lock().unwrap() = Mood::Panicking;
    let named = [("x-request-id", "secrets-3")];
    client.send("POST", "/v1/counter/a/add", &named, r#"{"by": 42424242}"#).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("ck_wrong_secret"), "{text}");
    assert!(!text.contains("42424242"), "inputs are not logged: {text}");
    for (id, parts) in [
        ("secrets-1", ["http.route=\"/v1/{kind}\"", "error.code=\"unauthenticated\""]),
        ("secrets-2", ["http.route=\"/v1/{kind}\"", "error.code=\"unauthenticated\""]),
        ("secrets-3", ["http.route=\"/v1/{kind}/{id}/{command}\"", "error.code=\"internal\""]),
    ] {
        let lines: Vec<_> = text.lines().filter(|line| line.contains(id)).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(parts.iter().all(|part| lines[0].contains(part)), "{lines:?}");
        assert!(lines[0].contains("trace.id="), "{lines:?}");
    }
}
