//! What a command causes in a workbook.

use contracts::kinds::myocyte::{Command, Event, Rejection};
use contracts::{Context, Decision};

use super::work::Work;
use super::{
    State, arrange, cells, compute, export, filter, forecast, import, ingest, lasting, layout,
    load, names, rules, sort, views,
};

/// What `command` causes.
pub(super) fn decide(
    state: &State,
    command: &Command,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let work = Work::on(state, cx);
    match command {
        Command::Create(input) => arrange::create(work, input),
        Command::Set(input) => cells::set(work, input),
        Command::FormulaEval(input) => compute::formula_eval(work, input),
        Command::ModelForecast(input) => forecast::model_forecast(work, input),
        Command::IngestTable(input) => ingest::ingest_table(work, input),
        Command::ImportFile(input) => import::import_file(work, input),
        Command::Load(input) => load::load(work, input),
        _ if state.created.is_none() => Err(Rejection::NotFound),
        Command::AddSheet(input) => arrange::add_sheet(work, input),
        Command::RenameSheet(input) => arrange::rename_sheet(work, input),
        Command::MoveSheet(input) => arrange::move_sheet(work, input),
        Command::RemoveSheet(input) => arrange::remove_sheet(work, input),
        Command::InsertLines(input) => cells::insert_lines(work, input),
        Command::RemoveLines(input) => cells::remove_lines(work, input),
        Command::Sort(input) => sort::sort(work, input),
        Command::Format(input) => cells::format(work, input),
        Command::DefineName(input) => names::define_name(work, input),
        Command::RemoveName(input) => names::remove_name(work, input),
        Command::Layout(input) => layout::layout(work, input),
        Command::SetRule(input) => rules::set_rule(work, input),
        Command::RemoveRule(input) => rules::remove_rule(work, input),
        Command::Validate(input) => rules::validate(work, input),
        Command::Read(input) => compute::read(work, input),
        Command::Pivot(input) => views::pivot(work, input),
        Command::Filter(input) => filter::filter(work, input),
        Command::Chart(input) => views::chart(work, input),
        Command::Keep(input) => lasting::keep(work, input),
        Command::Show(input) => lasting::show(work, input),
        Command::Forget(input) => lasting::forget(work, input),
        Command::Export(input) => export::export(work, input),
    }
}
