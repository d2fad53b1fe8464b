//! Whether the database of the read models can be reached and used.

use projections::{Error, Probe, probe};

use super::Check;
use crate::settings::Settings;

const NAME: &str = "database";

/// How many connections of a server are kept for others.
const SPARE: i64 = 10;

/// What is looked at where the read models are on PostgreSQL.
pub async fn check(settings: &Settings) -> Option<Check> {
    let url = settings.database_url.as_ref().filter(|it| it.reveal().starts_with("postgres"))?;
    Some(match probe(&settings.projections.postgres, url).await {
        Ok(found) => weigh(&found, settings.projections.postgres.lease_ms),
        Err(error @ Error::Newer { .. }) => {
            Check::bad(NAME, error.to_string(), "install the newer program here as well")
                .next("cambium --version")
        }
        Err(error) => {
            let remedy = "start it, or correct database_url; the log loses nothing meanwhile";
            Check::bad(NAME, error.to_string(), remedy).next("pg_isready -d DATABASE_URL")
        }
    })
}

fn weigh(found: &Probe, lease_ms: u64) -> Check {
    let told = format!("PostgreSQL {}", found.version);
    if !found.may_write {
        let remedy = "grant CREATE on the database or the schema to the role of database_url";
        return Check::bad(NAME, format!("{told}: nothing can be made there"), remedy)
            .next("psql -c '\\dn+' DATABASE_URL");
    }
    if found.is_remote && !found.is_verified {
        let remedy = "put sslmode=verify-full and sslrootcert=FILE into database_url";
        let told = format!("{told} on another machine, whose certificate is not checked");
        return Check::doubtful(NAME, told, remedy);
    }
    let (most, open) = found.connections;
    if most - open < SPARE {
        let remedy = "raise max_connections there, or lower projections.read_connections_max";
        return Check::doubtful(NAME, format!("{told}: {open} of {most} connections"), remedy)
            .next("psql -c 'SELECT * FROM pg_stat_activity' DATABASE_URL");
    }
    let silent_s = found.writer_silent_s;
    if !found.writer.is_empty() && silent_s.saturating_mul(1_000) > i64_of(lease_ms) {
        let writer = &found.writer;
        let found =
            format!("{told}: nobody writes rows, {writer} has been silent for {silent_s} s");
        let remedy = "start a node with the role projections; commands go on meanwhile";
        return Check::doubtful(NAME, found, remedy).next("cambium admin nodes");
    }
    let state = match (found.step, found.writer.as_str()) {
        (0, _) => "the first start fills it".to_owned(),
        (step, "") => format!("at step {step}"),
        (step, writer) => format!("at step {step}, last written by {writer}"),
    };
    Check::good(NAME, format!("{told}, {state}"))
}

fn i64_of(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use contracts::secret::Secret;
    use projections::Probe;

    use super::super::Verdict;
    use super::{check, weigh};
    use crate::settings::Settings;

    fn found() -> Probe {
        Probe {
            version: "15.8".to_owned(),
            is_remote: false,
            is_verified: false,
            may_write: true,
            step: 3,
            writer: String::new(),
            writer_silent_s: 0,
            connections: (100, 5),
        }
    }

    #[test]
    fn what_is_wrong_with_a_server_is_said() {
        assert_eq!(weigh(&found(), 30_000).verdict, Verdict::Good);
        let remote = Probe { is_remote: true, ..found() };
        assert_eq!(weigh(&remote, 30_000).verdict, Verdict::Doubtful);
        assert_eq!(weigh(&Probe { is_verified: true, ..remote }, 30_000).verdict, Verdict::Good);
        let full = Probe { connections: (100, 97), ..found() };
        assert_eq!(weigh(&full, 30_000).verdict, Verdict::Doubtful);
        let silent = Probe { writer: "one".to_owned(), writer_silent_s: 31, ..found() };
        let check = weigh(&silent, 30_000);
        assert_eq!(check.verdict, Verdict::Doubtful);
        assert!(check.found.contains("nobody writes") && check.next.is_some(), "{check:?}");
        assert_eq!(weigh(&Probe { may_write: false, ..found() }, 30_000).verdict, Verdict::Bad);
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_bad_and_no_password_is_told() {
        let url = "postgres://me:hunter2hunter2@127.0.0.1:1/db".to_owned();
        let settings = Settings { database_url: Some(Secret::new(url)), ..Settings::default() };
        let check = check(&settings).await.expect("a check");
        assert_eq!(check.verdict, Verdict::Bad);
        assert!(!format!("{check:?}").contains("hunter2"));
        assert!(super::check(&Settings::default()).await.is_none(), "a file is no server");
    }
}
