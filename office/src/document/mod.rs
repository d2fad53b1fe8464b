//! A text document: its blocks and what stands in them, and the files it comes from and goes to.

mod columns;
mod diff;
mod docx;
mod file;
mod html;
mod markdown;
mod model;
pub(crate) mod pdf;
pub(crate) mod picture;
mod settle;
mod text;

#[cfg(test)]
mod tests;

pub use diff::{Change as Passage, Diff, Part, What, diff};
pub use file::{Error, Format, Limits, Meta, read, write};
pub use model::{
    Aligned, BLOB, Block, Change, Comment, Document, Image, Inline, Item, Manner, Raised, Source,
    Table, headings, leads, plain, push, reference,
};
pub use picture::{inlined, is_shown};
pub use settle::Settled;
