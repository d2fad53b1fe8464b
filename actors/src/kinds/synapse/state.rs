//! What a deck is.
//!
//! The runtime copies the state for each command that it tries, so that what is large stands
//! behind `Arc` and a copy is cheap.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::synapse::{Card, ThemeName};
use contracts::{CommandId, Revision, Timestamp};
use office::deck::{Deck, Slide, Theme};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a fold of the events leads to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When the deck began; none = it has not, though a storyboard may have been asked for.
    pub created: Option<Timestamp>,
    /// Its title, size, theme, master and layouts, without a slide.
    pub frame: Arc<Deck>,
    /// Its slides, in order.
    pub slides: Vec<Arc<Kept>>,
    /// The planned slides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storyboard: Vec<Card>,
    /// Who planned them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_by: Option<GeneratedBy>,
    /// The revision that last changed the deck itself.
    pub version: Revision,
    /// Commands that wait for a model.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: BTreeMap<CommandId, Waiting>,
}

/// A slide as kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The slide.
    pub slide: Slide,
    /// Who planned it; none = a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
    /// The revision that last changed it.
    pub changed: Revision,
    /// How large it is, in bytes of JSON.
    pub bytes: usize,
}

/// A command that waits for a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The command's name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
}

impl State {
    /// The slide of this id.
    #[must_use]
    pub fn slide(&self, id: &str) -> Option<&Kept> {
        self.position(id).map(|at| &*self.slides[at])
    }

    /// Where the slide of this id stands, from 0.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.slides.iter().position(|kept| kept.slide.id == id)
    }

    /// Bytes of all slides.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.slides.iter().map(|kept| kept.bytes).sum()
    }

    /// The deck with all its slides and without its pictures.
    #[must_use]
    pub fn deck(&self) -> Deck {
        self.with(self.slides.iter().map(|kept| kept.slide.clone()))
    }

    /// The deck with these slides alone.
    #[must_use]
    pub fn with(&self, slides: impl IntoIterator<Item = Slide>) -> Deck {
        Deck { slides: slides.into_iter().collect(), ..(*self.frame).clone() }
    }
}

/// A deck that looks as the house's do.
#[must_use]
pub(super) fn frame(title: Option<String>, theme: ThemeName) -> Deck {
    Deck::new(title, Theme::named(theme.as_str()).unwrap_or_default())
}

/// The same in the other of two types that are written alike; none where they are not.
#[must_use]
pub(super) fn same<T: DeserializeOwned>(of: &impl Serialize) -> Option<T> {
    contracts::read::from_value(json!(of)).ok()
}
