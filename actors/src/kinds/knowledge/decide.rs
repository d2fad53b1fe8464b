//! What the commands of a base cause.

use contracts::kinds::knowledge::{
    ADD_DEADLINE_MS, Add, Create, Created, DocumentAdded, DocumentRemoved, Event, Gone, PartRead,
    REEMBED_DEADLINE_MS, ReadAsked, Reembed, ReembedStarted, Rejection, Remove, Source, Standing,
};
use contracts::{Completion, Context, Decision, Refusal, RefusalClass};
use serde_json::json;

use super::passages::passages;
use super::rules;
use super::state::State;
use super::steps::Steps;

pub(super) fn create(state: &State, create: &Create) -> Result<Decision<Event>, Rejection> {
    if state.settings.is_some() {
        return Err(Rejection::Exists);
    }
    rules::check_create(create)?;
    let Create { name, model, dimensions, passage_bytes } = create.clone();
    let reply = json!(Standing { model: model.clone() });
    let created = Created { name, model, dimensions, passage_bytes };
    Ok(Decision::now(vec![Event::Created(created)], reply))
}

pub(super) fn add(state: &State, add: &Add, cx: &Context) -> Result<Decision<Event>, Rejection> {
    let Some(settings) = &state.settings else { return Err(Rejection::NotFound) };
    let source = rules::check_add(state, add)?;
    let passage_bytes = usize::try_from(settings.passage_bytes).unwrap_or(usize::MAX);
    let mut steps = Steps::new(state, cx);
    let before = state.documents.get(&add.id).and_then(|document| document.command);
    let count = state.documents.len() + usize::from(!state.documents.contains_key(&add.id));
    steps.push(Event::DocumentAdded(DocumentAdded {
        document: add.id.clone(),
        title: add.title.clone().unwrap_or_else(|| add.id.clone()),
        source: source.clone(),
        metadata: add.metadata.clone(),
        documents: u32::try_from(count).unwrap_or(u32::MAX),
        command: cx.command,
    }));
    let (document, version) = (add.id.clone(), cx.revision);
    match (&source, &add.text) {
        (Source::Text {}, Some(text)) => steps.read(PartRead {
            document,
            version,
            part: 0,
            passages: passages(text, passage_bytes),
            next: None,
            source_revision: None,
        }),
        _ => steps.push(Event::ReadAsked(ReadAsked { document, version, offset: 0 })),
    }
    steps.pump();
    let decision = steps.later(ADD_DEADLINE_MS);
    Ok(superseded(before).into_iter().fold(decision, Decision::completing))
}

/// Whoever waits for a document that is replaced or taken out is told so.
fn superseded(command: Option<contracts::CommandId>) -> Option<Completion> {
    let message = "the document was replaced or taken out before all of it was there";
    let refusal = Refusal::new(RefusalClass::Conflict, "document_superseded", message);
    command.map(|command| Completion::failed(command, &refusal))
}

pub(super) fn remove(
    state: &State,
    remove: &Remove,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    if state.settings.is_none() {
        return Err(Rejection::NotFound);
    }
    rules::check_remove(remove)?;
    let Some(document) = state.documents.get(&remove.id) else {
        return Err(Rejection::DocumentUnknown);
    };
    let documents = u32::try_from(state.documents.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let mut steps = Steps::new(state, cx);
    let removed = DocumentRemoved { document: remove.id.clone(), documents };
    steps.push(Event::DocumentRemoved(removed));
    steps.pump();
    let decision = steps.now(json!(Gone { documents }));
    Ok(superseded(document.command).into_iter().fold(decision, Decision::completing))
}

pub(super) fn reembed(
    state: &State,
    reembed: &Reembed,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let Some(settings) = &state.settings else { return Err(Rejection::NotFound) };
    rules::check_reembed(reembed)?;
    if state.reembedding.is_some() {
        return Err(Rejection::Reembedding);
    }
    let model = reembed.model.clone().or_else(|| settings.model.clone());
    let model = model.ok_or(Rejection::NoModel)?;
    let mut steps = Steps::new(state, cx);
    steps.push(Event::ReembedStarted(ReembedStarted {
        generation: state.generation.saturating_add(1),
        model,
        dimensions: reembed.dimensions,
        command: cx.command,
    }));
    steps.pump();
    Ok(steps.later(REEMBED_DEADLINE_MS))
}
