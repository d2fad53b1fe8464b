//! Whether there is a broker to run, or one to reach.

use std::time::Duration;

use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Check;
use crate::cli::local::Local;
use crate::settings::Settings;

/// How long a broker may take to accept a connection, in milliseconds.
const CONNECT_TIMEOUT_MS: u64 = 2_000;
/// The port of a broker that names none.
const PORT: u16 = 4222;

/// Reaches the operator's broker when one is named, else looks for a program to run.
pub async fn check(local: &dyn Local, settings: &Settings) -> Check {
    match &settings.nats.url {
        Some(url) => reach(url).await,
        None => find(local, settings).await,
    }
}

async fn find(local: &dyn Local, settings: &Settings) -> Check {
    match local.broker(settings).await {
        Ok(broker) => {
            let path = broker.path.display();
            Check::good("broker", format!("nats-server {} at {path}", broker.version))
        }
        Err(reason) => Check::doubtful(
            "broker",
            format!("no nats-server: {reason}"),
            "`cambium up` installs one; or name one with --nats-server, or a running broker with \
             --nats-url",
        ),
    }
}

/// Opens a connection to each server of the list and closes it.
async fn reach(urls: &str) -> Check {
    let mut found = Vec::new();
    for url in urls.split(',').map(str::trim) {
        let Ok(parsed) = Url::parse(url) else {
            return Check::bad("broker", "nats.url is no URL", "write it as nats://HOST:PORT");
        };
        // Never the whole URL: it may hold a password.
        let host = parsed.host_str().unwrap_or("localhost").to_owned();
        let port = parsed.port().unwrap_or(PORT);
        let name = host.trim_matches(['[', ']']);
        let limit = Duration::from_millis(CONNECT_TIMEOUT_MS);
        let problem = match timeout(limit, TcpStream::connect((name, port))).await {
            Ok(Ok(_)) => {
                found.push(format!("{host}:{port}"));
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        let remedy = "start it, correct nats.url, or leave it out to run a broker of our own";
        return Check::bad("broker", format!("{host}:{port}: {problem}"), remedy);
    }
    Check::good("broker", format!("{} answers", found.join(", ")))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::super::Verdict;
    use super::reach;

    #[tokio::test]
    async fn a_broker_that_is_away_is_bad_and_no_password_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("nats://me:hunter2@{}", listener.local_addr().unwrap());
        assert_eq!(reach(&url).await.verdict, Verdict::Good);
        drop(listener);
        let check = reach(&url).await;
        assert_eq!(check.verdict, Verdict::Bad);
        assert!(!format!("{check:?}").contains("hunter2"));
        assert_eq!(reach("nonsense").await.verdict, Verdict::Bad);
    }
}
