//! Commands that look and change nothing.

use std::collections::BTreeSet;

use contracts::Decision;
use contracts::kinds::synapse::answers::{Checked, Found, LayoutTold, SlideTold, Told};
use contracts::kinds::synapse::limits::{ANSWER_BYTES_MAX, FINDINGS_MAX};
use contracts::kinds::synapse::{CheckFit, Event, Read, Rejection};
use office::deck::{self, Content, Deck, Finding, Flaw, Role};
use serde_json::json;

use super::state::{Kept, same};
use super::work::{Work, odd};

type Decided = Result<Decision<Event>, Rejection>;

/// A grey dot, which stands where a picture is: the tenant's blobs are out of a kind's reach.
const GREY: &[u8] = include_bytes!("grey.png");

/// Measures texts.
pub(super) fn check(work: Work<'_>, input: &CheckFit) -> Decided {
    let state = &work.state;
    let slides: Vec<_> = match &input.slide {
        Some(id) => vec![work.slide(id)?.slide.clone()],
        None => state.slides.iter().map(|kept| kept.slide.clone()).collect(),
    };
    let count = u32::try_from(slides.len()).unwrap_or(u32::MAX);
    let deck = pictured(state.with(slides));
    let found = deck::check(&deck);
    let fits = !found.iter().any(|it| matches!(it.flaw, Flaw::Overflows { .. }));
    let more = found.len() > FINDINGS_MAX;
    let findings = found.into_iter().take(FINDINGS_MAX).map(told).collect();
    Ok(work.now(&Checked { fits, slides: count, findings, more }))
}

/// The deck with something where its pictures are.
pub(super) fn pictured(mut deck: Deck) -> Deck {
    let sources: BTreeSet<String> = deck
        .slides
        .iter()
        .flat_map(|slide| &slide.parts)
        .filter_map(|part| match &part.content {
            Content::Picture(picture) => Some(picture.source.clone()),
            _ => None,
        })
        .collect();
    deck.media.extend(sources.into_iter().map(|source| (source, GREY.to_vec())));
    deck
}

fn told(finding: Finding) -> Found {
    let part = finding.part.and_then(|part| u32::try_from(part).ok());
    let of = |flaw: &str| Found {
        slide: finding.slide.clone(),
        part,
        flaw: flaw.to_owned(),
        ..Found::default()
    };
    match finding.flaw {
        Flaw::Shrunk { percent } => Found { percent: Some(percent), ..of("shrunk") },
        Flaw::Overflows { points } => {
            let points = (f64::from(points) * 10.0).round() / 10.0;
            Found { points: Some(points), ..of("overflows") }
        }
        Flaw::Divided { words } => Found { words: Some(words as u64), ..of("divided") },
        Flaw::Outside => of("outside"),
        Flaw::Untitled => of("untitled"),
        Flaw::Empty => of("empty"),
        Flaw::Wordless => of("wordless"),
        Flaw::Undrawn { reason } => Found { reason: Some(reason), ..of("undrawn") },
        Flaw::Letters { count } => Found { count: Some(count), ..of("letters") },
    }
}

/// Tells the slides, or one of them.
pub(super) fn read(work: Work<'_>, input: &Read) -> Decided {
    let state = &work.state;
    let (slides, slide, svg) = match &input.slide {
        Some(id) => {
            let kept = work.slide(id)?;
            let number = state.position(id).unwrap_or_default();
            let svg = input.svg.then(|| drawn(state.with([kept.slide.clone()]), number));
            (vec![brief(&state.frame, kept)], same(&kept.slide), svg.transpose()?)
        }
        None => (state.slides.iter().map(|kept| brief(&state.frame, kept)).collect(), None, None),
    };
    let layout = |layout: &deck::Layout| LayoutTold {
        id: layout.id.clone(),
        name: layout.name.clone(),
        places: layout.places.iter().map(|place| (place.number, role(place.role))).collect(),
    };
    let told = Told {
        title: state.frame.title.clone(),
        theme: state.frame.theme.name.clone(),
        layouts: state.frame.layouts.iter().map(layout).collect(),
        slides,
        slide,
        svg,
    };
    if json!(told).to_string().len() > ANSWER_BYTES_MAX {
        return Err(Rejection::AnswerTooLarge);
    }
    Ok(work.now(&told))
}

/// The only slide of a deck as SVG, numbered as it is in its own deck.
fn drawn(deck: Deck, number: usize) -> Result<String, Rejection> {
    let mut deck = pictured(deck);
    let slide = deck.slides.pop().unwrap_or_default();
    deck.slides.resize(number, deck::Slide { layout: slide.layout.clone(), ..Default::default() });
    deck.slides.push(slide);
    deck::svg(&deck, number).map_err(|error| odd(error.to_string()))
}

fn role(role: Role) -> String {
    same(&role).unwrap_or_default()
}

fn brief(frame: &Deck, kept: &Kept) -> SlideTold {
    let slide = &kept.slide;
    let sort = |part: &deck::Part| part.content.sort().to_owned();
    SlideTold {
        id: slide.id.clone(),
        title: frame.title_of(slide),
        layout: slide.layout.clone(),
        parts: slide.parts.iter().map(sort).collect(),
        hidden: slide.hidden,
        changed: kept.changed.0,
    }
}
