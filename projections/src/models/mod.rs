//! The read models, a folder each.

pub mod chains;
pub mod commands;
pub mod effects;
pub mod heads;
pub mod knowledge;
pub mod memory;
pub mod messages;
pub mod personal;
pub mod timeline;
pub mod usage;

use std::sync::Arc;

use contracts::Pages;
use contracts::ports::Embedder;

use crate::model::ModelRef;

/// The read models that come with the program, in the order of their names: chains first, since
/// they say what the others leave out.
pub(crate) fn standard(pages: &Pages, embedder: Arc<dyn Embedder>) -> Vec<ModelRef> {
    vec![
        ModelRef::of(chains::Chains),
        ModelRef::of(commands::Commands),
        ModelRef::of(effects::Effects),
        ModelRef::of(heads::Heads::new(pages.clone())),
        ModelRef::of(knowledge::Knowledge),
        ModelRef::of(memory::Memory { embedder }),
        ModelRef::of(messages::Messages),
        ModelRef::of(personal::Personal),
        ModelRef::of(timeline::Timeline),
        ModelRef::of(usage::Usage),
    ]
}
