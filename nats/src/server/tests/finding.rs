use std::ffi::OsStr;
use std::path::Path;

use tempfile::TempDir;

use super::{config, fake, script};
use crate::server::find::find_on;
use crate::server::{ServerConfig, ServerError, Way};

fn without_cache(home: &TempDir) -> ServerConfig {
    ServerConfig { cache_dir: Some(home.path().join("cache")), ..config(home.path()) }
}

async fn unusable(config: &ServerConfig, path: &OsStr) -> String {
    match find_on(config, path).await {
        Err(ServerError::Unusable { reason, .. }) => reason,
        other => panic!("what was named is used, or nothing: {other:?}"),
    }
}

#[tokio::test]
async fn a_given_path_comes_before_path_and_cache() {
    let home = TempDir::new().expect("a directory");
    let (new, old) = (fake(&home, "new", "2.15.3"), fake(&home, "old", "2.9.10"));
    let path = std::env::join_paths([&old, &new]).expect("joins");
    let mut config = without_cache(&home);
    let found = find_on(&config, &path).await.expect("found");
    let found = (found.way, found.path, found.version);
    let expected = (Way::Path, new.join("nats-server"), "2.15.3".to_owned());
    assert_eq!(found, expected, "the old one is skipped");
    config.server_path = Some(fake(&home, "given", "2.14.0").join("nats-server"));
    assert_eq!(find_on(&config, &path).await.expect("found").way, Way::Given);
}

#[tokio::test]
async fn a_given_path_that_cannot_be_used_is_an_error_and_never_another_program() {
    let home = TempDir::new().expect("a directory");
    let path = fake(&home, "new", "2.15.3").into_os_string();
    let mut config = without_cache(&home);
    config.server_path = Some(fake(&home, "old", "2.9.10").join("nats-server"));
    assert_eq!(unusable(&config, &path).await, "version 2.9.10 is older than 2.14");
    config.server_path = Some(home.path().join("nowhere"));
    assert!(unusable(&config, &path).await.contains("No such file"));
    let mute = home.path().join("mute");
    script(&mute, "exit 0");
    config.server_path = Some(mute);
    assert_eq!(unusable(&config, &path).await, "it does not say its version");
    // A bare name is a file here. `sh` is on every PATH, and must not be met.
    config.server_path = Some(Path::new("sh").to_owned());
    assert!(unusable(&config, &path).await.contains("No such file"));
}

#[tokio::test]
async fn nothing_found_names_three_ways_out() {
    let home = TempDir::new().expect("a directory");
    let path = fake(&home, "old", "2.9.10");
    let error = find_on(&without_cache(&home), path.as_os_str()).await.unwrap_err().to_string();
    let words = [
        "2.9.10 is older than 2.14",
        "cache: nothing is installed",
        "1. install nats-server 2.14 or newer",
        "2. name its path with --nats-server PATH or CAMBIUM_NATS_SERVER",
        "3. use a server that runs already with --nats-url URL or CAMBIUM_NATS_URL",
    ];
    for word in words {
        assert!(error.contains(word), "{word} is missing in: {error}");
    }
}
