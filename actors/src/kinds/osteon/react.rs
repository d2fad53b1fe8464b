//! What the world must do about an event: ask a model.

use contracts::kinds::osteon::{
    DraftAsked, EditAsked, EditOf, Event, GivenSection, SourceRecord, SummaryAsked, SummaryOf,
};
use contracts::model::ModelRequest;
use contracts::{CommandId, Effect, effect};
use serde_json::json;

use super::state::State;
use super::tag::{Old, Tag, Target, What};
use super::{cite, prompt, prose};

/// The model call that the event asks for.
pub(super) fn react(event: &Event, after: &State) -> Option<Effect> {
    let (command, request, what) = match event {
        Event::OutlineAsked(asked) => {
            let (sections_min, sections_max) = (asked.sections_min, asked.sections_max);
            let what = What::Outline { sections_min, sections_max };
            (asked.command, prompt::outline(asked), what)
        }
        Event::DraftAsked(asked) if asked.titles.is_empty() => {
            (asked.command, prompt::outline_first(asked), What::OutlineFirst(asked.clone()))
        }
        Event::DraftAsked(asked) => (asked.command, prompt::draft(asked), draft(asked, after)),
        Event::EditAsked(asked) => {
            let (request, what) = edit(asked, after)?;
            (asked.command, request, what)
        }
        Event::SummaryAsked(asked) => {
            let (request, what) = summary(asked, after);
            (asked.command, request, what)
        }
        _ => return None,
    };
    Some(llm(command, request, what))
}

fn llm(command: CommandId, request: ModelRequest, what: What) -> Effect {
    let tag = json!(Tag { command, what });
    Effect::Llm(Box::new(effect::Llm {
        request,
        tag,
        stream: false,
        terms: effect::Terms::default(),
    }))
}

fn draft(asked: &DraftAsked, after: &State) -> What {
    let target = |title: &String| Target {
        title: title.clone(),
        old: after
            .titled(title)
            .map(|section| Old { section: section.id.clone(), base: section.base() }),
    };
    let source = |source: &contracts::model::Source| {
        SourceRecord::new(&source.title, source.reference.as_deref())
    };
    What::Draft {
        targets: asked.titles.iter().map(target).collect(),
        sources: asked.sources.iter().map(source).collect(),
    }
}

fn edit(asked: &EditAsked, after: &State) -> Option<(ModelRequest, What)> {
    match &asked.of {
        EditOf::Text(text) => {
            let what = What::EditText { text: text.clone() };
            Some((prompt::edit(asked, text.clone()), what))
        }
        EditOf::Section(id) => {
            let section = after.section(id)?;
            let cites = after.cited_in(section);
            let text = cite::numbered(&section.text, &cites);
            let (section, base) = (section.id.clone(), section.base());
            Some((prompt::edit(asked, text), What::EditSection { section, base, cites }))
        }
    }
}

fn summary(asked: &SummaryAsked, after: &State) -> (ModelRequest, What) {
    let text = match &asked.of {
        SummaryOf::Text(text) => prose::without_notes(text),
        SummaryOf::Sections(sections) => {
            let one =
                |given: &GivenSection| passage(&given.title, &prose::without_notes(&given.text));
            sections.iter().map(one).collect::<Vec<_>>().join("\n\n")
        }
        SummaryOf::Document => {
            let bare = |text: &str| prose::without_notes(&cite::without(text, &after.sources));
            let sections = after.sections.iter();
            let texts = sections.map(|section| passage(&section.title, &bare(&section.text)));
            texts.collect::<Vec<_>>().join("\n\n")
        }
    };
    let original_length = text.chars().count();
    (prompt::summary(asked, text), What::Summary { original_length })
}

fn passage(title: &str, text: &str) -> String {
    format!("{title}\n\n{}", text.trim())
}
