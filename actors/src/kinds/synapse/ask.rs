//! The command that asks a model: accepted at once, answered when the model has.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::limits::{
    ANSWER_MS_MAX, MATERIAL_BYTES_MAX, MODEL_BYTES_MAX, STORYBOARD_MAX, STORYBOARD_USUAL,
    TITLE_BYTES_MAX, TOPIC_BYTES_MAX, WAITING_MAX,
};
use contracts::kinds::synapse::{Event, GivenSection, Rejection, Storyboard, StoryboardAsked};
use contracts::model::LOCAL_MODEL;

use super::super::title;
use super::work::{Work, done};

/// Slides around those of the sections: one that opens, one that ends.
const AROUND: usize = 2;

/// Asks for a plan of slides.
pub(super) fn storyboard(
    mut work: Work<'_>,
    input: &Storyboard,
) -> Result<Decision<Event>, Rejection> {
    done(check(input))?;
    if work.state.waiting.len() >= WAITING_MAX {
        return Err(Rejection::TooManyWaiting);
    }
    let topic = match (&input.topic, &input.goal) {
        (Some(topic), Some(goal)) => format!("{topic}: {goal}"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => String::new(),
    };
    work.begin(|| Some(title::of(input.topic.as_ref().unwrap_or(&topic), TITLE_BYTES_MAX)));
    let named = input.outline.iter();
    let named = named.map(|title| GivenSection { title: title.clone(), text: String::new() });
    let sections: Vec<_> = named.chain(input.sections.iter().cloned()).collect();
    let usual = match sections.len() {
        0 => STORYBOARD_USUAL,
        some => u32::try_from((some + AROUND).min(STORYBOARD_MAX)).unwrap_or(STORYBOARD_USUAL),
    };
    let asked = StoryboardAsked {
        command: work.cx.command,
        topic,
        audience: input.audience.clone(),
        slides: input.num_slides.unwrap_or(usual),
        sections,
        context: input.context.clone(),
        model: input.model.clone().unwrap_or_else(|| LOCAL_MODEL.to_owned()),
    };
    work.happen(Event::StoryboardAsked(asked));
    Ok(Decision::later(work.events, ANSWER_MS_MAX))
}

fn check(input: &Storyboard) -> Check {
    let one = input.topic.is_some() || input.goal.is_some();
    let slides = input.num_slides.is_none_or(|it| (1..=STORYBOARD_MAX as u32).contains(&it));
    let mut check = Check::new()
        .ensure(one, "topic", "topic or goal is needed")
        .text_opt("topic", input.topic.as_ref(), TOPIC_BYTES_MAX)
        .text_opt("goal", input.goal.as_ref(), TOPIC_BYTES_MAX)
        .text("audience", &input.audience, TOPIC_BYTES_MAX)
        .ensure(slides, "num_slides", format!("is from 1 to {STORYBOARD_MAX}"))
        .items("outline", input.outline.len(), STORYBOARD_MAX)
        .items("sections", input.sections.len(), STORYBOARD_MAX)
        .text_opt("context", input.context.as_ref(), MATERIAL_BYTES_MAX)
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX);
    for (at, title) in input.outline.iter().take(STORYBOARD_MAX).enumerate() {
        check = check.text(format!("outline[{at}]"), title, TITLE_BYTES_MAX);
    }
    let mut bytes = input.context.as_ref().map_or(0, String::len);
    for (at, section) in input.sections.iter().take(STORYBOARD_MAX).enumerate() {
        check = check.text(format!("sections[{at}].title"), &section.title, TITLE_BYTES_MAX).body(
            format!("sections[{at}].text"),
            &section.text,
            MATERIAL_BYTES_MAX,
        );
        bytes += section.title.len() + section.text.len();
    }
    let message = format!("have {bytes} bytes together; {MATERIAL_BYTES_MAX} are allowed");
    check.ensure(bytes <= MATERIAL_BYTES_MAX, "sections", message)
}
