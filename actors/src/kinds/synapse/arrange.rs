//! Commands that begin a deck, put its slides in order and say how they look.

use std::collections::BTreeMap;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::limits::TITLE_BYTES_MAX;
use contracts::kinds::synapse::{
    Create, Created, Event, LaidOut, Layout, PartMoved, Place, Rejection, Rename, Renamed,
    SetTheme, SlideMove, SlideMoved, SlideRemove, SlideRemoved, ThemeSet,
};
use office::deck::{Deck, Slide, Theme};

use super::state::same;
use super::work::{Work, done, ensure_sound, odd};
use super::{evolve, place};

type Decided = Result<Decision<Event>, Rejection>;

/// Begins a deck.
pub(super) fn create(mut work: Work<'_>, input: &Create) -> Decided {
    if work.state.created.is_some() {
        return Err(Rejection::Exists);
    }
    done(Check::new().text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX))?;
    let (title, theme) = (input.title.clone(), input.theme);
    work.happen(Event::Created(Created { title, theme }));
    Ok(work.about())
}

/// Changes the title.
pub(super) fn rename(mut work: Work<'_>, input: &Rename) -> Decided {
    done(Check::new().text("title", &input.title, TITLE_BYTES_MAX))?;
    if work.state.frame.title.as_ref() != Some(&input.title) {
        work.happen(Event::Renamed(Renamed { title: input.title.clone() }));
    }
    Ok(work.about())
}

/// Changes colours and fonts.
pub(super) fn theme(mut work: Work<'_>, input: &SetTheme) -> Decided {
    let one = input.name.is_some() != input.own.is_some();
    let mut check = Check::new().ensure(one, "name", "name or own is needed");
    if let Some(own) = &input.own {
        for (name, color) in own.colors.named() {
            let digits = color.bytes().all(|it| matches!(it, b'0'..=b'9' | b'A'..=b'F'));
            let field = format!("own.colors.{name}");
            check = check.ensure(color.len() == 6 && digits, field, "is six digits from 0 to F");
        }
        check = check
            .text("own.name", &own.name, TITLE_BYTES_MAX)
            .text("own.heading_font", &own.heading_font, TITLE_BYTES_MAX)
            .text("own.body_font", &own.body_font, TITLE_BYTES_MAX);
    }
    done(check)?;
    let named = input.name.and_then(|name| Theme::named(name.as_str()));
    let theme: Option<Theme> = named.or_else(|| same(input.own.as_ref()?));
    let theme = theme.ok_or_else(|| odd("it has no JSON"))?;
    if work.state.frame.theme != theme {
        let theme = same(&theme).ok_or_else(|| odd("it has no JSON"))?;
        work.happen(Event::ThemeSet(ThemeSet { theme }));
    }
    Ok(work.about())
}

/// Moves a slide.
pub(super) fn slide_move(mut work: Work<'_>, input: &SlideMove) -> Decided {
    let slide = work.slide(&input.slide)?.slide.id.clone();
    let place = match &input.after {
        Some(after) => {
            done(Check::new().ensure(*after != slide, "after", "is the slide itself"))?;
            work.after(Some(after))?
        }
        None => Place::First,
    };
    let at = work.state.position(&slide);
    let stays = match &place {
        Place::First => at == Some(0),
        Place::After(before) => at.is_some() && at == work.state.position(before).map(|it| it + 1),
    };
    if !stays {
        work.happen(Event::SlideMoved(SlideMoved { slide: slide.clone(), place }));
    }
    Ok(work.arranged(slide, BTreeMap::new()))
}

/// Removes a slide.
pub(super) fn slide_remove(mut work: Work<'_>, input: &SlideRemove) -> Decided {
    let slide = work.slide_as_read(&input.slide, input.base)?.slide.id.clone();
    let slides = work.slides(0).saturating_sub(1);
    work.happen(Event::SlideRemoved(SlideRemoved { slide: slide.clone(), slides }));
    Ok(work.arranged(slide, BTreeMap::new()))
}

/// Lays a slide out in another way.
pub(super) fn layout(mut work: Work<'_>, input: &Layout) -> Decided {
    let old = &work.slide(&input.slide)?.slide;
    let missing = || Rejection::LayoutNotFound { layout: input.layout.clone() };
    work.state.frame.layout(&input.layout).ok_or_else(missing)?;
    let (slide, moved) = laid_out(&work.state.frame, old, &input.layout);
    ensure_sound(&work.state.frame, &slide)?;
    if slide != *old {
        let (slide, layout) = (input.slide.clone(), input.layout.clone());
        work.happen(Event::LaidOut(LaidOut { slide, layout, moved }));
    }
    Ok(work.arranged(input.slide.clone(), BTreeMap::new()))
}

/// The slide in another layout. What stands in a place that the layout has not goes to a free one
/// that is meant for such things; where there is none it keeps its box.
pub(super) fn laid_out(deck: &Deck, old: &Slide, layout: &str) -> (Slide, Vec<PartMoved>) {
    let mut slide = Slide { layout: layout.to_owned(), ..old.clone() };
    let (before, Some(layout)) = (deck.layout(&old.layout), deck.layout(layout)) else {
        return (slide, Vec::new());
    };
    let stays = |number: u32| {
        let role = before.and_then(|before| before.place(number)).map(|place| place.role);
        layout.place(number).is_some_and(|place| role.is_none_or(|role| role == place.role))
    };
    let leaves = |part: &office::deck::Part| part.place.is_some_and(|number| !stays(number));
    let leaving: Vec<usize> =
        (0..slide.parts.len()).filter(|at| leaves(&slide.parts[*at])).collect();
    let boxes: Vec<_> = leaving
        .iter()
        .map(|at| {
            let part = &slide.parts[*at];
            let place = part.place.and_then(|number| before?.place(number));
            part.area.or_else(|| place.map(|place| place.area))
        })
        .collect();
    leaving.iter().for_each(|at| slide.parts[*at].place = None);
    let mut moved = Vec::new();
    for (at, area) in leaving.into_iter().zip(boxes) {
        let title = |number: u32| old.parts[at].place == Some(number);
        let free = place::free(layout, &slide, &slide.parts[at].content);
        let again = layout.title().map(|place| place.number).filter(|number| title(*number));
        let place = again.or(free);
        let area = if place.is_some() { slide.parts[at].area } else { area };
        let (part, area) = (u32::try_from(at).unwrap_or(u32::MAX), area.and_then(|it| same(&it)));
        let one = PartMoved { part, place, area };
        evolve::settle(&mut slide, one);
        moved.push(one);
    }
    (slide, moved)
}
