//! What models answer, checked: an answer that does not follow the schema is refused, never
//! mended.

use contracts::Refusal;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::{Card, Rejection};
use contracts::model::ModelResponse;
use serde::Deserialize;

use super::make;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    storyboard: Vec<Card>,
}

fn invalid(reason: impl Into<String>) -> Refusal {
    Rejection::ModelAnswerInvalid { reason: reason.into() }.into()
}

/// The planned slides: from 1 to `slides`.
pub(super) fn storyboard(response: &ModelResponse, slides: u32) -> Result<Vec<Card>, Refusal> {
    let read = match &response.value {
        Some(value) => contracts::read::from_ref(value),
        None => contracts::read::from_str(&response.text),
    };
    let Planned { storyboard } = read.map_err(|error| invalid(error.to_string()))?;
    let count = storyboard.len();
    if !u32::try_from(count).is_ok_and(|count| (1..=slides).contains(&count)) {
        return Err(invalid(format!("{count} slides, not 1 to {slides}")));
    }
    make::said(Check::new(), &storyboard).done().map_err(|refusal| {
        let told = refusal.errors.iter().map(|error| format!("{} {}", error.field, error.message));
        invalid(told.collect::<Vec<_>>().join("; "))
    })?;
    Ok(storyboard)
}
