//! Runs the model, on threads of its own.

use std::fs::File;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::{Device, Result as Made, Tensor};
use candle_transformers::models::quantized_llama::ModelWeights;
use contracts::Refusal;
use contracts::model::{
    Abilities, Finish, LOCAL_PROVIDER, ModelRequest, ModelResponse, ModelView, Usage,
};
use contracts::ports::{Engine, Wanted};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::chat::{Part, check, parts};
use super::choose::Chooser;
use super::pieces::Pieces;
use super::stream::Growing;
use super::{CONTEXT_TOKENS_MAX, MODEL};
use crate::weights::{Weights, failed, unable};

/// How many tokens of a prompt are read at once: what that takes in memory grows with it, and
/// between two such readings it is asked whether anybody still waits.
const READ_TOKENS: usize = 128;

/// The model as it runs.
struct Loaded {
    model: ModelWeights,
    pieces: Pieces,
    begin: u32,
    ends: Vec<u32>,
    threads: ThreadPool,
}

/// `local/smollm2`.
pub struct SmolLm2 {
    weights: Weights<Loaded>,
    threads_max: usize,
}

impl SmolLm2 {
    /// The model whose numbers stand there, on so many threads. They are read when it is first
    /// asked.
    #[must_use]
    pub fn new(
        path: PathBuf,
        absent: Refusal,
        check: impl Fn() -> Result<PathBuf, Refusal> + Send + Sync + 'static,
        threads_max: usize,
    ) -> Self {
        Self { weights: Weights::new(path, absent, check), threads_max }
    }
}

fn texts(content: &Content, name: &str) -> Made<Vec<String>> {
    let Some(found) = content.metadata.get(name) else {
        candle_core::bail!("the file has no {name}")
    };
    found.to_vec()?.iter().map(Value::to_string).map(|text| text.cloned()).collect()
}

fn load(path: &Path, threads_max: usize) -> Made<Loaded> {
    let mut file = File::open(path)?;
    let content = Content::read(&mut file)?;
    let list = texts(&content, "tokenizer.ggml.tokens")?;
    let pieces = Pieces::new(&list, &texts(&content, "tokenizer.ggml.merges")?);
    let (Some(begin), Some(end)) = (pieces.sign("<|im_start|>"), pieces.sign("<|im_end|>")) else {
        candle_core::bail!("the file has no signs between turns")
    };
    let ends = pieces.sign("<|endoftext|>").into_iter().chain([end]).collect();
    let model = ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?;
    let name = |at| format!("smollm2-{at}");
    let threads = ThreadPoolBuilder::new().num_threads(threads_max.max(1)).thread_name(name);
    let threads = threads.build().map_err(candle_core::Error::wrap)?;
    Ok(Loaded { model, pieces, begin, ends, threads })
}

impl Loaded {
    fn prompt(&self, request: &ModelRequest) -> Vec<u32> {
        let end = self.ends.last().copied().unwrap_or_default();
        let mut prompt = Vec::new();
        for part in parts(&request.turns) {
            match part {
                Part::Begin => prompt.push(self.begin),
                Part::End => prompt.push(end),
                Part::Text(text) => prompt.extend(self.pieces.of(text)),
            }
        }
        prompt
    }

    fn answer(
        &self,
        request: &ModelRequest,
        prompt: &[u32],
        told: &mut (dyn FnMut(&str) + Send),
        wanted: Wanted<'_>,
    ) -> Made<ModelResponse> {
        let room = CONTEXT_TOKENS_MAX - prompt.len();
        let tokens_max = usize::try_from(request.max_tokens).unwrap_or(usize::MAX).clamp(1, room);
        // A copy shares the numbers, and has a memory of its own.
        let mut model = self.model.clone();
        let mut scores = Vec::new();
        for (place, chunk) in prompt.chunks(READ_TOKENS).enumerate() {
            if !wanted() {
                candle_core::bail!("nobody waits for the answer any more")
            }
            scores = read(&mut model, chunk, place * READ_TOKENS)?;
        }
        let mut chooser = Chooser::new(&request.options, request.seed);
        let mut growing = Growing::until(&request.options.stop);
        let (mut output_tokens, mut finish) = (0, Finish::Length);
        while output_tokens < tokens_max && wanted() {
            let next = u32::try_from(chooser.next(&scores)).unwrap_or_default();
            output_tokens += 1;
            if self.ends.contains(&next) || !growing.push(self.pieces.bytes(next), told) {
                finish = Finish::Stop;
                break;
            }
            if output_tokens < tokens_max {
                scores = read(&mut model, &[next], prompt.len() + output_tokens - 1)?;
            }
        }
        let count = |tokens: usize| u32::try_from(tokens).unwrap_or(u32::MAX);
        Ok(ModelResponse {
            provider: LOCAL_PROVIDER.to_owned(),
            model: MODEL.to_owned(),
            text: growing.end(told),
            finish,
            usage: Usage {
                input_tokens: count(prompt.len()),
                output_tokens: count(output_tokens),
                ..Usage::default()
            },
            ..ModelResponse::default()
        })
    }
}

/// Reads tokens that stand at `place`, and says how likely each token is to follow.
fn read(model: &mut ModelWeights, tokens: &[u32], place: usize) -> Made<Vec<f32>> {
    let tokens = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
    model.forward(&tokens, place)?.squeeze(0)?.to_vec1()
}

impl Engine for SmolLm2 {
    fn view(&self) -> ModelView {
        let can = Abilities { chat: true, stream: true, schema: true, ..Abilities::default() };
        ModelView { id: MODEL.to_owned(), provider: LOCAL_PROVIDER.to_owned(), can }
    }

    fn ready(&self) -> Result<(), Refusal> {
        self.weights.ready()
    }

    fn embed(&self, _: &[String], _: Wanted<'_>) -> Result<(Vec<Vec<f32>>, u32), Refusal> {
        Err(unable("local/smollm2 makes no vectors; local/minilm does"))
    }

    fn complete(
        &self,
        request: &ModelRequest,
        told: &mut (dyn FnMut(&str) + Send),
        wanted: Wanted<'_>,
    ) -> Result<ModelResponse, Refusal> {
        check(request)?;
        let loaded = self.weights.get(|path| load(path, self.threads_max))?;
        let prompt = loaded.prompt(request);
        if prompt.len() >= CONTEXT_TOKENS_MAX {
            return Err(unable(&format!(
                "the prompt has {} tokens, and local/smollm2 reads at most {CONTEXT_TOKENS_MAX} \
                 with its answer",
                prompt.len()
            )));
        }
        let answer = || loaded.answer(request, &prompt, told, wanted);
        loaded.threads.install(answer).map_err(|error| failed(&error))
    }
}
