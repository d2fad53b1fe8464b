//! Secrets that are none: placeholders, words, what is short or has a pattern. One list, for
//! whoever takes a secret from an operator.
//!
//! They are refused where others can reach what they protect: when the program listens beyond this
//! machine, or its broker or its database is on another one. A laptop may use what it likes.

use super::{Secret, Settings};

/// The fewest bytes of a secret.
const BYTES_MIN: usize = 12;
/// The fewest different bytes of a secret.
const DISTINCT_MIN: usize = 6;
/// The least entropy of all of it by the frequency of its bytes, in bits.
const ENTROPY_BITS_MIN: f64 = 40.0;

/// Words that stand for a secret to be, or that everybody tries first.
const PLACEHOLDERS: &[&str] = &[
    "admin",
    "cambium",
    "change",
    "changeit",
    "changeme",
    "default",
    "demo",
    "dummy",
    "example",
    "guest",
    "hunter2",
    "insecure",
    "key",
    "letmein",
    "local",
    "master",
    "me",
    "my",
    "nats",
    "none",
    "not",
    "null",
    "p4ssw0rd",
    "pass",
    "passw0rd",
    "password",
    "placeholder",
    "please",
    "postgres",
    "pw",
    "qwerty",
    "replace",
    "root",
    "s3cr3t",
    "sample",
    "secret",
    "super",
    "supersecret",
    "test",
    "testing",
    "this",
    "to",
    "todo",
    "token",
    "user",
    "value",
    "welcome",
    "xxx",
    "xxxx",
    "your",
];

/// Secrets that stand in documentation that everybody has read.
const PUBLISHED: &[&str] = &[
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "your-256-bit-secret",
    "0123456789abcdef0123456789abcdef",
    "00000000000000000000000000000000",
];

/// What makes a secret none; `None` = nothing that can be seen. The answer has nothing of it.
#[must_use]
pub fn weakness(secret: &str) -> Option<&'static str> {
    let text = secret.trim();
    if PUBLISHED.iter().any(|it| it.eq_ignore_ascii_case(text)) {
        return Some("it stands in published examples");
    }
    if is_placeholder(text) {
        return Some("it is a placeholder, or a word that everybody tries first");
    }
    if text.len() < BYTES_MIN {
        return Some("it has fewer than 12 characters");
    }
    if distinct(text) < DISTINCT_MIN || is_sequence(text) || entropy_bits(text) < ENTROPY_BITS_MIN {
        return Some("it has a pattern: too little of it is chance");
    }
    None
}

/// Whether it is made of such words and digits only, or is marked as to be replaced.
fn is_placeholder(text: &str) -> bool {
    let marked = [("<", ">"), ("${", "}"), ("{{", "}}"), ("[", "]")];
    if marked.iter().any(|(start, end)| text.starts_with(start) && text.ends_with(end)) {
        return true;
    }
    let lower = text.to_lowercase();
    let mut words = lower
        .split(|it: char| !it.is_alphanumeric())
        .map(|word| word.trim_matches(|it: char| it.is_ascii_digit()))
        .filter(|word| !word.is_empty())
        .peekable();
    // Digits alone are judged by their chance.
    words.peek().is_some() && words.all(|word| PLACEHOLDERS.contains(&word) || is_chained(word))
}

/// Whether a word is two or three such words without anything between.
fn is_chained(word: &str) -> bool {
    fn rest_is(word: &str, left: u32) -> bool {
        word.is_empty()
            || left > 0
                && PLACEHOLDERS.iter().any(|known| {
                    word.strip_prefix(known).is_some_and(|rest| rest_is(rest, left - 1))
                })
    }
    rest_is(word, 3)
}

fn distinct(text: &str) -> usize {
    let bytes: std::collections::BTreeSet<u8> = text.bytes().collect();
    bytes.len()
}

/// Whether most bytes are one more, one less, or the same as the one before.
fn is_sequence(text: &str) -> bool {
    let bytes = text.as_bytes();
    let steps = bytes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    steps * 4 >= (bytes.len() - 1) * 3
}

#[expect(clippy::cast_precision_loss, reason = "a secret has few bytes")]
fn entropy_bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f64;
    let bits = |count: &u32| {
        let share = f64::from(*count) / length;
        -f64::from(*count) * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}

/// Finds a weak secret in settings that others can reach.
///
/// # Errors
/// The setting, and what is wrong with it.
pub(super) fn check(settings: &Settings) -> Result<(), (&'static str, String)> {
    let nats = settings.nats.url.as_deref();
    let database = settings.database_url.as_ref().map(Secret::reveal);
    let is_exposed = !settings.listen.ip().is_loopback()
        || [nats, database]
            .into_iter()
            .flatten()
            .flat_map(|urls| urls.split(','))
            .any(|url| !is_local(url.trim()));
    if !is_exposed {
        return Ok(());
    }
    let password = settings.nats.password.as_ref().map(Secret::reveal);
    let in_urls = nats.into_iter().flat_map(|urls| urls.split(','));
    let in_urls = in_urls.filter_map(|url| Some(("nats.url", password_of(url.trim())?)));
    let password = password.map(|it| ("nats.password", it.to_owned()));
    let database = database.and_then(password_of).map(|it| ("database_url", it));
    let mut secrets = in_urls.chain(password).chain(database);
    let weak = secrets.find_map(|(key, secret)| Some((key, weakness(&secret)?.to_owned())));
    weak.map_or(Ok(()), Err)
}

/// Whether a URL means this machine: a file, or a host that does not leave it.
fn is_local(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return true };
    if url.starts_with("sqlite:") {
        return true;
    }
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    // A database's URL may name its host, or the directory of a socket, behind the question mark.
    let named = query.split('&').find_map(|it| it.strip_prefix("host="));
    if let Some(folder) = named.filter(|it| it.starts_with('/') || it.starts_with("%2F")) {
        return !folder.is_empty();
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = named.unwrap_or(host);
    let name = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let address = name.parse::<std::net::IpAddr>();
    name.is_empty() || name == "localhost" || address.is_ok_and(|it| it.is_loopback())
}

/// The password in a URL, decoded.
fn password_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (pair, _) = authority.rsplit_once('@')?;
    let (_, password) = pair.split_once(':')?;
    Some(decoded(password))
}

/// Percent-encoded text, decoded where it can be.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let digits = digits.and_then(|it| std::str::from_utf8(it).ok());
        match digits.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Secret, is_local, weakness};
    use crate::settings::{Settings, SettingsError, Sources, load};

    #[test]
    fn what_is_no_secret_is_told_by_its_sort() {
        for placeholder in [
            "changeme",
            "CHANGE_ME",
            "change-me-please",
            "secret",
            "Password123",
            "your-secret-key",
            "<your password here>",
            "${DB_PASSWORD}",
            "supersecretpassword",
            "cambium",
            "test-token",
            "my_secret_key_1",
            "replace-this-value",
            "xxxxxxxx",
        ] {
            assert!(weakness(placeholder).is_some(), "{placeholder}");
        }
        for weak in [
            "",
            "short",
            "tiger-lily",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrst",
            "12345678901234567890",
            "abababababababababab",
            "0123456789abcdef0123456789abcdef",
            "correct horse battery staple",
        ] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
        for good in [
            "n8Vw2pQx7RtYk4Zs",
            "5f2b1c9e7d3a4860b1c2d3e4f5a69788",
            "glowing otter paints quiet maps",
            "hT9$kLm2!qWz",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
        let words = weakness("changeme").unwrap();
        assert!(!words.contains("changeme"));
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for url in [
            "sqlite://x",
            "nats://localhost:4222",
            "postgres://a:b@127.0.0.1/c",
            "nats://[::1]:4222",
            "postgres:///c",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in ["nats://broker:4222", "postgres://a:b@10.0.0.1/c", "nats://[2001:db8::1]:1"] {
            assert!(!is_local(url), "{url}");
        }
    }

    fn of(environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("none.toml");
        std::fs::write(&file, "").unwrap();
        let sources =
            Sources { file: Some(file), environment: environment.collect(), flags: Vec::new() };
        load(&sources).map(|loaded| loaded.settings)
    }

    #[test]
    fn a_weak_secret_is_refused_where_others_can_reach_it() {
        let weak = ("CAMBIUM_NATS_PASSWORD", "changeme");
        assert!(of(&[weak, ("CAMBIUM_NATS_URL", "nats://127.0.0.1:4222")]).is_ok());
        for reached in [
            vec![weak, ("CAMBIUM_NATS_URL", "nats://broker:4222")],
            vec![weak, ("CAMBIUM_LISTEN", "0.0.0.0:8080")],
            vec![("CAMBIUM_NATS_URL", "nats://cambium:s3cr3t@broker:4222")],
            vec![("CAMBIUM_DATABASE_URL", "postgres://cambium:p%6Fstgres@db/cambium")],
        ] {
            let error = of(&reached).unwrap_err();
            assert!(matches!(error, SettingsError::Weak { .. }), "{error}");
            let text = format!("{error} {error:?}");
            assert!(!text.contains("changeme") && !text.contains("s3cr3t"), "{text}");
        }
        let good = ("CAMBIUM_NATS_PASSWORD", "n8Vw2pQx7RtYk4Zs");
        assert!(of(&[good, ("CAMBIUM_NATS_URL", "nats://broker:4222")]).is_ok());
    }

    #[test]
    fn a_secret_comes_out_of_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let home = crate::home::Home::new(dir.path());
        home.write_private("word", b"n8Vw2pQx7RtYk4Zs\n").unwrap();
        let path = home.file("word").display().to_string();
        let file = ("CAMBIUM_NATS_PASSWORD_FILE", path.as_str());
        let settings = of(&[file]).unwrap();
        let password = settings.nats.password.as_ref().map(Secret::reveal);
        assert_eq!(password, Some("n8Vw2pQx7RtYk4Zs"));
        let both = of(&[file, ("CAMBIUM_NATS_PASSWORD", "other")]).unwrap_err().to_string();
        assert!(both.contains("only one") && !both.contains("other"), "{both}");
        let gone = of(&[("CAMBIUM_NATS__PASSWORD_FILE", "/nowhere/at/all")]).unwrap_err();
        assert!(gone.to_string().contains("nats.password"), "{gone}");
        // No other setting has such a variable.
        assert!(of(&[("CAMBIUM_LISTEN_FILE", path.as_str())]).is_err());
    }
}
