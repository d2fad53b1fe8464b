//! Slides that come from a file.

use contracts::Decision;
use contracts::ids::is_token;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::answers::Loaded;
use contracts::kinds::synapse::limits::{
    DESIGN_BYTES_MAX, LOAD_BYTES_MAX, LOAD_SLIDES_MAX, SLIDE_ID_BYTES_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::synapse::{Created, DesignTaken, Event, Load, Rejection, ThemeName};
use office::deck::{Deck, Limits, Slide};
use serde_json::{Value, json};

use super::state::same;
use super::work::{Work, done, odd};
use super::{arrange, evolve, place};

/// Adds what a file holds; begins the deck when it has not.
pub(super) fn load(mut work: Work<'_>, input: &Load) -> Result<Decision<Event>, Rejection> {
    let design = Value::Object(input.design.clone()).to_string();
    let slides = json!(input.slides).to_string();
    let size = format!("have {} bytes; {LOAD_BYTES_MAX} are allowed", slides.len());
    done(
        Check::new()
            .text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX)
            .items("slides", input.slides.len(), LOAD_SLIDES_MAX)
            .ensure(slides.len() <= LOAD_BYTES_MAX, "slides", size)
            .body("design", &design, DESIGN_BYTES_MAX),
    )?;
    let begins = work.state.created.is_none();
    if begins {
        let (title, theme) = (input.title.clone(), ThemeName::default());
        work.happen(Event::Created(Created { title, theme }));
    }
    if begins && !input.design.is_empty() {
        designed(&work.state.frame, input)?;
        work.happen(Event::DesignTaken(DesignTaken { design: input.design.clone() }));
    }
    let mut loaded = Vec::with_capacity(input.slides.len());
    for given in &input.slides {
        let mut slide: Slide = same(given).ok_or_else(|| odd("a number of it is none"))?;
        let token = is_token(&slide.id) && slide.id.len() <= SLIDE_ID_BYTES_MAX;
        if !token || work.state.position(&slide.id).is_some() {
            slide.id = work.free_id();
        }
        let frame = &work.state.frame;
        if frame.layout(&slide.layout).is_none() {
            let other = place::layout(frame, &["title_and_content"]);
            let other = other.ok_or_else(|| odd("the deck has no layouts"))?.id.clone();
            slide = arrange::laid_out(frame, &slide, &other).0;
        }
        loaded.push(slide.id.clone());
        let after = work.after(None)?;
        work.add(&slide, after, None)?;
    }
    let (title, slides) = (work.state.frame.title.clone(), work.slides(0));
    Ok(work.now(&Loaded { title, loaded, slides }))
}

/// Says whether a deck can look so.
fn designed(frame: &Deck, input: &Load) -> Result<(), Rejection> {
    let known = |name: &String| evolve::DESIGN.contains(&name.as_str());
    let all = input.design.keys().all(known);
    done(Check::new().ensure(all, "design", "has size, theme, master and layouts"))?;
    let deck = evolve::designed(frame, &input.design);
    let deck = deck.ok_or_else(|| odd("its design cannot be read"))?;
    Limits::default().hold(&deck).map_err(|error| odd(error.to_string()))
}
