//! Models that run in this process, asked on threads that may block: so many at once, and no longer
//! than somebody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::Refusal;
use contracts::model::{LOCAL_PROVIDER, ModelRequest, ModelResponse, ModelView, Role, Turn, Usage};
use contracts::ports::Engine;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::LocalConfig;
use crate::model::config::Structured;
use crate::model::delta::{Delta, Deltas};
use crate::model::embed::{EmbedRequest, Embedded, checked};
use crate::model::error::ModelError;
use crate::model::hash::request_hash;
use crate::model::resilience::Bulkhead;
use crate::model::wire::{Wanted, value_of};

/// The models.
pub(super) struct Engines {
    members: Vec<Member>,
    within: Duration,
}

/// A model, and the places of those who ask it: whoever asks for a vector waits for no long answer
/// of another.
pub(super) struct Member {
    engine: Arc<dyn Engine>,
    places: Bulkhead,
}

/// Whether somebody still wants the answer: until this is dropped.
struct Waits(Arc<AtomicBool>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Engines {
    pub(super) fn new(engines: Vec<Arc<dyn Engine>>, config: &LocalConfig) -> Self {
        let member = |engine| {
            let places = Bulkhead::new(config.engine_calls_max, config.engine_queue_calls_max);
            Member { engine, places }
        };
        let members = engines.into_iter().map(member).collect();
        Self { members, within: Duration::from_millis(config.engine_timeout_ms) }
    }

    /// Those that can be asked now.
    pub(super) fn ready(&self) -> impl Iterator<Item = ModelView> {
        let ready = self.members.iter().filter(|member| member.engine.ready().is_ok());
        ready.map(|member| member.engine.view())
    }

    /// The one of this name, whether it can be asked or not.
    pub(super) fn find(&self, model: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.engine.view().id == model)
    }

    /// Answers a request, told in pieces as they come.
    ///
    /// # Errors
    /// The engine's; `model_rate_limit` when as many wait as may; `model_timeout`.
    pub(super) async fn complete(
        &self,
        member: &Member,
        request: &ModelRequest,
        deltas: Option<Deltas<'_>>,
    ) -> Result<ModelResponse, Refusal> {
        member.engine.ready()?;
        let (say, mut said) = mpsc::unbounded_channel::<String>();
        let (engine, asked) = (Arc::clone(&member.engine), in_words(request));
        let work = self.aside(&member.places, move |wanted| {
            // Whoever listens no more loses pieces that he has no use for.
            let mut tell = |piece: &str| drop(say.send(piece.to_owned()));
            engine.complete(&asked, &mut tell, wanted)
        });
        let show = async {
            while let Some(piece) = said.recv().await {
                if let Some(deltas) = deltas {
                    deltas(Delta::Text(&piece));
                }
            }
        };
        // The pieces end when the work does, so both do.
        let (response, ()) = futures_util::future::join(work, show).await;
        let mut response = response?;
        if let Some(schema) = &request.schema {
            response.value = value_of(&response.text, schema);
        }
        response.request_hash = request_hash(request)?;
        Ok(response)
    }

    /// The vectors of texts.
    ///
    /// # Errors
    /// As [`Engines::complete`], and `model_validation` for a length that the model does not make.
    pub(super) async fn embed(
        &self,
        member: &Member,
        request: &EmbedRequest,
    ) -> Result<Embedded, Refusal> {
        member.engine.ready()?;
        let (asked, texts) = (Arc::clone(&member.engine), request.texts.clone());
        let made = self.aside(&member.places, move |wanted| asked.embed(&texts, wanted)).await?;
        let (vectors, input_tokens) = made;
        let vectors = checked(vectors, request.texts.len())?;
        let length = vectors.first().map(Vec::len).and_then(|it| u32::try_from(it).ok());
        if request.dimensions.is_some() && request.dimensions != length {
            let told = format!("a vector of {} has {} numbers", request.model, length.unwrap_or(0));
            return Err(ModelError::Validation(told).into());
        }
        let usage = Usage { input_tokens, ..Usage::default() };
        Ok(Embedded { model: request.model.clone(), vectors, usage })
    }

    /// Does `work` where it may block. Whoever gives up before it is done ends it at the next
    /// occasion; its place is free once it has ended.
    async fn aside<T: Send + 'static>(
        &self,
        places: &Bulkhead,
        work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = places.enter(LOCAL_PROVIDER).await?;
        let waits = Waits(Arc::new(AtomicBool::new(true)));
        let wanted = Arc::clone(&waits.0);
        let done = tokio::task::spawn_blocking(move || {
            let _place: OwnedSemaphorePermit = place;
            work(&|| wanted.load(Ordering::SeqCst))
        });
        let done = tokio::time::timeout(self.within, done).await;
        let done = done.map_err(|_| Refusal::from(ModelError::Timeout))?;
        drop(waits);
        done.unwrap_or_else(|error| Err(ModelError::Internal(error.to_string()).into()))
    }
}

/// The request, with its schema told in words: an engine knows none.
fn in_words(request: &ModelRequest) -> ModelRequest {
    let mut asked = request.clone();
    let Some(schema) = &request.schema else { return asked };
    let wanted = Wanted { schema, name: "answer", how: Structured::Instruction };
    if let Some(told) = wanted.instruction() {
        let before = asked.turns.iter().take_while(|turn| turn.role == Role::System).count();
        asked.turns.insert(before, Turn::new(Role::System, told));
    }
    asked
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use contracts::model::{Abilities, Finish};
    use contracts::ports::Wanted;
    use serde_json::json;

    use super::*;
    use crate::model::{Local, Provider as _, Providers};

    /// Says what it was asked, word by word, until nobody wants more.
    struct Parrot {
        installed: AtomicBool,
        endless: bool,
        ended: Arc<AtomicBool>,
    }

    impl Engine for Parrot {
        fn view(&self) -> ModelView {
            let can = Abilities { chat: true, embeddings: true, ..Abilities::default() };
            ModelView { id: "local/parrot".to_owned(), provider: "local".to_owned(), can }
        }

        fn ready(&self) -> Result<(), Refusal> {
            let absent = || Refusal::not_found("model_not_installed", "install it");
            self.installed.load(Ordering::SeqCst).then_some(()).ok_or_else(absent)
        }

        fn embed(&self, texts: &[String], _: Wanted<'_>) -> Result<(Vec<Vec<f32>>, u32), Refusal> {
            Ok((texts.iter().map(|text| vec![text.len() as f32, 1.0]).collect(), 9))
        }

        fn complete(
            &self,
            request: &ModelRequest,
            told: &mut (dyn FnMut(&str) + Send),
            wanted: Wanted<'_>,
        ) -> Result<ModelResponse, Refusal> {
            let words = request.turns.last().map_or("", |turn| turn.content.as_str());
            let mut text = String::new();
            loop {
                for word in words.split_inclusive(' ') {
                    told(word);
                    text.push_str(word);
                }
                if !self.endless || !wanted() {
                    break;
                }
                std::thread::yield_now();
            }
            self.ended.store(true, Ordering::SeqCst);
            Ok(ModelResponse { text, finish: Finish::Stop, ..ModelResponse::default() })
        }
    }

    fn local(endless: bool, config: LocalConfig) -> (Arc<Local>, Arc<Parrot>) {
        let (installed, ended) = (AtomicBool::new(true), Arc::default());
        let parrot = Arc::new(Parrot { installed, endless, ended });
        let engine = Arc::clone(&parrot) as Arc<dyn Engine>;
        (Arc::new(Local::new(config).running(vec![engine])), parrot)
    }

    fn asked(words: &str) -> ModelRequest {
        let turns = vec![Turn::new(Role::User, words)];
        ModelRequest { model: "local/parrot".to_owned(), turns, ..ModelRequest::default() }
    }

    #[tokio::test]
    async fn an_engine_is_a_model_of_the_provider_while_it_is_installed() {
        let (local, parrot) = local(false, LocalConfig::default());
        let listed = || local.models().iter().any(|model| model.id == "local/parrot");
        assert!(listed());
        let pieces = Mutex::new(Vec::new());
        let show = |piece: Delta<'_>| {
            if let Delta::Text(text) = piece {
                pieces.lock().expect("pieces").push(text.to_owned());
            }
        };
        let answer = local.complete(&asked("three small words"), Some(&show)).await.expect("said");
        assert_eq!(answer.text, "three small words");
        assert_eq!(*pieces.lock().expect("pieces"), ["three ", "small ", "words"]);
        assert_eq!(answer.request_hash, request_hash(&asked("three small words")).expect("hash"));
        let schema = Some(json!({ "type": "object", "required": ["a"] }));
        let fits = ModelRequest { schema: schema.clone(), ..asked(r#"{"a":1}"#) };
        let answer = local.complete(&fits, None).await.expect("said");
        assert_eq!(answer.value, Some(json!({ "a": 1 })));
        let fits_not = ModelRequest { schema, ..asked("prose") };
        assert_eq!(local.complete(&fits_not, None).await.expect("said").value, None);
        parrot.installed.store(false, Ordering::SeqCst);
        assert!(!listed());
        let refused = local.complete(&asked("x"), None).await.expect_err("it is gone");
        assert_eq!(refused.code, "model_not_installed");
    }

    #[tokio::test]
    async fn vectors_have_the_length_of_their_model() {
        let (local, _) = local(false, LocalConfig::default());
        let providers = Providers::default().with(local);
        let texts = vec!["a".to_owned(), "bcd".to_owned()];
        let model = "local/parrot".to_owned();
        let mut request = EmbedRequest { model, texts, dimensions: None };
        let made = providers.embed(&request).await.expect("made");
        assert_eq!((made.vectors[1][0], made.usage.input_tokens), (3.0, 9));
        assert_eq!(made.model, "local/parrot");
        request.dimensions = Some(3);
        let refused = providers.embed(&request).await.expect_err("another length");
        assert_eq!(refused.code, "model_validation");
        assert!(refused.message.contains("has 2 numbers"), "{refused}");
        request.model = "local/other".to_owned();
        assert_eq!(providers.embed(&request).await.expect_err("none").code, "model_not_found");
    }

    #[tokio::test]
    async fn who_gives_up_ends_the_work_and_only_so_many_wait() {
        let limits = LocalConfig { engine_queue_calls_max: 1, ..LocalConfig::default() };
        let (local, parrot) = local(true, limits);
        let calls: Vec<_> = (0..3)
            .map(|_| {
                let local = Arc::clone(&local);
                tokio::spawn(async move { local.complete(&asked("on"), None).await })
            })
            .collect();
        // One runs, one waits, and whoever comes third is told so.
        let (first, at, rest) = futures_util::future::select_all(calls).await;
        let refused = first.expect("ran").expect_err("there is no room");
        assert_eq!((refused.code.as_ref(), at < 3), ("model_rate_limit", true));
        for call in &rest {
            call.abort();
        }
        for call in rest {
            assert!(call.await.expect_err("given up").is_cancelled());
        }
        while !parrot.ended.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended() {
        let limits = LocalConfig { engine_timeout_ms: 20, ..LocalConfig::default() };
        let (local, parrot) = local(true, limits);
        let refused = local.complete(&asked("on"), None).await.expect_err("too long");
        assert_eq!(refused.code, "model_timeout");
        while !parrot.ended.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    }
}
