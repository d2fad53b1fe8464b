//! The network: layers of attention and of gates, as the llama family has them.

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::gguf::{Broken, File};
use super::matrix::Matrix;

/// The network's numbers.
#[derive(Debug)]
pub struct Llama {
    embedding: Matrix,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    shape: Shape,
}

/// How large its parts are.
#[derive(Debug, Clone, Copy)]
struct Shape {
    width: usize,
    heads: usize,
    /// Several heads look at the same keys and values.
    kept_heads: usize,
    head: usize,
    base: f32,
    epsilon: f32,
}

#[derive(Debug)]
struct Layer {
    attention_norm: Vec<f32>,
    query: Matrix,
    key: Matrix,
    value: Matrix,
    attended: Matrix,
    gate_norm: Vec<f32>,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

/// What was read so far: keys and values of each layer, token by token.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    layers: Vec<(Vec<f32>, Vec<f32>)>,
    tokens: usize,
}

impl Llama {
    /// The network of a file.
    ///
    /// # Errors
    /// What the file lacks.
    #[expect(clippy::cast_possible_truncation, reason = "numbers of a float's precision")]
    pub fn new(file: &File) -> Result<Self, Broken> {
        let width = file.count("llama.embedding_length")?;
        let heads = file.count("llama.attention.head_count")?;
        let kept_heads = file.count("llama.attention.head_count_kv")?;
        if !width.is_multiple_of(heads)
            || !heads.is_multiple_of(kept_heads)
            || !(width / heads).is_multiple_of(8)
        {
            return Err(Broken("its heads do not fit".to_owned()));
        }
        let shape = Shape {
            width,
            heads,
            kept_heads,
            head: width / heads,
            base: file.number("llama.rope.freq_base")? as f32,
            epsilon: file.number("llama.attention.layer_norm_rms_epsilon")? as f32,
        };
        let inner = file.count("llama.feed_forward_length")?;
        let layer = |at: usize| {
            let name = |part: &str| format!("blk.{at}.{part}.weight");
            let matrix = |part: &str, columns: usize| file.matrix(&name(part), columns);
            Ok(Layer {
                attention_norm: file.floats(&name("attn_norm"))?,
                query: matrix("attn_q", width)?,
                key: matrix("attn_k", width)?,
                value: matrix("attn_v", width)?,
                attended: matrix("attn_output", width)?,
                gate_norm: file.floats(&name("ffn_norm"))?,
                gate: matrix("ffn_gate", width)?,
                up: matrix("ffn_up", width)?,
                down: matrix("ffn_down", inner)?,
            })
        };
        let layers = (0..file.count("llama.block_count")?).map(layer);
        Ok(Self {
            embedding: file.matrix("token_embd.weight", width)?,
            layers: layers.collect::<Result<_, Broken>>()?,
            norm: file.floats("output_norm.weight")?,
            shape,
        })
    }

    /// Reads more tokens, and says how likely each token is to follow the last of them.
    #[must_use]
    pub fn read(&self, tokens: &[u32], memory: &mut Memory) -> Vec<f32> {
        let (shape, count) = (self.shape, tokens.len());
        memory.layers.resize_with(self.layers.len(), Default::default);
        let rows = self.embedding.rows();
        let mut state: Vec<f32> = Vec::with_capacity(count * shape.width);
        for token in tokens {
            state.extend(self.embedding.row((*token as usize).min(rows.saturating_sub(1))));
        }
        for (layer, kept) in self.layers.iter().zip(&mut memory.layers) {
            let normed = shape.normed(&state, &layer.attention_norm);
            let attended = layer.attend(shape, &normed, (memory.tokens, count), kept);
            add(&mut state, &layer.attended.times(&attended, count));
            let normed = shape.normed(&state, &layer.gate_norm);
            let mut gate = layer.gate.times(&normed, count);
            for (gate, up) in gate.iter_mut().zip(layer.up.times(&normed, count)) {
                *gate = *gate / (1.0 + (-*gate).exp()) * up;
            }
            add(&mut state, &layer.down.times(&gate, count));
        }
        memory.tokens += count;
        let last = &state[state.len().saturating_sub(shape.width)..];
        self.embedding.times(&shape.normed(last, &self.norm), 1)
    }
}

fn add(state: &mut [f32], more: &[f32]) {
    for (number, more) in state.iter_mut().zip(more) {
        *number += more;
    }
}

/// The sum of the products of pairs, in eight sums that are added at the end: one after the other
/// would be waited for.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    for (one, other) in one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0) {
        for at in 0..8 {
            sums[at] += one[at] * other[at];
        }
    }
    sums.iter().sum()
}

impl Shape {
    /// Each vector at the same length, weighed.
    fn normed(&self, state: &[f32], weights: &[f32]) -> Vec<f32> {
        let mut normed = Vec::with_capacity(state.len());
        for vector in state.chunks_exact(self.width) {
            let squares: f32 = vector.iter().map(|number| number * number).sum();
            #[expect(clippy::cast_precision_loss, reason = "a width is small")]
            let scale = 1.0 / (squares / self.width as f32 + self.epsilon).sqrt();
            normed
                .extend(vector.iter().zip(weights).map(|(number, weight)| number * scale * weight));
        }
        normed
    }

    /// Turns the pairs of each head by the place of its token.
    fn turn(&self, vectors: &mut [f32], width: usize, first: usize) {
        for (at, vector) in vectors.chunks_exact_mut(width).enumerate() {
            for (pair, numbers) in vector.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                let step = (pair % (self.head / 2)) * 2;
                #[expect(clippy::cast_precision_loss, reason = "places are small")]
                let angle = (first + at) as f32 / self.base.powf(step as f32 / self.head as f32);
                let (sine, cosine) = angle.sin_cos();
                let [one, other] = *numbers;
                *numbers = [one * cosine - other * sine, one * sine + other * cosine];
            }
        }
    }
}

impl Layer {
    /// What each token takes from those up to it.
    fn attend(
        &self,
        shape: Shape,
        normed: &[f32],
        (first, count): (usize, usize),
        (keys, values): &mut (Vec<f32>, Vec<f32>),
    ) -> Vec<f32> {
        let (head, kept_width) = (shape.head, shape.kept_heads * shape.head);
        let mut queries = self.query.times(normed, count);
        let mut fresh = self.key.times(normed, count);
        shape.turn(&mut queries, shape.width, first);
        shape.turn(&mut fresh, kept_width, first);
        keys.extend(fresh);
        values.extend(self.value.times(normed, count));
        #[expect(clippy::cast_precision_loss, reason = "a head is small")]
        let scale = 1.0 / (head as f32).sqrt();
        let mut attended = vec![0.0; count * shape.width];
        let (keys, values) = (&*keys, &*values);
        attended.par_chunks_mut(head).enumerate().for_each(|(at, taken)| {
            let query = &queries[at * head..][..head];
            let upto = first + at / shape.heads + 1;
            let kept = (at % shape.heads) / (shape.heads / shape.kept_heads) * head;
            let of = |all: &'_ [f32], token: usize| token * kept_width + kept..all.len();
            let mut shares = Vec::with_capacity(upto);
            for token in 0..upto {
                shares.push(dot(query, &keys[of(keys, token)][..head]) * scale);
            }
            let top = shares.iter().fold(f32::NEG_INFINITY, |top, share| top.max(*share));
            let mut sum = 0.0;
            for share in &mut shares {
                *share = (*share - top).exp();
                sum += *share;
            }
            for (token, share) in shares.iter().enumerate() {
                let (value, share) = (&values[of(values, token)][..head], share / sum);
                for (number, value) in taken.iter_mut().zip(value) {
                    *number += share * value;
                }
            }
        });
        attended
    }
}
