use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{config, start};
use crate::server::{Server, ServerConfig};

/// Starts a server, makes the stream KEPT with one message in it, and stops it. The folder of its
/// streams.
async fn streams(home: &TempDir) -> PathBuf {
    let server = start(home).await;
    let client = client(&server).await;
    let context = async_nats::jetstream::new(client);
    let stream = async_nats::jetstream::stream::Config {
        name: "KEPT".to_owned(),
        subjects: vec!["kept".to_owned()],
        ..Default::default()
    };
    context.create_stream(stream).await.expect("made");
    context.publish("kept", "word".into()).await.expect("sent").await.expect("stored");
    server.stop().await;
    home.path().join("nats/store/jetstream/CAMBIUM/streams")
}

async fn client(server: &Server) -> async_nats::Client {
    let access = server.endpoint();
    let password = access.password.as_ref().expect("one").reveal().to_owned();
    async_nats::ConnectOptions::with_user_and_password(access.user.clone().expect("one"), password)
        .connect(&access.url)
        .await
        .expect("connects")
}

/// Messages that the stream KEPT holds.
async fn kept(server: &Server) -> u64 {
    let context = async_nats::jetstream::new(client(server).await);
    let stream = context.get_stream("KEPT").await.expect("is there");
    stream.get_info().await.expect("is told").state.messages
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }
}

#[tokio::test]
async fn what_a_kill_left_of_a_start_or_of_a_new_stream_keeps_nobody_from_starting() {
    let home = TempDir::new().expect("a directory");
    let streams = streams(&home).await;
    let store = home.path().join("nats/store/jetstream");
    // As found after real kills.
    fs::create_dir_all(streams.join("A/msgs")).expect("a folder");
    fs::create_dir_all(streams.join("B")).expect("a folder");
    write(&streams.join("C"), &[("msgs/1.blk", ""), ("meta.inf.tmp", "")]);
    write(&streams.join("D"), &[("msgs/1.blk", ""), ("meta.inf", "{}"), ("meta.sum.tmp", "1")]);
    write(&streams.join("E"), &[("msgs/1.blk", ""), ("meta.inf", ""), ("meta.sum", "")]);
    write(&store, &[("_test_723293319", ""), (".DS_Store", "x")]);
    write(&streams, &[(".DS_Store", "x")]);
    let server = start(&home).await;
    assert_eq!(kept(&server).await, 1);
    let names = |folder: &Path| -> Vec<_> {
        fs::read_dir(folder).expect("listed").map(|it| it.expect("one").file_name()).collect()
    };
    assert_eq!((names(&streams), names(&store)), (vec!["KEPT".into()], vec!["CAMBIUM".into()]));
    server.stop().await;
}

#[tokio::test]
async fn a_stream_with_messages_that_cannot_be_read_is_told_and_left_alone() {
    let home = TempDir::new().expect("a directory");
    let stream = streams(&home).await.join("KEPT");
    let (sum, aside) = (stream.join("meta.sum"), home.path().join("aside"));
    fs::rename(&sum, &aside).expect("moved");
    let hasty = ServerConfig { start_timeout_ms: 1_500, ..config(home.path()) };
    let error = Server::start(hasty, |_| {}).await.unwrap_err().to_string();
    assert!(
        error.contains("within 1500 ms: JetStream stream 'CAMBIUM > KEPT' could not be"),
        "{error}"
    );
    fs::rename(&aside, &sum).expect("moved");
    let server = start(&home).await;
    assert_eq!(kept(&server).await, 1, "nothing was lost");
    server.stop().await;
}
