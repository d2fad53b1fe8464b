//! Data as charts, diagrams and tables.

mod data;
mod draw;
mod graph;
mod words;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::answers::{Visualized, Viz, VizConfig};
use contracts::kinds::synapse::limits::{DATA_BYTES_MAX, PLACE_MAX, TITLE_BYTES_MAX};
use contracts::kinds::synapse::{Event, GivenPart, Rejection, SlideEdited, ThemeName, Visualize};
use office::deck::{self, Deck, Part, Slide};
use serde_json::Value;

use super::edit::Editing;
use super::state::frame;
use super::work::{Work, done, ensure_sound, odd};

/// Numbers in rows.
#[derive(Debug, Clone, Default, PartialEq)]
struct Numbers {
    /// What the places along the lower axis are called.
    categories: Vec<String>,
    /// The rows.
    series: Vec<deck::Series>,
}

/// What is to be drawn.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// Numbers.
    Numbers(Numbers),
    /// Cells, the first row of which names the columns.
    Rows(Vec<String>, Vec<Vec<Value>>),
    /// Boxes and arrows.
    Graph(deck::Diagram),
}

/// Draws data, and puts the drawing on a slide where one is named.
pub(super) fn visualize(
    mut work: Work<'_>,
    input: &Visualize,
) -> Result<Decision<Event>, Rejection> {
    done(check(input))?;
    let shape = match (&input.data, &input.description) {
        (Some(data), _) => data::shape(data),
        (None, Some(words)) => words::shape(words),
        (None, None) => Err("nothing was given".to_owned()),
    };
    let nothing = |reason| Rejection::NothingToDraw { reason };
    let drawn = shape.and_then(|shape| draw::drawn(shape, input)).map_err(nothing)?;
    let mut told = Visualized {
        viz: Viz {
            r#type: drawn.r#type,
            data: drawn.data,
            labels: drawn.labels,
            config: VizConfig {
                title: input.title.clone().unwrap_or_default(),
                x_label: input.x_label.clone().unwrap_or_default(),
                y_label: input.y_label.clone().unwrap_or_default(),
            },
        },
        svg: svg(&work, drawn.content.clone())?,
        alt: drawn.alt,
        slide: None,
        part: None,
    };
    if let Some(id) = &input.slide {
        if work.state.created.is_none() {
            return Err(Rejection::NotFound);
        }
        let old = work.slide(id)?;
        let mut editing = Editing::of(&work.state.frame, old.slide.clone());
        let part = editing.content_at(drawn.content, input.place, &GivenPart::default())?;
        editing.sound()?;
        let same = editing.slide == old.slide;
        let changes = editing.changes;
        if !same {
            let slide = id.clone();
            work.happen(Event::SlideEdited(SlideEdited { slide, changes, hidden: None }));
            work.room()?;
        }
        (told.slide, told.part) = (Some(id.clone()), Some(part));
    }
    Ok(work.now(&told))
}

fn check(input: &Visualize) -> Check {
    let one = input.data.is_some() != input.description.is_some();
    let bytes = input.data.as_ref().map_or(0, |data| data.to_string().len());
    let size = format!("has {bytes} bytes of JSON; {DATA_BYTES_MAX} are allowed");
    Check::new()
        .ensure(one, "data", "data or description is needed")
        .ensure(bytes <= DATA_BYTES_MAX, "data", size)
        .text_opt("description", input.description.as_ref(), DATA_BYTES_MAX)
        .text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX)
        .text_opt("x_label", input.x_label.as_ref(), TITLE_BYTES_MAX)
        .text_opt("y_label", input.y_label.as_ref(), TITLE_BYTES_MAX)
        .text_opt("alt", input.alt.as_ref(), TITLE_BYTES_MAX)
        .ensure(input.place.is_none_or(|it| it <= PLACE_MAX), "place", "is none")
}

/// The drawing alone, in the colours of the deck.
fn svg(work: &Work<'_>, content: deck::Content) -> Result<String, Rejection> {
    let house = frame(None, ThemeName::default());
    let begun = work.state.created.is_some();
    let theme = if begun { work.state.frame.theme.clone() } else { house.theme.clone() };
    let part = Part { place: None, area: Some(deck::Area::points(48, 48, 864, 444)), content };
    let slide = Slide {
        id: "drawing".to_owned(),
        layout: "blank".to_owned(),
        parts: vec![part],
        ..Slide::default()
    };
    let alone = Deck { theme, ..house };
    ensure_sound(&alone, &slide)?;
    let alone = Deck { slides: vec![slide], ..alone };
    deck::svg(&alone, 0).map_err(|error| odd(error.to_string()))
}
