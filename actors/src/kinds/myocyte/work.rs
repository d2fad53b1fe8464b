//! A decision in the making: each event is applied at once, so that the next looks at its effect.

use contracts::decider::EventContext;
use contracts::kinds::myocyte::answers::{About, Changed, Computed, SheetEntry};
use contracts::kinds::myocyte::limits::{
    CELLS_MAX, CHANGED_MAX, CONTENT_BYTES_MAX, CYCLE_CELLS_MAX, NAMES_MAX, RULES_MAX, SHEETS_MAX,
    STYLES_MAX, VIEWS_MAX,
};
use contracts::kinds::myocyte::{Created, Event, Rejection, SheetAdded};
use contracts::{Context, Decision};
use office::calc::{Brought, Calculator, cycles};
use office::sheet::{Sheet, Workbook};
use serde::Serialize;
use serde_json::json;

use super::state::State;
use super::{lasting, ruled};

/// What has been decided so far.
pub(super) struct Work<'a> {
    /// The state with the events applied.
    pub state: State,
    /// The workbook as it was.
    before: Workbook,
    /// The events.
    pub events: Vec<Event>,
    /// The command's context.
    pub cx: &'a Context,
}

impl<'a> Work<'a> {
    /// Nothing is decided yet.
    pub fn on(state: &State, cx: &'a Context) -> Self {
        Self { state: state.clone(), before: state.book.clone(), events: Vec::new(), cx }
    }

    /// `event` happens.
    pub fn happen(&mut self, event: Event) {
        let cx = self.cx;
        let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
        self.state = std::mem::take(&mut self.state).after(&event, &at);
        self.events.push(event);
    }

    /// The workbook begins, when it has not, without a sheet.
    pub fn begin(&mut self, title: Option<String>) {
        if self.state.created.is_none() {
            self.happen(Event::Created(Created { title }));
        }
    }

    /// A sheet comes; its id.
    pub fn add_sheet(&mut self, name: &str, at: Option<u32>) -> String {
        let sheets = u32::try_from(self.state.book.sheets.len()).unwrap_or(u32::MAX) + 1;
        let ids = (0..).map(|number| self.cx.name("s_", number));
        let mut free = ids.filter(|id| self.state.book.position(id).is_none());
        let sheet = free.next().unwrap_or_default();
        let at = at.unwrap_or(sheets).clamp(1, sheets);
        let (id, name) = (sheet.clone(), name.to_owned());
        self.happen(Event::SheetAdded(SheetAdded { sheet: id, name, at, sheets }));
        sheet
    }

    /// The sheet of this id or name; the first when none is said.
    pub fn sheet(&self, said: Option<&String>) -> Result<&Sheet, Rejection> {
        let book = &self.state.book;
        let found = match said {
            Some(said) => book.sheet(said).or_else(|| book.named(said)),
            None => book.sheets.first().map(AsRef::as_ref),
        };
        let sheet = said.cloned().unwrap_or_else(|| "1".to_owned());
        found.ok_or(Rejection::SheetNotFound { sheet })
    }

    /// How many cells hold something.
    pub fn cells(&self) -> u64 {
        self.state.book.cells() as u64
    }

    /// The workbook still keeps its limits.
    pub fn room(&self) -> Result<(), Rejection> {
        let book = &self.state.book;
        let full = book.sheets.len() > SHEETS_MAX
            || book.names.len() > NAMES_MAX
            || book.views.len() > VIEWS_MAX
            || book.cells() > CELLS_MAX
            || book.bytes() > CONTENT_BYTES_MAX
            || book.sheets.iter().any(|sheet| sheet.styles.len() > STYLES_MAX)
            || book.sheets.iter().any(|sheet| sheet.rules.len() > RULES_MAX);
        if full { Err(Rejection::Full) } else { Ok(()) }
    }

    /// As [`Work::computed`], where people wrote contents: such as rules do not allow are refused.
    pub fn written(self) -> Result<Decision<Event>, Rejection> {
        self.known(true)
    }

    /// The decision, answered by what comes to something else. Cells that would wait for themselves
    /// are refused.
    pub fn computed(self) -> Result<Decision<Event>, Rejection> {
        self.known(false)
    }

    fn known(self, written: bool) -> Result<Decision<Event>, Rejection> {
        self.room()?;
        let book = &self.state.book;
        // What the engine knows best is the workbook as it was: from there a change is small.
        self.state.engine.with(&self.before, self.cx, |_, _| ())?;
        let told = self.state.engine.with(book, self.cx, |calculator, brought| {
            refuse_cycles(calculator, brought, book)?;
            Ok::<_, Rejection>((changes(calculator, brought), brought.changed.clone()))
        })?;
        let (mut told, came) = told?;
        told.broken = ruled::after(&self.before, &self.state, self.cx, written, &came)?;
        Ok(self.now(&told))
    }

    /// The workbook keeps its limits, and no cell waits for itself.
    pub fn sound(&self) -> Result<(), Rejection> {
        self.room()?;
        let book = &self.state.book;
        if self.before == *book {
            return Ok(());
        }
        self.state
            .engine
            .with(book, self.cx, |calculator, brought| refuse_cycles(calculator, brought, book))?
    }

    /// The decision, answered by the sheets and names, unless cells would wait for themselves.
    pub fn about(self) -> Result<Decision<Event>, Rejection> {
        self.sound()?;
        let about = self.state.about();
        Ok(self.now(&about))
    }

    /// The decision, answered now.
    pub fn now(self, reply: &impl Serialize) -> Decision<Event> {
        Decision::now(self.events, json!(reply))
    }
}

fn refuse_cycles(
    calculator: &Calculator,
    brought: &Brought,
    book: &Workbook,
) -> Result<(), Rejection> {
    if !brought.cyclic {
        return Ok(());
    }
    let named = named_cycles(calculator, book, 1).into_iter().next();
    Err(Rejection::Cycle { cells: named.unwrap_or_default() })
}

/// Cycles by the names of their cells: `Costs!B4`.
pub(super) fn named_cycles(
    calculator: &Calculator,
    book: &Workbook,
    cycles_max: usize,
) -> Vec<Vec<String>> {
    let named = |(sheet, place): (String, _)| {
        let name = book.sheet(&sheet).map_or(sheet.as_str(), |sheet| sheet.name.as_str());
        format!("{name}!{place}")
    };
    let all = cycles(calculator, book, cycles_max).into_iter();
    all.map(|cycle| cycle.into_iter().take(CYCLE_CELLS_MAX).map(named).collect()).collect()
}

fn changes(calculator: &Calculator, brought: &Brought) -> Computed {
    let told = brought.changed.iter().take(CHANGED_MAX).map(|(sheet, place)| Changed {
        sheet: sheet.as_ref().to_owned(),
        cell: place.to_string(),
        value: calculator.value(sheet, *place).to_json(),
    });
    let changed: Vec<_> = told.collect();
    let more = changed.len() < brought.changed.len();
    Computed { computed: brought.computed as u64, changed, more, broken: Vec::new() }
}

impl State {
    /// The sheets and names.
    pub(super) fn about(&self) -> About {
        let sheets = self.book.sheets.iter().map(|sheet| SheetEntry {
            id: sheet.id.clone(),
            name: sheet.name.clone(),
            cells: sheet.cells.cells() as u64,
            used: sheet.cells.used().map(|area| area.to_string()),
        });
        let (title, names) = (self.title.clone(), (*self.book.names).clone());
        let views = self.book.views.iter();
        let views = views.filter_map(|(name, kept)| Some((name.clone(), lasting::said(kept)?)));
        About { title, sheets: sheets.collect(), names, views: views.collect() }
    }
}
