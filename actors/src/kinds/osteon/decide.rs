//! What a command causes in a document.

use contracts::kinds::check::Check;
use contracts::kinds::osteon::limits::TITLE_BYTES_MAX;
use contracts::kinds::osteon::{
    Command, Create, Created, Event, MetadataSet, Rejection, Rename, Renamed, SectionSet,
    SetMetadata,
};
use contracts::{Context, Decision};

use super::work::Work;
use super::{State, ask, export, fill, hand, load, picture, remarks, rules, templates};

/// What `command` causes.
pub(super) fn decide(
    state: &State,
    command: &Command,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let work = Work::on(state, cx);
    match command {
        Command::Create(input) => create(work, input),
        Command::Outline(input) => ask::outline(work, input),
        Command::Draft(input) => ask::draft(work, input),
        Command::Edit(input) => ask::edit(work, input),
        Command::Summarize(input) => ask::summarize(work, input),
        Command::Export(input) => export::export(state, input),
        Command::Load(input) => load::load(work, input),
        _ if state.created.is_none() => Err(Rejection::NotFound),
        Command::SetSection(input) => hand::set_section(work, input),
        Command::ChangeSection(input) => remarks::change_section(work, input),
        Command::Comment(input) => remarks::comment(work, input),
        Command::Resolve(input) => remarks::resolve(work, input),
        Command::Suggest(input) => remarks::suggest(work, input),
        Command::Settle(input) => remarks::settle(work, input),
        Command::Review(input) => remarks::review(work, input),
        Command::Cite(input) => hand::cite(work, input),
        Command::PutPicture(input) => picture::put_picture(work, input),
        Command::Fill(input) => fill::fill(work, input),
        Command::MoveSection(input) => hand::move_section(work, input),
        Command::RemoveSection(input) => hand::remove_section(work, input),
        Command::Rename(input) => rename(work, input),
        Command::SetMetadata(input) => set_metadata(work, input),
    }
}

fn create(mut work: Work<'_>, input: &Create) -> Result<Decision<Event>, Rejection> {
    if work.state.created.is_some() {
        return Err(Rejection::Exists);
    }
    let check = Check::new().text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX);
    rules::metadata(check, &input.metadata).done()?;
    let (mut title, metadata) = (input.title.clone(), input.metadata.clone());
    title = title.or_else(|| input.template.map(|template| templates::title(template).to_owned()));
    work.happen(Event::Created(Created { title, metadata }));
    for given in input.template.map_or(&[][..], templates::sections) {
        let set = SectionSet {
            section: given.id.to_owned(),
            title: given.title.to_owned(),
            text: given.text.to_owned(),
            sources: Vec::new(),
            place: hand::at_the_end(&work.state),
            sections: work.sections(1),
        };
        work.happen(Event::SectionSet(set));
    }
    Ok(work.about())
}

fn rename(mut work: Work<'_>, input: &Rename) -> Result<Decision<Event>, Rejection> {
    Check::new().text("title", &input.title, TITLE_BYTES_MAX).done()?;
    if work.state.title.as_ref() != Some(&input.title) {
        work.happen(Event::Renamed(Renamed { title: input.title.clone() }));
    }
    Ok(work.about())
}

fn set_metadata(mut work: Work<'_>, input: &SetMetadata) -> Result<Decision<Event>, Rejection> {
    rules::metadata(Check::new(), &input.metadata).done()?;
    if *work.state.metadata != input.metadata {
        work.happen(Event::MetadataSet(MetadataSet { metadata: input.metadata.clone() }));
    }
    Ok(work.about())
}
