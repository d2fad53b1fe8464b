//! Runs the model. Its plans are made once; a text is embedded by itself, so that its vector does
//! not depend on what stands beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use contracts::Refusal;
use contracts::model::{Abilities, LOCAL_PROVIDER, ModelRequest, ModelResponse, ModelView};
use contracts::ports::{Engine, Wanted};
use tract_onnx::prelude::{
    Datum as _, Framework as _, InferenceFact, InferenceModelExt as _, IntoRunnable as _, Tensor,
    ToDim as _, TractResult, TypedRunnableModel, tvec,
};

use super::pieces::Pieces;
use super::{DIMENSIONS, MODEL, PIECES_MAX};
use crate::weights::{Weights, failed, unable};

/// What the model is told of a text: the pieces, which of them count, and to which of two texts
/// each belongs.
const INPUTS: usize = 3;

/// For how many pieces a plan is made: a text takes the shortest that it fits, and what is left of
/// it counts for nothing. A plan for any number gets the shape of the mask wrong.
const LENGTHS: [usize; 3] = [32, 128, PIECES_MAX];

/// A plan, once it was needed.
type Plan = OnceLock<Arc<TypedRunnableModel>>;

/// The model as it runs.
struct Loaded {
    path: PathBuf,
    plans: [Plan; LENGTHS.len()],
    pieces: Pieces,
}

/// `local/minilm`.
pub struct MiniLm {
    weights: Weights<Loaded>,
}

impl MiniLm {
    /// The model whose numbers stand there. They are read when a vector is first wanted.
    #[must_use]
    pub fn new(
        path: PathBuf,
        absent: Refusal,
        check: impl Fn() -> Result<PathBuf, Refusal> + Send + Sync + 'static,
    ) -> Self {
        Self { weights: Weights::new(path, absent, check) }
    }
}

fn load(path: &Path) -> TractResult<Loaded> {
    let (plans, pieces) = (<[Plan; LENGTHS.len()]>::default(), Pieces::default());
    let loaded = Loaded { path: path.to_owned(), plans, pieces };
    // What cannot be read is said at once.
    loaded.plan(0)?;
    Ok(loaded)
}

impl Loaded {
    fn plan(&self, which: usize) -> TractResult<&Arc<TypedRunnableModel>> {
        if let Some(plan) = self.plans[which].get() {
            return Ok(plan);
        }
        // Shapes on the way that the file tells are of any number of texts; here it is one.
        let onnx = tract_onnx::onnx().with_ignore_value_info(true).with_ignore_output_shapes(true);
        let mut model = onnx.model_for_path(&self.path)?;
        for input in 0..INPUTS {
            let shape = tvec![1.to_dim(), LENGTHS[which].to_dim()];
            let fact = InferenceFact::dt_shape(i64::datum_type(), shape);
            model = model.with_input_fact(input, fact)?;
        }
        let plan = model.into_optimized()?.into_runnable()?;
        Ok(self.plans[which].get_or_init(|| plan))
    }

    /// The mean of what the model makes of the pieces, of length 1.
    fn vector(&self, pieces: &[u32]) -> TractResult<Vec<f32>> {
        let count = pieces.len();
        let fits = LENGTHS.iter().position(|length| count <= *length);
        let which = fits.unwrap_or(LENGTHS.len() - 1);
        let length = LENGTHS[which];
        let padded = |numbers: &mut dyn Iterator<Item = i64>| {
            let mut numbers: Vec<i64> = numbers.take(length).collect();
            numbers.resize(length, 0);
            Tensor::from_shape(&[1, length], &numbers)
        };
        let inputs = tvec![
            padded(&mut pieces.iter().map(|piece| i64::from(*piece)))?.into(),
            padded(&mut pieces.iter().map(|_| 1))?.into(),
            padded(&mut std::iter::empty())?.into(),
        ];
        let made = self.plan(which)?.run(inputs)?;
        let made = made[0].to_plain_array_view::<f32>()?;
        let mut sums = vec![0.0_f64; DIMENSIONS];
        for (place, number) in made.iter().take(count * DIMENSIONS).enumerate() {
            sums[place % DIMENSIONS] += f64::from(*number);
        }
        let length = sums.iter().map(|number| number * number).sum::<f64>().sqrt();
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "vectors have a float's precision")]
        let vector = sums.into_iter().map(|number| (number * scale) as f32).collect();
        Ok(vector)
    }
}

impl Engine for MiniLm {
    fn view(&self) -> ModelView {
        let can = Abilities { embeddings: true, ..Abilities::default() };
        ModelView { id: MODEL.to_owned(), provider: LOCAL_PROVIDER.to_owned(), can }
    }

    fn ready(&self) -> Result<(), Refusal> {
        self.weights.ready()
    }

    fn embed(&self, texts: &[String], wanted: Wanted<'_>) -> Result<(Vec<Vec<f32>>, u32), Refusal> {
        let loaded = self.weights.get(load)?;
        let (mut vectors, mut tokens) = (Vec::with_capacity(texts.len()), 0_u32);
        for text in texts {
            if !wanted() {
                return Err(failed(&"nobody waits for the answer any more"));
            }
            let pieces = loaded.pieces.of(text, PIECES_MAX);
            tokens = tokens.saturating_add(u32::try_from(pieces.len()).unwrap_or(u32::MAX));
            vectors.push(loaded.vector(&pieces).map_err(|error| failed(&error))?);
        }
        Ok((vectors, tokens))
    }

    fn complete(
        &self,
        _: &ModelRequest,
        _: &mut (dyn FnMut(&str) + Send),
        _: Wanted<'_>,
    ) -> Result<ModelResponse, Refusal> {
        Err(unable("local/minilm makes vectors and writes nothing"))
    }
}
