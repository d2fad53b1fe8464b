//! Tables of numbers in blocks of 32, each with a scale of its own, and how they are multiplied:
//! in whole numbers within a block.

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

/// Numbers of a block.
pub const BLOCK: usize = 32;
/// Rows that one thread multiplies before it takes the next ones.
const ROWS: usize = 64;

/// 32 numbers: each is `value * scale + least`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// What a value counts.
    pub scale: f32,
    /// The number that 0 stands for.
    pub least: f32,
    /// The values.
    pub values: [i8; BLOCK],
}

/// A table.
#[derive(Debug)]
pub struct Matrix {
    columns: usize,
    blocks: Vec<Block>,
}

/// 32 numbers that a table is multiplied with, and their sum. They have twice the bits of the
/// table's: with as few as those the likeliest of two near words is often the wrong one.
#[derive(Debug, Clone, Copy)]
struct Rounded {
    scale: f32,
    sum: f32,
    values: [i16; BLOCK],
}

/// What the largest number of a block becomes.
const LARGEST: f32 = 32_767.0;

impl Matrix {
    /// A table with rows of `columns` numbers, a multiple of [`BLOCK`], row after row.
    #[must_use]
    pub const fn new(columns: usize, blocks: Vec<Block>) -> Self {
        Self { columns, blocks }
    }

    /// How many rows it has.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.blocks.len() * BLOCK / self.columns
    }

    /// A row.
    pub fn row(&self, at: usize) -> impl Iterator<Item = f32> {
        let length = self.columns / BLOCK;
        let blocks = self.blocks.iter().skip(at * length).take(length);
        blocks.flat_map(|block| {
            block.values.iter().map(|value| f32::from(*value) * block.scale + block.least)
        })
    }

    /// The product with each of `count` vectors, which stand one after the other; so do the
    /// products. Each number is the same whatever stands beside it and however many threads there
    /// are.
    #[must_use]
    pub fn times(&self, vectors: &[f32], count: usize) -> Vec<f32> {
        let rounded: Vec<Rounded> = vectors.as_chunks::<BLOCK>().0.iter().map(round).collect();
        let (length, rows) = (self.columns / BLOCK, self.rows());
        let mut products = vec![0.0; rows * count];
        products.par_chunks_mut(ROWS * count).enumerate().for_each(|(chunk, products)| {
            for (at, products) in products.chunks_mut(count).enumerate() {
                let row = &self.blocks[(chunk * ROWS + at) * length..][..length];
                for (product, vector) in products.iter_mut().zip(rounded.chunks_exact(length)) {
                    *product = dot(row, vector);
                }
            }
        });
        if count == 1 {
            return products;
        }
        let mut turned = vec![0.0; rows * count];
        for (row, of_row) in products.chunks_exact(count).enumerate() {
            for (vector, product) in of_row.iter().enumerate() {
                turned[vector * rows + row] = *product;
            }
        }
        turned
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounded to at most 32767")]
fn round(numbers: &[f32; BLOCK]) -> Rounded {
    let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    let scale = largest / LARGEST;
    let times = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    let mut values = [0_i16; BLOCK];
    let mut sum = 0_i32;
    for (value, number) in values.iter_mut().zip(numbers) {
        *value = (number * times).round() as i16;
        sum += i32::from(*value);
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 32 * 32767")]
    Rounded { scale, sum: sum as f32 * scale, values }
}

fn dot(row: &[Block], vector: &[Rounded]) -> f32 {
    let mut total = 0.0;
    for (block, rounded) in row.iter().zip(vector) {
        let mut sum = 0_i32;
        for at in 0..BLOCK {
            sum += i32::from(block.values[at]) * i32::from(rounded.values[at]);
        }
        #[expect(clippy::cast_precision_loss, reason = "27 bits of which 24 count")]
        let sum = sum as f32;
        total += sum * block.scale * rounded.scale + block.least * rounded.sum;
    }
    total
}
