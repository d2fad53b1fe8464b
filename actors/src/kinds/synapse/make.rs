//! Slides from planned ones, by rule.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::answers::{GraphEdge, GraphNode, LayoutGraph, Made, MadeSlide};
use contracts::kinds::synapse::limits::{
    CARD_BYTES_MAX, POINTS_MAX, STORYBOARD_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::synapse::{Card, Event, Rejection, SlideMake, SlideType, StoryboardMade};
use office::deck::{Content, Paragraph, Part, Sign, Slide};
use unicode_segmentation::UnicodeSegmentation as _;

use super::place;
use super::state::State;
use super::work::{Work, done, odd};

/// Makes slides of a plan: the one that is given, or the one that the deck keeps.
pub(super) fn slide_make(
    mut work: Work<'_>,
    input: &SlideMake,
) -> Result<Decision<Event>, Rejection> {
    let given = input.storyboard.as_deref();
    let check = Check::new().text_opt("topic", input.topic.as_ref(), TITLE_BYTES_MAX).ensure(
        given.is_none_or(|cards| !cards.is_empty()),
        "storyboard",
        "plans no slides",
    );
    done(given.into_iter().fold(check, said))?;
    let kept = || (!work.state.storyboard.is_empty()).then(|| work.state.storyboard.clone());
    let cards = input.storyboard.clone().or_else(kept);
    let cards = cards.ok_or(Rejection::StoryboardMissing)?;
    work.begin(|| input.topic.clone().or_else(|| cards.first().map(|card| card.title.clone())));
    if input.storyboard.is_some() && cards != work.state.storyboard {
        let made = StoryboardMade { storyboard: cards.clone(), generated_by: None };
        work.happen(Event::StoryboardMade(made));
    }
    let planned_by = work.state.planned_by.clone();
    let mut made = Vec::with_capacity(cards.len());
    let mut speaker_notes = Vec::with_capacity(cards.len());
    for card in &cards {
        let id = work.free_id();
        let slide = slide(&work.state, card, id.clone())?;
        let (title, slide_type) = (card.title.clone(), card.slide_type);
        made.push(MadeSlide { id, title, content: points(card), slide_type });
        speaker_notes.push(card.description.clone());
        let after = work.after(None)?;
        work.add(&slide, after, planned_by.clone())?;
    }
    let layout_graph = graph(&work.state);
    Ok(work.now(&Made { slides: made, speaker_notes, layout_graph }))
}

/// Checks planned slides.
pub(super) fn said(check: Check, cards: &[Card]) -> Check {
    let check = check.items("storyboard", cards.len(), STORYBOARD_MAX);
    cards.iter().take(STORYBOARD_MAX).enumerate().fold(check, |check, (at, card)| {
        let at = format!("storyboard[{at}]");
        let check = check
            .text(format!("{at}.title"), &card.title, TITLE_BYTES_MAX)
            .body(format!("{at}.description"), &card.description, CARD_BYTES_MAX)
            .items(format!("{at}.points"), card.points.len(), POINTS_MAX);
        card.points.iter().take(POINTS_MAX).enumerate().fold(check, |check, (point, text)| {
            check.text(format!("{at}.points[{point}]"), text, CARD_BYTES_MAX)
        })
    })
}

/// What a slide says: its points, or else the sentences of its description.
fn points(card: &Card) -> Vec<String> {
    if !card.points.is_empty() {
        return card.points.clone();
    }
    let own = |sentence: &str| sentence.trim().to_owned();
    card.description.unicode_sentences().map(own).filter(|it| !it.is_empty()).collect()
}

/// The slide of a planned one.
fn slide(state: &State, card: &Card, id: String) -> Result<Slide, Rejection> {
    let wanted: &[&str] = match card.slide_type {
        SlideType::Title => &["title"],
        SlideType::Image => &["picture", "two_columns"],
        SlideType::Data => &["two_columns", "chart"],
        SlideType::Content | SlideType::Conclusion => &["title_and_content"],
    };
    let layout = place::layout(&state.frame, wanted);
    let layout = layout.ok_or_else(|| odd("the deck has no layouts"))?;
    let mut slide = Slide { id, layout: layout.id.clone(), ..Slide::default() };
    let put = |slide: &mut Slide, place: Option<u32>, words: Vec<Paragraph>| {
        if !words.is_empty() && place.is_some() {
            slide.parts.push(Part { place, area: None, content: Content::Text(words) });
        }
    };
    let title = layout.title().map(|place| place.number);
    put(&mut slide, title, vec![Paragraph::plain(&card.title)]);
    let opening = card.slide_type == SlideType::Title;
    let sign = if opening { Sign::Own } else { Sign::Bullet };
    let point = |text: String| Paragraph { sign, ..Paragraph::plain(&text) };
    let said: Vec<_> = points(card).into_iter().map(point).collect();
    let place = place::free(layout, &slide, &Content::Text(Vec::new()));
    put(&mut slide, place, said);
    if !card.description.trim().is_empty() {
        slide.notes = card.description.trim().lines().map(Paragraph::plain).collect();
    }
    Ok(slide)
}

/// The order of the slides.
fn graph(state: &State) -> LayoutGraph {
    let ids: Vec<&String> = state.slides.iter().map(|kept| &kept.slide.id).collect();
    let node = |(position, id): (u32, &&String)| GraphNode { id: (*id).clone(), position };
    let edge = |pair: &[&String]| GraphEdge { from: pair[0].clone(), to: pair[1].clone() };
    LayoutGraph {
        nodes: (0..).zip(&ids).map(node).collect(),
        edges: ids.windows(2).map(edge).collect(),
    }
}
