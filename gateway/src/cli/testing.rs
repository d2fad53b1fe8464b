//! Running verbs against servers that tests make up.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::anyhow;
use axum::Router;
use clap::Parser as _;
use contracts::Pages;
use contracts::ports::Fut;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Broker, Cli, Load, Local, Out, Running, run};
use crate::settings::Settings;

/// A program whose server is a router of the test.
#[derive(Default)]
pub struct Fake {
    /// What `start` serves; none = it cannot start.
    pub router: Option<Router>,
}

impl Local for Fake {
    fn start(
        &self,
        settings: Settings,
        stop: CancellationToken,
    ) -> Fut<'_, anyhow::Result<Running>> {
        Box::pin(async move {
            let router = self.router.clone().ok_or_else(|| anyhow!("no broker to be found"))?;
            let listener = TcpListener::bind(settings.listen).await?;
            let url = format!("http://{}", listener.local_addr()?);
            let stopped = stop.clone().cancelled_owned();
            let done = tokio::spawn(async move {
                axum::serve(listener, router).with_graceful_shutdown(stopped).await?;
                Ok(())
            });
            Ok(Running { url, stop, done })
        })
    }

    fn pages(&self) -> Pages {
        Pages::standard()
    }

    fn bench(&self, _: Settings, _: Load) -> Fut<'_, anyhow::Result<Value>> {
        Box::pin(async { Ok(json!({ "items": [] })) })
    }

    fn openapi(&self) -> Value {
        json!({ "openapi": "3.1.0" })
    }

    fn broker<'a>(&'a self, _: &'a Settings) -> Fut<'a, Result<Broker, String>> {
        Box::pin(async {
            Ok(Broker { path: PathBuf::from("/bin/nats-server"), version: "2.15.1".to_owned() })
        })
    }
}

/// How a run ended and what it printed.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: u8,
    /// What it printed.
    pub out: String,
    /// What it remarked.
    pub err: String,
}

impl Ran {
    /// The output as JSON lines.
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Runs `cambium words…` with the given environment.
pub async fn run_with(local: &dyn Local, words: &[&str], environment: &[(&str, &str)]) -> Ran {
    let cli = match Cli::try_parse_from(std::iter::once(&"cambium").chain(words)) {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap();
            return Ran { code, out: String::new(), err: error.to_string() };
        }
    };
    let (results, remarks) = (Sink::default(), Sink::default());
    let json = cli.global.json;
    let mut out = Out::to_writers(json, Box::new(results.clone()), Box::new(remarks.clone()));
    let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let code = run(cli, local, environment.collect(), &mut out).await;
    Ran { code, out: results.text(), err: remarks.text() }
}

/// Runs `cambium --url URL --data NOWHERE words…`.
pub async fn run_at(url: &str, words: &[&str]) -> Ran {
    let all = [&["--url", url, "--data", "/nowhere/cambium-data"], words].concat();
    run_with(&Fake::default(), &all, &[]).await
}

/// Serves a router until the test ends; its URL.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
