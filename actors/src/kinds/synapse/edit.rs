//! Commands that put something on a slide.

use std::collections::BTreeMap;

use contracts::Decision;
use contracts::ids::is_token;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::limits::{
    CELLS_MAX, LAYOUT_BYTES_MAX, NOTES_BYTES_MAX, PARTS_MAX, PLACE_MAX, SLIDE_ID_BYTES_MAX,
    TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::synapse::{
    Change, Event, GivenPart, GivenTable, Notes, NotesSet, Rejection, SlideAdd, SlideEdit,
    SlideEdited,
};
use office::deck::{Content, Deck, Paragraph, Part, Run, Slide, Table, from_markdown};

use super::state::same;
use super::work::{Work, done, ensure_sound, odd};
use super::{evolve, place};

type Decided = Result<Decision<Event>, Rejection>;

/// What of texts could not be put on a slide.
type LeftOut = BTreeMap<String, u64>;

/// A slide that is being changed.
pub(super) struct Editing {
    frame: Deck,
    /// The slide as it is by then.
    pub slide: Slide,
    /// What became of its parts.
    pub changes: Vec<Change>,
    /// What of texts could not be put on it.
    pub left_out: LeftOut,
}

impl Editing {
    /// Nothing has changed yet.
    pub fn of(frame: &Deck, slide: Slide) -> Self {
        Self { frame: frame.clone(), slide, changes: Vec::new(), left_out: LeftOut::new() }
    }

    fn happen(&mut self, change: Change) {
        evolve::apply(&mut self.slide, &change);
        self.changes.push(change);
    }

    /// A part stands in its place; what stood there is gone. Which one it is then.
    fn put(&mut self, part: &Part, first: bool) -> Result<u32, Rejection> {
        let there = part
            .place
            .is_some()
            .then(|| self.slide.parts.iter().position(|other| other.place == part.place));
        let end = if first { 0 } else { self.slide.parts.len() };
        let at = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let told = same(part).ok_or_else(|| odd("it has no JSON"))?;
        let (number, change) = match there.flatten() {
            Some(old) => (at(old), Change::Put(at(old), told)),
            None => (at(end), Change::Insert(at(end), told)),
        };
        self.happen(change);
        Ok(number)
    }

    /// The part of this number goes.
    fn remove(&mut self, at: u32) {
        self.happen(Change::Remove(at));
    }

    /// Its title.
    pub fn title(&mut self, title: &str) -> Result<(), Rejection> {
        let layout = self.frame.layout(&self.slide.layout);
        let place = layout.and_then(|layout| layout.title());
        let none = || odd(format!("the layout {} has no place for a title", self.slide.layout));
        let number = place.ok_or_else(none)?.number;
        let content = Content::Text(vec![Paragraph::plain(title)]);
        self.put(&Part { place: Some(number), area: None, content }, true).map(|_| ())
    }

    /// What it says beside its title, in CommonMark.
    pub fn text(&mut self, text: &str) -> Result<(), Rejection> {
        let content = Content::Text(self.paragraphs(text)?);
        let layout = self.frame.layout(&self.slide.layout);
        let title = layout.and_then(|layout| layout.title()).map(|place| place.number);
        let said = self.slide.parts.iter().find(|part| {
            matches!(part.content, Content::Text(_)) && part.place.is_some() && part.place != title
        });
        let place = said.and_then(|part| part.place);
        let place = place.or_else(|| place::free(layout?, &self.slide, &content));
        let place = place.ok_or_else(no_place)?;
        self.put(&Part { place: Some(place), area: None, content }, false).map(|_| ())
    }

    /// Something is put on it. Which of its parts it is then.
    pub fn part(&mut self, given: &GivenPart) -> Result<u32, Rejection> {
        let content = self.content(given)?;
        self.content_at(content, given.place, given)
    }

    /// A content is put on it.
    pub fn content_at(
        &mut self,
        content: Content,
        place: Option<u32>,
        given: &GivenPart,
    ) -> Result<u32, Rejection> {
        let area = given.area.and_then(|area| same(&area));
        let layout = self.frame.layout(&self.slide.layout);
        let place = match (place, area) {
            (None, None) => {
                let free = layout.and_then(|layout| place::free(layout, &self.slide, &content));
                Some(free.ok_or_else(no_place)?)
            }
            (place, _) => place,
        };
        self.put(&Part { place, area, content }, false)
    }

    fn content(&mut self, given: &GivenPart) -> Result<Content, Rejection> {
        let unsaid = || odd("a part says nothing");
        Ok(match given {
            GivenPart { text: Some(text), .. } => Content::Text(self.paragraphs(text)?),
            GivenPart { table: Some(given), .. } => Content::Table(table(given)),
            GivenPart { chart: Some(chart), .. } => {
                let chart = same(chart).ok_or_else(|| odd("a number of a chart is none"))?;
                Content::Chart(chart)
            }
            GivenPart { diagram: Some(diagram), .. } => {
                Content::Diagram(same(diagram).ok_or_else(unsaid)?)
            }
            GivenPart { picture: Some(picture), .. } => {
                Content::Picture(same(picture).ok_or_else(unsaid)?)
            }
            _ => return Err(unsaid()),
        })
    }

    /// The paragraphs of a text, and what of it is left out.
    fn paragraphs(&mut self, text: &str) -> Result<Vec<Paragraph>, Rejection> {
        let (paragraphs, losses) = from_markdown(text).map_err(|error| odd(error.to_string()))?;
        for loss in losses.list() {
            *self.left_out.entry(loss.what.to_owned()).or_default() += loss.count;
        }
        Ok(paragraphs)
    }

    /// The slide is one that a deck can have.
    pub fn sound(&self) -> Result<(), Rejection> {
        ensure_sound(&self.frame, &self.slide)
    }
}

fn no_place() -> Rejection {
    odd("the layout has no free place for it; say `place` or `area`")
}

fn table(given: &GivenTable) -> Table {
    let cell = |text: &String| match text.is_empty() {
        true => Vec::new(),
        false => vec![Run::plain(text)],
    };
    let row = |row: &Vec<String>| row.iter().map(cell).collect();
    let rows = given.rows.iter().map(row).collect();
    Table { head: row(&given.head), rows, alt: given.alt.clone() }.squared()
}

/// Adds a slide.
pub(super) fn slide_add(mut work: Work<'_>, input: &SlideAdd) -> Decided {
    let plain = |id: &String| is_token(id) && id.len() <= SLIDE_ID_BYTES_MAX;
    let rule = format!("matches [A-Za-z0-9][A-Za-z0-9_:@-]* and has {SLIDE_ID_BYTES_MAX} bytes");
    let check = Check::new()
        .ensure(input.slide.as_ref().is_none_or(plain), "slide", rule)
        .text_opt("layout", input.layout.as_ref(), LAYOUT_BYTES_MAX)
        .text_opt("notes", input.notes.as_ref(), NOTES_BYTES_MAX);
    done(said(check, input.title.as_ref(), input.text.as_ref(), &input.parts))?;
    if let Some(slide) = input.slide.as_ref().filter(|id| work.state.position(id).is_some()) {
        return Err(Rejection::SlideExists { slide: slide.clone() });
    }
    let after = work.after(input.after.as_ref())?;
    let frame = &work.state.frame;
    let layout = match &input.layout {
        Some(id) => {
            let missing = || Rejection::LayoutNotFound { layout: id.clone() };
            frame.layout(id).ok_or_else(missing)?.id.clone()
        }
        None => {
            place::layout(frame, &["title_and_content"]).map(|it| it.id.clone()).unwrap_or_default()
        }
    };
    let id = input.slide.clone().unwrap_or_else(|| work.free_id());
    let slide = Slide { id: id.clone(), layout, hidden: input.hidden, ..Slide::default() };
    let mut editing = Editing::of(&work.state.frame, slide);
    put_all(&mut editing, input.title.as_ref(), input.text.as_ref(), &input.parts)?;
    if let Some(notes) = &input.notes {
        editing.slide.notes = editing.paragraphs(notes)?;
    }
    let (slide, left_out) = (editing.slide, editing.left_out);
    work.add(&slide, after, None)?;
    Ok(work.arranged(id, left_out))
}

/// Changes what is on a slide.
pub(super) fn slide_edit(mut work: Work<'_>, input: &SlideEdit) -> Decided {
    let check = said(Check::new(), input.title.as_ref(), input.text.as_ref(), &input.parts);
    done(check.items("remove", input.remove.len(), PARTS_MAX))?;
    let old = work.slide_as_read(&input.slide, input.base)?;
    let mut editing = Editing::of(&work.state.frame, old.slide.clone());
    let mut gone = input.remove.clone();
    gone.sort_unstable();
    gone.dedup();
    let parts = old.slide.parts.len();
    if let Some(none) = gone.iter().find(|at| **at as usize >= parts) {
        return Err(odd(format!("it has no part {none}")));
    }
    gone.iter().rev().for_each(|at| editing.remove(*at));
    put_all(&mut editing, input.title.as_ref(), input.text.as_ref(), &input.parts)?;
    let hidden = input.hidden.filter(|hidden| *hidden != old.slide.hidden);
    editing.sound()?;
    let Editing { slide, changes, left_out, .. } = editing;
    if slide.parts != old.slide.parts || hidden.is_some() {
        let id = input.slide.clone();
        work.happen(Event::SlideEdited(SlideEdited { slide: id, changes, hidden }));
        work.room()?;
    }
    Ok(work.arranged(input.slide.clone(), left_out))
}

fn put_all(
    editing: &mut Editing,
    title: Option<&String>,
    text: Option<&String>,
    parts: &[GivenPart],
) -> Result<(), Rejection> {
    title.map_or(Ok(()), |title| editing.title(title))?;
    text.map_or(Ok(()), |text| editing.text(text))?;
    parts.iter().try_for_each(|part| editing.part(part).map(|_| ()))
}

fn said(check: Check, title: Option<&String>, text: Option<&String>, parts: &[GivenPart]) -> Check {
    let check = check
        .text_opt("title", title, TITLE_BYTES_MAX)
        .text_opt("text", text, TEXT_BYTES_MAX)
        .items("parts", parts.len(), PARTS_MAX);
    parts.iter().take(PARTS_MAX).enumerate().fold(check, |check, (at, part)| {
        let at = format!("parts[{at}]");
        let cells = part.table.as_ref().map_or(0, |table| {
            let widest = table.rows.iter().map(Vec::len).max().unwrap_or_default();
            widest.max(table.head.len()).saturating_mul(table.rows.len() + 1)
        });
        let headless = part.table.as_ref().is_some_and(|table| table.head.is_empty());
        check
            .ensure(part.said() == 1, &at, "is one of text, table, chart, diagram and picture")
            .ensure(part.place.is_none_or(|it| it <= PLACE_MAX), format!("{at}.place"), "is none")
            .ensure(!headless, format!("{at}.table.head"), "has no cells")
            .items(format!("{at}.table"), cells, CELLS_MAX)
            .text_opt(format!("{at}.text"), part.text.as_ref(), TEXT_BYTES_MAX)
    })
}

/// Says what who speaks has to say.
pub(super) fn notes(mut work: Work<'_>, input: &Notes) -> Decided {
    done(Check::new().body("text", &input.text, NOTES_BYTES_MAX))?;
    let old = work.slide(&input.slide)?;
    let mut editing = Editing::of(&work.state.frame, old.slide.clone());
    editing.slide.notes = editing.paragraphs(&input.text)?;
    editing.sound()?;
    let Editing { slide, left_out, .. } = editing;
    if slide.notes != old.slide.notes {
        let notes = same(&slide.notes).ok_or_else(|| odd("it has no JSON"))?;
        work.happen(Event::NotesSet(NotesSet { slide: input.slide.clone(), notes }));
        work.room()?;
    }
    Ok(work.arranged(input.slide.clone(), left_out))
}
