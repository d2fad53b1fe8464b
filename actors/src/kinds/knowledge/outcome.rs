//! What is read of documents, and what models answer.

use contracts::kinds::knowledge::{EmbedFailed, Embedded, Event, PartRead, Piece, ReadAsked};
use contracts::model::{ModelResponse, Vectors};
use contracts::{Context, Decision, Outcome, Refusal, Revision};
use serde::Deserialize;
use serde_json::Value;

use super::passages::passages;
use super::state::State;
use super::steps::Steps;

/// What the tool that reads documents answers.
#[derive(Debug, Deserialize)]
struct Page {
    text: String,
    #[serde(default)]
    next: Option<u64>,
    #[serde(default)]
    revision: Option<Revision>,
}

pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let mut steps = Steps::new(state, cx);
    if let Ok(piece) = contracts::read::from_ref::<Piece>(&outcome.tag["piece"]) {
        embedded(&mut steps, piece, outcome);
    } else if let Ok(asked) = contracts::read::from_ref::<ReadAsked>(&outcome.tag["read"]) {
        read(&mut steps, asked, outcome);
    }
    steps.pump();
    steps.now(Value::Null)
}

/// A model answered, or did not. What was replaced or taken out meanwhile is of no use.
fn embedded(steps: &mut Steps<'_>, piece: Piece, outcome: &Outcome) {
    if !steps.state.asked.contains(&piece) {
        return;
    }
    let (document, version) = (piece.document.clone(), piece.version);
    let place = usize::try_from(piece.part).unwrap_or(usize::MAX);
    let part = steps.state.of(&document, version).and_then(|it| it.parts.get(place));
    let passages = part.map_or(0, |part| part.passages);
    match outcome.llm().and_then(|response| vectors(response, passages)) {
        Ok((model, Vectors { blob, count, dimensions })) => {
            steps.push(Event::Embedded(Embedded { piece, model, blob, count, dimensions }));
        }
        Err(Refusal { code, message, .. }) => {
            let (code, reason) = (code.into_owned(), message);
            steps.push(Event::EmbedFailed(EmbedFailed { piece, code, reason }));
        }
    }
    steps.ready(&document, version);
}

/// What a model made: as many vectors as there are passages.
fn vectors(response: &ModelResponse, passages: u32) -> Result<(String, Vectors), Refusal> {
    let vectors = response.value.clone().map(contracts::read::from_value::<Vectors>);
    match vectors {
        Some(Ok(vectors)) if vectors.count == passages => Ok((response.model.clone(), vectors)),
        Some(Ok(vectors)) => {
            let count = vectors.count;
            let message = format!("the model made {count} vectors of {passages} passages");
            Err(Refusal::internal(message))
        }
        _ => Err(Refusal::internal("the model answered with no vectors")),
    }
}

/// More of a document was read.
fn read(steps: &mut Steps<'_>, asked: ReadAsked, outcome: &Outcome) {
    let ReadAsked { document, version, offset } = asked;
    let Some(known) = steps.state.of(&document, version) else { return };
    if known.reading.is_none_or(|reading| reading.offset != offset) {
        return;
    }
    let part = u32::try_from(known.parts.len()).unwrap_or(u32::MAX);
    let page = outcome.tool().and_then(|answer| page(&answer.output));
    let Page { text, next, revision } = match page {
        Ok(page) => page,
        Err(refusal) => return steps.fail(document, version, &refusal),
    };
    // Whoever reads says where it goes on; it must go on.
    let next = next.filter(|next| *next > offset);
    let settings = steps.state.settings.as_ref();
    let bytes = settings.map_or(usize::MAX, |it| usize::try_from(it.passage_bytes).unwrap_or(0));
    let passages = passages(&text, bytes);
    let read = PartRead {
        document: document.clone(),
        version,
        part,
        passages,
        next,
        source_revision: revision,
    };
    match next {
        None => steps.read(read),
        Some(offset) => {
            steps.push(Event::PartRead(read));
            steps.push(Event::ReadAsked(ReadAsked { document, version, offset }));
        }
    }
}

/// What the tool answered: an object, or as a text what was protected.
fn page(output: &Value) -> Result<Page, Refusal> {
    let page = match output {
        // Nobody opens it here: the whole answer is one passage.
        Value::String(text) => Ok(Page { text: text.clone(), next: None, revision: None }),
        value => contracts::read::from_ref(value),
    };
    page.map_err(|error| Refusal::internal(format!("what was read is no page: {error}")))
}
