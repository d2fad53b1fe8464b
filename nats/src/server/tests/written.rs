use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::{config, monitoring, start};
use crate::server::files::Files;
use crate::server::process::Asked;
use crate::server::{Server, ServerConfig};

#[tokio::test]
async fn the_configuration_says_what_was_asked_for() {
    let home = TempDir::new().expect("a directory");
    let files = Files::prepare(&config(home.path())).expect("prepared");
    files.write_config(&config(home.path()), Asked { client: -1, monitor: -1 }).expect("written");
    let text = fs::read_to_string(files.config_path()).expect("there");
    let nats = home.path().canonicalize().expect("there").join("nats");
    let to = "ask.{{partition(64,1,2,3)}}.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}";
    let lines = [
        "listen: \"127.0.0.1:-1\"",
        "http: \"127.0.0.1:-1\"",
        "sync_interval: always",
        "max_payload: 1048576",
        "logfile_size_limit: 16777216",
        "logfile_max_num: 4",
        &format!("mappings {{ \"ask.*.*.*\": \"{to}\" }}"),
        &format!("store_dir: \"{}\"", nats.join("store").display()),
        &format!("ports_file_dir: \"{}\"", nats.join("ports").display()),
    ];
    for line in lines {
        assert!(text.lines().any(|it| it.trim() == line), "{line} is missing in: {text}");
    }
    let other =
        ServerConfig { sync_always: false, payload_bytes_max: 7_000, ..config(home.path()) };
    files.write_config(&other, Asked { client: 4222, monitor: 8222 }).expect("written");
    let text = fs::read_to_string(files.config_path()).expect("there");
    assert!(!text.contains("sync_interval"), "{text}");
    for word in ["127.0.0.1:4222", "127.0.0.1:8222", "max_payload: 7000"] {
        assert!(text.contains(word), "{word} is missing in: {text}");
    }
}

#[tokio::test]
async fn a_directory_with_a_strange_name_is_understood() {
    let home = TempDir::new().expect("a directory");
    let strange = home.path().join("a \"b\" $c # ü");
    fs::create_dir(&strange).expect("made");
    let server = Server::start(config(&strange), |_| {}).await.expect("starts");
    assert!(strange.join("nats/store/jetstream").is_dir(), "the streams are where they belong");
    server.stop().await;
}

#[tokio::test]
async fn only_the_owner_reads_and_nobody_is_shown_the_password() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let password = server.endpoint().password.as_ref().expect("one").reveal().to_owned();
    assert_eq!(password.len(), 64, "32 bytes as hex");
    let mode = |file: &str| {
        let found = fs::metadata(home.path().join(file)).expect("there");
        found.permissions().mode() & 0o777
    };
    for file in ["nats.json", "nats/server.conf", "nats/lock", "nats/server.err"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    assert_eq!(mode("nats"), 0o700);
    assert!(!format!("{server:?}").contains(&password));
    let log = fs::read_to_string(home.path().join("nats/server.log")).expect("there");
    assert!(!log.is_empty() && !log.contains(&password));
    assert!(!monitoring(&server, "/varz").await.contains(&password));
    server.stop().await;
}

#[tokio::test]
async fn the_password_stays_and_a_strange_one_is_replaced() {
    let home = TempDir::new().expect("a directory");
    let access = home.path().join("nats.json");
    let first = start(&home).await;
    let kept = fs::read_to_string(&access).expect("there");
    first.stop().await;
    assert_eq!(fs::read_to_string(&access).expect("kept at a stop"), kept);
    let second = start(&home).await;
    let password = second.endpoint().password.as_ref().expect("one").reveal().to_owned();
    let told: serde_json::Value =
        serde_json::from_slice(&fs::read(&access).expect("there")).expect("JSON");
    assert!(kept.contains(&password), "it is the one of the first start");
    assert_eq!(told["url"], second.endpoint().url.as_str(), "the file tells the port of now");
    second.stop().await;
    for strange in ["", "\" } #", "$2a$04$ItbCLeBRDhNZEbVEZvGXA.sLTmFTL5BUPDlPiRpd/e7HDCz5Q.vTK"] {
        let told = serde_json::json!({"url": "", "user": "cambium", "password": strange});
        fs::write(&access, told.to_string()).expect("written");
        let third = start(&home).await;
        let password = third.endpoint().password.as_ref().expect("one").reveal();
        assert!(password.len() == 64 && password != strange);
        third.stop().await;
    }
}
