//! What keeps a deck from being shown well: texts that are too long for their boxes, slides without
//! a title, pictures that nobody can hear.

use std::collections::BTreeSet;

use serde::Serialize;

use super::model::{Content, Deck, Paragraph, Slide};
use super::scene::{Fit, scene};
use crate::document::pdf::font::Shaper;
use crate::document::pdf::tag::Tags;

/// Something that keeps a deck from being shown well.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The id of the slide.
    pub slide: String,
    /// The place of the part in the slide, from 0; none where it is the slide itself.
    pub part: Option<usize>,
    /// What it is.
    #[serde(flatten)]
    pub flaw: Flaw,
}

/// A flaw.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
pub enum Flaw {
    /// A text fits with smaller letters than its place says, and is drawn with them.
    Shrunk {
        /// How large they are, in hundredths of what they should be.
        percent: u32,
    },
    /// A text, a table or a label does not fit even with the smallest letters that it may have.
    Overflows {
        /// How much higher than its box it is, in points.
        points: f32,
    },
    /// Words are wider than their line and are divided between any two letters.
    Divided {
        /// How many.
        words: usize,
    },
    /// Something reaches over the edge of the slide.
    Outside,
    /// The slide has no title.
    Untitled,
    /// Nothing is on the slide.
    Empty,
    /// A picture, chart or diagram has no words for who cannot see it.
    Wordless,
    /// A picture is not there, or a chart has nothing to draw.
    Undrawn {
        /// Which picture, or why.
        reason: String,
    },
    /// Letters that no font of the program has; how wide they are is guessed.
    Letters {
        /// How many.
        count: u64,
    },
}

/// All that keeps a deck from being shown well, slide by slide.
#[must_use]
pub fn check(deck: &Deck) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, slide) in deck.slides.iter().enumerate() {
        of_slide(deck, slide, number, &mut found);
    }
    found
}

fn of_slide(deck: &Deck, slide: &Slide, number: usize, found: &mut Vec<Finding>) {
    let mut shaper = Shaper::default();
    let scene = scene(deck, slide, number, &mut shaper, &mut Tags::default());
    let mut add = |part: Option<usize>, flaw: Flaw| {
        found.push(Finding { slide: slide.id.clone(), part, flaw });
    };
    if slide.parts.is_empty() {
        add(None, Flaw::Empty);
    }
    let layout = deck.layout(&slide.layout);
    let title = layout.and_then(|layout| layout.title());
    let titled = slide.parts.iter().any(|part| {
        let said = matches!(&part.content, Content::Text(words) if says(words));
        said && part.place.is_some() && part.place == title.map(|title| title.number)
    });
    if title.is_some() && !titled {
        add(None, Flaw::Untitled);
    }
    let undrawn: BTreeSet<usize> = scene.undrawn.iter().map(|(part, _)| *part).collect();
    for (at, reason) in scene.undrawn {
        add(Some(at), Flaw::Undrawn { reason });
    }
    for (at, (part, fit)) in slide.parts.iter().zip(&scene.fits).enumerate() {
        let place = part.place.and_then(|number| layout?.place(number));
        let Fit { percent, over, split, .. } = *fit;
        if over > 0.0 {
            add(Some(at), Flaw::Overflows { points: (over * 10.0).ceil() / 10.0 });
        } else if percent < 100 {
            add(Some(at), Flaw::Shrunk { percent });
        }
        if split > 0 {
            add(Some(at), Flaw::Divided { words: split });
        }
        let area = super::scene::area(part, place);
        let (right, bottom) = (area.x + area.wide, area.y + area.high);
        if area.x < 0 || area.y < 0 || right > deck.size.wide || bottom > deck.size.high {
            add(Some(at), Flaw::Outside);
        }
        let alt = match &part.content {
            Content::Picture(picture) => Some(&picture.alt),
            Content::Chart(chart) => Some(&chart.alt),
            Content::Diagram(diagram) => Some(&diagram.alt),
            Content::Text(_) | Content::Table(_) => None,
        };
        if alt.is_some_and(|alt| alt.trim().is_empty()) && !undrawn.contains(&at) {
            add(Some(at), Flaw::Wordless);
        }
    }
    let count = shaper.losses.count("letters");
    if count > 0 {
        add(None, Flaw::Letters { count });
    }
}

/// Whether paragraphs say anything.
pub(super) fn says(words: &[Paragraph]) -> bool {
    words.iter().any(|paragraph| !paragraph.text().trim().is_empty())
}
