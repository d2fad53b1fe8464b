//! Runs the model, on threads of its own.

use std::fs;
use std::path::{Path, PathBuf};

use contracts::Refusal;
use contracts::model::{
    Abilities, Finish, LOCAL_PROVIDER, ModelRequest, ModelResponse, ModelView, Usage,
};
use contracts::ports::{Engine, Wanted};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::chat::{Part, check, parts};
use super::choose::Chooser;
use super::gguf::{Broken, File};
use super::llama::{Llama, Memory};
use super::pieces::Pieces;
use super::stream::Growing;
use super::{CONTEXT_TOKENS_MAX, MODEL};
use crate::weights::{Weights, failed, unable};

/// How many tokens of a prompt are read at once: between two such readings it is asked whether
/// anybody still waits.
const READ_TOKENS: usize = 32;

/// The model as it runs.
struct Loaded {
    network: Llama,
    pieces: Pieces,
    begin: u32,
    end: u32,
    over: Option<u32>,
    threads: ThreadPool,
}

/// `local/smollm2`.
#[derive(Debug)]
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

fn load(path: &Path, threads_max: usize) -> Result<Loaded, Broken> {
    let bytes = fs::read(path).map_err(|error| Broken(error.to_string()))?;
    let file = File::new(bytes)?;
    let list = file.texts("tokenizer.ggml.tokens")?;
    let pieces = Pieces::new(list, file.texts("tokenizer.ggml.merges")?);
    let sign = |name| pieces.sign(name).ok_or_else(|| Broken(format!("it has no {name}")));
    let (begin, end) = (sign("<|im_start|>")?, sign("<|im_end|>")?);
    let over = pieces.sign("<|endoftext|>");
    let network = Llama::new(&file)?;
    let name = |at| format!("smollm2-{at}");
    let threads = ThreadPoolBuilder::new().num_threads(threads_max.max(1)).thread_name(name);
    let threads = threads.build().map_err(|error| Broken(error.to_string()))?;
    Ok(Loaded { network, pieces, begin, end, over, threads })
}

impl Loaded {
    fn prompt(&self, request: &ModelRequest) -> Vec<u32> {
        let mut prompt = Vec::new();
        for part in parts(&request.turns) {
            match part {
                Part::Begin => prompt.push(self.begin),
                Part::End => prompt.push(self.end),
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
    ) -> Result<ModelResponse, Refusal> {
        let room = CONTEXT_TOKENS_MAX.saturating_sub(prompt.len()).max(1);
        let tokens_max = usize::try_from(request.max_tokens).unwrap_or(usize::MAX).clamp(1, room);
        let (mut memory, mut scores) = (Memory::default(), Vec::new());
        for chunk in prompt.chunks(READ_TOKENS) {
            if !wanted() {
                return Err(failed(&"nobody waits for the answer any more"));
            }
            scores = self.network.read(chunk, &mut memory);
        }
        let mut chooser = Chooser::new(&request.options, request.seed);
        let mut growing = Growing::until(&request.options.stop);
        let (mut output_tokens, mut finish) = (0, Finish::Length);
        while output_tokens < tokens_max && wanted() {
            let next = u32::try_from(chooser.next(&scores)).unwrap_or_default();
            output_tokens += 1;
            let is_over = next == self.end || Some(next) == self.over;
            if is_over || !growing.push(self.pieces.bytes(next), told) {
                finish = Finish::Stop;
                break;
            }
            if output_tokens < tokens_max {
                scores = self.network.read(&[next], &mut memory);
            }
        }
        let count = |tokens: usize| u32::try_from(tokens).unwrap_or(u32::MAX);
        let (input_tokens, output_tokens) = (count(prompt.len()), count(output_tokens));
        Ok(ModelResponse {
            provider: LOCAL_PROVIDER.to_owned(),
            model: MODEL.to_owned(),
            text: growing.end(told),
            finish,
            usage: Usage { input_tokens, output_tokens, ..Usage::default() },
            ..ModelResponse::default()
        })
    }
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
        loaded.threads.install(|| loaded.answer(request, &prompt, told, wanted))
    }
}
