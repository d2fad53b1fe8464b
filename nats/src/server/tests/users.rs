use async_nats::{Client, ConnectOptions, Event};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::*;
use crate::server::{NewUser, UserError};
use crate::streams::{COMMANDS, EVENTS};
use crate::{Broker, Config};

/// A client of `user`, and what the broker and the client say beside it.
async fn connected(server: &Server, user: &NewUser) -> (Client, mpsc::UnboundedReceiver<Event>) {
    let (said, events) = mpsc::unbounded_channel();
    let client = ConnectOptions::new()
        .user_and_password(user.info.user.clone(), user.password.reveal().to_owned())
        .custom_inbox_prefix(&user.info.inbox_prefix)
        .event_callback(move |event| {
            let _ = said.send(event);
            std::future::ready(())
        })
        .connect(&server.endpoint().url)
        .await
        .expect("the user is let in");
    (client, events)
}

async fn add(server: &Server, tenant: &str, name: &str) -> NewUser {
    server.users().add(tenant.parse().unwrap(), name.parse().unwrap()).await.unwrap()
}

async fn messages(broker: &Broker, stream: &str) -> u64 {
    let context = &broker.connection().context;
    context.get_stream(stream).await.unwrap().cached_info().state.messages
}

#[tokio::test]
async fn users_of_tenants_come_and_go_while_the_server_runs() {
    let home = tempfile::tempdir().unwrap();
    let server = start(&home).await;
    let broker = Broker::connect(&Config::default(), server.endpoint()).await.unwrap();
    let ann = add(&server, "acme", "ann").await;
    let (client, mut events) = connected(&server, &ann).await;
    let ack = client.request("cmd.acme.counter.a", "{}".into()).await.unwrap();
    assert!(String::from_utf8_lossy(&ack.payload).contains(r#""stream":"COMMANDS""#), "{ack:?}");
    // A second tenant's account works at once, and nobody else notices.
    let bob = add(&server, "7", "bob").await;
    let (other, _) = connected(&server, &bob).await;
    other.request("cmd.7.counter.a", "{}".into()).await.unwrap();
    client.request("cmd.acme.counter.a", "{}".into()).await.unwrap();
    assert_eq!(broker.connection().counters.disconnections(), 0);
    assert_eq!(messages(&broker, COMMANDS).await, 3);
    let again = server.users().add("acme".parse().unwrap(), "ann".parse().unwrap()).await;
    assert!(matches!(again, Err(UserError::Exists)));
    // What was made stays when the server starts again; what is revoked is cut off.
    let users = server.users();
    let listed = users.list(&"acme".parse().unwrap()).unwrap();
    assert_eq!(listed, std::slice::from_ref(&ann.info));
    users.revoke(&"acme".parse().unwrap(), &"ann".parse().unwrap()).await.unwrap();
    while events.recv().await.expect("it is told") != Event::Disconnected {}
    other.request("cmd.7.counter.a", "{}".into()).await.unwrap();
    let gone = users.revoke(&"acme".parse().unwrap(), &"ann".parse().unwrap()).await;
    assert!(matches!(gone, Err(UserError::Unknown)));
    drop((client, other, broker));
    server.stop().await;
    let server = start(&home).await;
    let (other, _) = connected(&server, &bob).await;
    other.request("cmd.7.counter.a", "{}".into()).await.unwrap();
    let refused = ConnectOptions::new()
        .user_and_password(ann.info.user.clone(), ann.password.reveal().to_owned());
    assert!(refused.connect(&server.endpoint().url).await.is_err());
    server.stop().await;
}

#[tokio::test]
async fn nothing_of_another_tenant_is_within_reach() {
    let home = tempfile::tempdir().unwrap();
    let server = start(&home).await;
    let broker = Broker::connect(&Config::default(), server.endpoint()).await.unwrap();
    let (ann, eve) = (add(&server, "7", "ann").await, add(&server, "7", "eve").await);
    let (client, mut events) = connected(&server, &ann).await;
    let own = client.request("cmd.7.counter.a", "{}".into()).await;
    own.expect("its own tenant's commands are taken");
    let before = [messages(&broker, COMMANDS).await, messages(&broker, EVENTS).await];
    // What the broker answers goes back to the sender's own account, wherever it is asked to.
    for reply in ["evt.3.acme.counter.a", "cmd.acme.counter.a", "_INBOX_acme.x", "dead.x"] {
        let sent = client.publish_with_reply("cmd.7.counter.a", reply, Bytes::from("{}"));
        sent.await.unwrap();
    }
    let forbidden = [
        "cmd.acme.counter.a",
        "cmd.7.acme.counter.a",
        "ask.acme.counter.a",
        "evt.7.acme.counter.a",
        "_INBOX_7.eve.x",
        "$JS.API.STREAM.INFO.EVENTS",
        "$KV.SECRETS.x",
        "$SYS.REQ.SERVER.PING",
    ];
    for subject in forbidden {
        client.publish(subject, Bytes::from("{}")).await.unwrap();
    }
    let heard = ["evt.>", "cmd.>", "live.acme.>", ">", "_INBOX_7.eve.>", "$SYS.>", "$KV.>"];
    for subject in heard {
        client.subscribe(subject).await.unwrap();
    }
    client.flush().await.unwrap();
    for _ in 0..forbidden.len() + heard.len() {
        let event = events.recv().await.expect("each is told");
        let told = event.to_string().to_lowercase();
        assert!(matches!(event, Event::ServerError(_) | Event::Connected), "{told}");
    }
    // Twice: a connection knows no order between its own messages and what others answer.
    client.request("cmd.7.counter.a", "{}".into()).await.unwrap();
    let after = [messages(&broker, COMMANDS).await, messages(&broker, EVENTS).await];
    assert_eq!(after, [before[0] + 5, before[1]]);
    // Its own inbox is its own.
    let (neighbour, _) = connected(&server, &eve).await;
    let mut inbox = neighbour.subscribe("_INBOX_7.eve.mine").await.unwrap();
    // Answered, so that the broker has read the subscription that was written before it.
    neighbour.request("cmd.7.counter.a", "{}".into()).await.unwrap();
    broker.connection().client.publish("_INBOX_7.eve.mine", "told".into()).await.unwrap();
    assert_eq!(inbox.next().await.unwrap().payload, "told");
    server.stop().await;
}

#[tokio::test]
async fn streams_from_before_accounts_move_into_the_programs_own() {
    let home = tempfile::tempdir().unwrap();
    let server = start(&home).await;
    let broker = Broker::connect(&Config::default(), server.endpoint()).await.unwrap();
    let context = broker.connection().context.clone();
    context.publish("evt.1.acme.counter.a", "kept".into()).await.unwrap().await.unwrap();
    drop((context, broker));
    server.stop().await;
    let accounts = home.path().join("nats/store/jetstream");
    fs::rename(accounts.join("CAMBIUM"), accounts.join("$G")).unwrap();
    let server = start(&home).await;
    let broker = Broker::connect(&Config::default(), server.endpoint()).await.unwrap();
    assert_eq!(messages(&broker, EVENTS).await, 1);
    assert_eq!(broker.report().changes, []);
    server.stop().await;
}

#[test]
fn another_brokers_operator_gets_the_same_words() {
    let made = crate::server::user_elsewhere(
        &ServerConfig::default(),
        "acme".parse().unwrap(),
        "ann".parse().unwrap(),
    );
    let made = made.unwrap();
    let text = made.snippet.unwrap();
    for word in ["\"acme.ann\"", "cmd.acme.*.*", "_INBOX_acme.ann.>", "\"$2a$", "max_payload"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains(made.password.reveal()));
}
