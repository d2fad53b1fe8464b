//! Model servers on this machine. They cost nothing and ask for no key, so whoever runs one finds
//! it without a setting; nothing but this machine is looked at.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Client;
use serde_json::Value;

use super::config::{ModelsConfig, ProviderConfig, ProviderKind};
use super::formats;
use super::providers::Providers;
use super::wire::Remote;

/// The longest list of models that is read, in bytes.
const LIST_BYTES_MAX: usize = 1_024 * 1_024;
/// Models that are taken from it.
const LISTED_MAX: usize = 1_000;

/// A place where a server may be.
#[derive(Debug, Clone)]
struct Place {
    name: &'static str,
    kind: ProviderKind,
    at: SocketAddr,
    list: &'static str,
    /// Where in the list the models stand, and what each is called by.
    members: (&'static str, &'static str),
}

/// The usual places; `own` is where this program listens.
fn places(own: SocketAddr) -> Vec<Place> {
    let place = |name, kind, port, list, members| {
        let at = SocketAddr::from(([127, 0, 0, 1], port));
        Place { name, kind, at, list, members }
    };
    let (ollama, llamacpp) = (ProviderKind::Ollama, ProviderKind::Llamacpp);
    let (tags, listed) = (("models", "name"), ("data", "id"));
    let mut places = vec![
        place("ollama", ollama, 11_434, "/api/tags", tags),
        place("llamacpp", llamacpp, 8_080, "/v1/models", listed),
        place("lmstudio", llamacpp, 1_234, "/v1/models", listed),
    ];
    places.retain(|place| place.at.port() != own.port());
    places
}

/// Looks for model servers on this machine, and adds those that answer to `providers`, except
/// where the settings name a provider of that name. Takes as long as the slowest may.
pub async fn detect(providers: &Providers, config: &ModelsConfig, own: SocketAddr) {
    if !config.detect {
        return;
    }
    let within = Duration::from_millis(config.detect_timeout_ms);
    look(providers, places(own), within).await;
}

async fn look(providers: &Providers, places: Vec<Place>, within: Duration) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(within)
        .build();
    let Ok(client) = client else { return };
    let look = places.into_iter().filter(|place| !providers.has(place.name)).map(|place| {
        let client = &client;
        async move {
            let models = listed(client, &place).await?;
            Some((place, models))
        }
    });
    for (place, models) in futures_util::future::join_all(look).await.into_iter().flatten() {
        let config = ProviderConfig {
            kind: place.kind,
            base_url: Some(format!("http://{}/v1", place.at)),
            models,
            // A model that is read from the disk first takes its time.
            first_token_timeout_ms: 100_000,
            ..ProviderConfig::default()
        };
        match Remote::new(place.name, formats::of(place.kind), config.clone()) {
            Ok(remote) => {
                let models = config.models.len();
                tracing::info!(provider = place.name, at = %place.at, models, "model.detected");
                providers.guard(Arc::new(remote), &config);
            }
            Err(why) => tracing::warn!(provider = place.name, why, "model.undetected"),
        }
    }
}

/// The models of the server there; `None` when there is none, or another sort of server.
async fn listed(client: &Client, place: &Place) -> Option<Vec<String>> {
    let response = client.get(format!("http://{}{}", place.at, place.list)).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let (mut bytes, mut chunks) = (Vec::new(), response.bytes_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok().filter(|chunk| bytes.len() + chunk.len() <= LIST_BYTES_MAX)?;
        bytes.extend_from_slice(&chunk);
    }
    let list: Value = serde_json::from_slice(&bytes).ok()?;
    let (items, name) = place.members;
    let names = list[items].as_array()?.iter().filter_map(|item| item[name].as_str());
    Some(names.take(LISTED_MAX).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use contracts::ports::Models as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::{Place, look, places};
    use crate::model::{ProviderKind, Providers};

    /// A server that answers everything with `body`, once.
    async fn server(body: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound");
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a caller");
            let mut bytes = [0; 2_048];
            let _ = socket.read(&mut bytes).await;
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            socket.write_all(format!("{head}{body}").as_bytes()).await.expect("written");
        });
        at
    }

    #[tokio::test]
    async fn what_answers_as_a_model_server_does_is_a_provider_and_nothing_else_is() {
        let ollama = server(r#"{"models":[{"name":"llama3.2:1b"}]}"#).await;
        let other = server("<html>hello</html>").await;
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let place = |name, at| Place {
            name,
            kind: ProviderKind::Ollama,
            at,
            list: "/api/tags",
            members: ("models", "name"),
        };
        let silent_at = silent.local_addr().expect("bound");
        let all = vec![place("ollama", ollama), place("other", other), place("silent", silent_at)];
        let providers = Providers::standard();
        look(&providers, all, Duration::from_millis(2_000)).await;
        assert_eq!(providers.names(), ["local", "ollama"]);
        let models = providers.list();
        assert!(models.iter().any(|model| model.id == "ollama/llama3.2:1b"), "{models:?}");
    }

    #[test]
    fn the_programs_own_port_is_not_looked_at() {
        let own = SocketAddr::from(([0, 0, 0, 0], 8_080));
        assert!(places(own).iter().all(|place| place.at.port() != 8_080));
        assert_eq!(places(SocketAddr::from(([127, 0, 0, 1], 9))).len(), 3);
    }
}
