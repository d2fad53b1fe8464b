//! The models that run in this program itself: built in by a feature, put beside it by a command.

use std::sync::Arc;

use actors::model::{EngineEmbedder, FreeEmbedder, LocalConfig};
use contracts::Refusal;
use contracts::model::{Abilities, LOCAL_PROVIDER, ModelRequest, ModelResponse, ModelView};
use contracts::ports::{Embedder, Engine, NoEmbedder, Wanted};

use crate::home::Home;
use crate::packs::{self, Pack, Place};
use crate::settings::Settings;

/// All of them, whether they can be asked or not.
pub(super) fn of(settings: &Settings) -> Vec<Arc<dyn Engine>> {
    let (home, limits) = (Home::new(&settings.data), &settings.actors.models.local);
    packs::all().iter().map(|pack| engine(&Place::of(pack, &home), limits)).collect()
}

fn engine(place: &Place, limits: &LocalConfig) -> Arc<dyn Engine> {
    #[cfg(feature = "minilm")]
    if place.pack.name == packs::MINILM.name {
        let checked = place.clone();
        let check = move || checked.verified().map_err(refused);
        return Arc::new(inference::minilm::MiniLm::new(place.model(), absent(&place.pack), check));
    }
    #[cfg(feature = "local-llm")]
    if place.pack.name == packs::SMOLLM2.name {
        let checked = place.clone();
        let check = move || checked.verified().map_err(refused);
        return Arc::new(inference::smollm2::SmolLm2::new(
            place.model(),
            absent(&place.pack),
            check,
            limits.engine_threads_max,
        ));
    }
    let _ = limits;
    Arc::new(Unbuilt(place.pack))
}

/// What is said while a model is not there.
#[cfg(any(feature = "minilm", feature = "local-llm"))]
fn absent(pack: &Pack) -> Refusal {
    let Pack { model, name, .. } = *pack;
    refused(packs::PackError::NotInstalled { model, name })
}

#[cfg(any(feature = "minilm", feature = "local-llm"))]
fn refused(error: packs::PackError) -> Refusal {
    let (code, message) = (error.code(), error.to_string());
    match error {
        packs::PackError::NotInstalled { .. } => Refusal::not_found(code, message),
        _ => Refusal::unavailable(code, message),
    }
}

/// A model that this program was built without.
struct Unbuilt(Pack);

impl Unbuilt {
    fn refusal(&self) -> Refusal {
        let Pack { model, name, feature, .. } = self.0;
        let message = format!(
            "{model} takes a program that was built with `--features {feature}`, and then \
             `cambium model install {name}`"
        );
        Refusal::not_found("model_not_installed", message)
    }
}

impl Engine for Unbuilt {
    fn view(&self) -> ModelView {
        let (id, provider) = (self.0.model.to_owned(), LOCAL_PROVIDER.to_owned());
        ModelView { id, provider, can: Abilities::default() }
    }

    fn ready(&self) -> Result<(), Refusal> {
        Err(self.refusal())
    }

    fn embed(&self, _: &[String], _: Wanted<'_>) -> Result<(Vec<Vec<f32>>, u32), Refusal> {
        Err(self.refusal())
    }

    fn complete(
        &self,
        _: &ModelRequest,
        _: &mut (dyn FnMut(&str) + Send),
        _: Wanted<'_>,
    ) -> Result<ModelResponse, Refusal> {
        Err(self.refusal())
    }
}

/// Who makes the vectors of what agents remember.
///
/// # Errors
/// A model that cannot be asked, or that nobody has.
pub(super) fn embedder(
    settings: &Settings,
    engines: &[Arc<dyn Engine>],
) -> anyhow::Result<Arc<dyn Embedder>> {
    let (model, dimensions) =
        (&settings.actors.models.memory_model, settings.projections.memory_dimensions);
    if dimensions == 0 {
        return Ok(Arc::new(NoEmbedder));
    }
    if model == actors::model::FREE_EMBEDDER {
        return Ok(Arc::new(FreeEmbedder::new(dimensions)));
    }
    let setting = "actors.models.memory_model";
    let engine = engines.iter().find(|engine| engine.view().id == *model);
    let Some(engine) = engine else {
        anyhow::bail!("{setting}: {model} does not run in this program; local/ngrams does");
    };
    engine.ready().map_err(|refusal| anyhow::Error::from(refusal).context(setting))?;
    Ok(Arc::new(EngineEmbedder::new(Arc::clone(engine))))
}
