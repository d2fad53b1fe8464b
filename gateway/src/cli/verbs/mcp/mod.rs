//! `mcp`: a bridge between a program that speaks MCP over standard input and output, such as a
//! desktop client, and a running server.

mod bridge;

use std::io::BufRead as _;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use self::bridge::Bridge;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;

/// Messages that wait to be printed.
const PRINTED_MAX: usize = 256;

/// Lines that wait to be carried.
const LINES_MAX: usize = 64;

/// The longest message that is taken, in bytes: more than the server takes.
const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Carries messages until standard input ends, and until what was asked by then is answered.
///
/// # Errors
/// When the server's address cannot be used, or nothing can be printed.
pub async fn run(cx: &mut Cx<'_>) -> Result<(), Failure> {
    let (tell, mut told) = mpsc::channel(PRINTED_MAX);
    let bridge = Bridge::new(cx.client()?, tell);
    let mut lines = lines();
    loop {
        tokio::select! {
            message = told.recv() => {
                let Some(message) = message else { return Ok(()) };
                cx.out.json(&message)?;
            }
            line = lines.recv() => match line {
                Some(line) => heard(&bridge, &line).await,
                None => break,
            },
        }
    }
    bridge.finish();
    drop(bridge);
    while let Some(message) = told.recv().await {
        cx.out.json(&message)?;
    }
    Ok(())
}

/// The lines of standard input, read by a thread that ends with it: a read of a terminal or a pipe
/// waits for as long as it likes.
fn lines() -> mpsc::Receiver<Vec<u8>> {
    let (tell, told) = mpsc::channel(LINES_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().split(b'\n') {
            let Ok(line) = line else { return };
            if tell.blocking_send(line).is_err() {
                return;
            }
        }
    });
    told
}

async fn heard(bridge: &Arc<Bridge>, line: &[u8]) {
    if line.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let known = (line.len() <= LINE_BYTES_MAX).then(|| serde_json::from_slice::<Value>(line));
    match known {
        Some(Ok(message)) => bridge.carry(message).await,
        _ => {
            let error = json!({ "code": -32700, "message": "a line is one JSON message" });
            bridge.tell(json!({ "jsonrpc": "2.0", "id": null, "error": error })).await;
        }
    }
}
