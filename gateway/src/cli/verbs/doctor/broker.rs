//! Whether there is a broker to run, or one to reach.

use std::time::Duration;

use contracts::Timestamp;
use nats::look::Look;
use nats::monitor::Sync;
use nats::{Endpoint, Error};
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Check, Verdict};
use crate::cli::local::Local;
use crate::settings::Settings;

/// How long a broker may take to accept a connection, in milliseconds.
const CONNECT_TIMEOUT_MS: u64 = 2_000;
/// How much later than now its newest message may have been stored, in milliseconds.
const CLOCK_AHEAD_MS_MAX: i64 = 5_000;
/// A broker that is further away is called slow, in milliseconds.
const ROUND_TRIP_MS_MAX: u64 = 250;
/// So many servers are a cluster that can lose one.
const CLUSTER_SERVERS_MIN: usize = 3;

const NAME: &str = "broker";
/// The port of a broker that names none.
const PORT: u16 = 4222;

/// Reaches the operator's broker when one is named, else looks for a program to run.
pub async fn check(local: &dyn Local, settings: &Settings, now: Timestamp) -> Check {
    match &settings.nats.url {
        Some(url) => match reach(url).await {
            away if away.verdict == Verdict::Bad => away,
            reached => asked(settings, reached, now).await,
        },
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

/// Enters the broker that answers, and looks at it.
async fn asked(settings: &Settings, reached: Check, now: Timestamp) -> Check {
    let Some(endpoint) = Endpoint::of(&settings.nats) else { return reached };
    match nats::look::look(&settings.nats, &endpoint).await {
        Ok(look) => match weigh(&reached.found, &look, now) {
            weighed if weighed.verdict == Verdict::Good => {
                Check { found: weighed.found, ..reached }
            }
            odd => odd,
        },
        Err(error @ Error::TooOld { .. }) => {
            Check::bad(NAME, error.to_string(), "install a newer nats-server and turn JetStream on")
                .next("nats-server --version")
        }
        Err(error) => {
            let remedy = "correct nats.user and nats.password, and what that user may do";
            Check::bad(NAME, error.to_string(), remedy).next("cambium config")
        }
    }
}

/// What is wrong with a broker that can be used.
fn weigh(reached: &str, look: &Look, now: Timestamp) -> Check {
    let Look { version, sync, round_trip, servers, replicas, newest_ns } = look;
    let told = format!("{reached}, nats-server {version}, {} ms away", round_trip.as_millis());
    let ahead_ms = newest_ns.map_or(0, |newest| newest / 1_000_000 - now.as_millis());
    if ahead_ms > CLOCK_AHEAD_MS_MAX {
        let found = format!("{told}: its clock is {} s ahead of this one", ahead_ms / 1_000);
        let remedy = "set both clocks, best by NTP: commits carry the time of who decides";
        return Check::bad(NAME, found, remedy).next("timedatectl status");
    }
    if *sync == Sync::Relaxed {
        let found = format!("{told}: it acknowledges before its disk has a message");
        let remedy = "set jetstream.sync_interval to always: a power cut takes what was \
                      acknowledged";
        return Check::doubtful(NAME, found, remedy).next("cambium admin streams");
    }
    if *servers >= CLUSTER_SERVERS_MIN && *replicas > 0 && *replicas < CLUSTER_SERVERS_MIN {
        let found = format!("{told}: {servers} servers keep {replicas} copy of the log");
        let remedy = "set nats.replicas to 3, and start a node anew: it changes the streams";
        return Check::doubtful(NAME, found, remedy).next("cambium admin streams");
    }
    if *round_trip > Duration::from_millis(ROUND_TRIP_MS_MAX) {
        let remedy = "bring it nearer, or look at its machine: each command waits for it";
        return Check::doubtful(NAME, told, remedy).next("cambium admin lag");
    }
    let unknown =
        if *sync == Sync::Unknown { "; set nats.monitor to know how it syncs" } else { "" };
    Check::good(NAME, format!("{told}{unknown}"))
}

/// Opens a connection to each server of the list and closes it. One of several that is away is
/// doubtful: the others go on.
async fn reach(urls: &str) -> Check {
    let (mut found, mut away) = (Vec::new(), Vec::new());
    for url in urls.split(',').map(str::trim) {
        let Ok(parsed) = Url::parse(url) else {
            return Check::bad(NAME, "nats.url is no URL", "write it as nats://HOST:PORT");
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
        away.push((format!("{host}:{port}: {problem}"), format!("nc -vz {host} {port}")));
    }
    let Some((_, next)) = away.first().cloned() else {
        return Check::good(NAME, format!("{} answers", found.join(", ")));
    };
    let problems: Vec<String> = away.into_iter().map(|(problem, _)| problem).collect();
    let problems = problems.join("; ");
    if found.is_empty() {
        let remedy = "start it, correct nats.url, or leave it out to run a broker of our own";
        return Check::bad(NAME, problems, remedy).next(next);
    }
    let remedy = "bring it back with its files, or correct nats.url; the others go on meanwhile";
    let told = format!("{} answers, and not {problems}", found.join(", "));
    Check::doubtful(NAME, told, remedy).next(next)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::Timestamp;
    use nats::look::Look;
    use nats::monitor::Sync;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::super::Verdict;
    use super::{asked, reach, weigh};
    use crate::settings::Settings;

    #[test]
    fn what_is_wrong_with_a_broker_is_said_with_what_to_run() {
        let now = Timestamp::from_millis(1_000_000);
        let good = Look {
            version: "2.15.1".to_owned(),
            sync: Sync::Always,
            round_trip: Duration::from_millis(1),
            servers: 3,
            replicas: 3,
            newest_ns: Some(999_000_000_000),
        };
        assert_eq!(weigh("h:1", &good, now).verdict, Verdict::Good);
        let ahead = Look { newest_ns: Some(1_100_000_000_000), ..good.clone() };
        assert_eq!(weigh("h:1", &ahead, now).verdict, Verdict::Bad);
        for (doubtful, word) in [
            (Look { sync: Sync::Relaxed, ..good.clone() }, "acknowledges before"),
            (Look { replicas: 1, ..good.clone() }, "1 copy"),
            (Look { round_trip: Duration::from_secs(1), ..good.clone() }, "1000 ms"),
        ] {
            let check = weigh("h:1", &doubtful, now);
            assert_eq!(check.verdict, Verdict::Doubtful, "{check:?}");
            assert!(check.found.contains(word) && check.next.is_some(), "{check:?}");
        }
    }

    #[tokio::test]
    async fn a_broker_that_is_too_old_is_bad() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("nats://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let info = "INFO {\"server_id\":\"X\",\"server_name\":\"x\",\"version\":\
                                \"2.9.10\",\"host\":\"h\",\"port\":1,\"headers\":true,\
                                \"max_payload\":1048576,\"jetstream\":true,\"proto\":1}\r\n";
                    socket.write_all(info.as_bytes()).await.unwrap();
                    let mut said = [0; 1024];
                    while let Ok(1..) = socket.read(&mut said).await {
                        let _ = socket.write_all(b"PONG\r\n").await;
                    }
                });
            }
        });
        let mut settings = Settings::default();
        settings.nats.url = Some(url.as_str().into());
        settings.nats.replicas = 1;
        let reached = reach(&url).await;
        let check = asked(&settings, reached, Timestamp::from_millis(0)).await;
        assert_eq!(check.verdict, Verdict::Bad, "{check:?}");
        assert!(check.found.contains("2.9.10") && check.next.is_some(), "{check:?}");
    }

    #[tokio::test]
    async fn a_broker_that_is_away_is_bad_and_no_password_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("nats://me:hunter2@{}", listener.local_addr().unwrap());
        assert_eq!(reach(&url).await.verdict, Verdict::Good);
        let some = reach(&format!("{url},nats://127.0.0.1:1")).await;
        assert_eq!(some.verdict, Verdict::Doubtful, "{some:?}");
        assert!(some.found.contains("127.0.0.1:1: "), "{some:?}");
        drop(listener);
        let check = reach(&url).await;
        assert_eq!(check.verdict, Verdict::Bad);
        assert!(!format!("{check:?}").contains("hunter2"));
        assert_eq!(reach("nonsense").await.verdict, Verdict::Bad);
    }
}
