//! Why a deck says no, at once or when a model's answer comes.

use super::limits::{
    ANSWER_BYTES_MAX, DECK_BYTES_MAX, FILE_BYTES_MAX, SLIDE_BYTES_MAX, SLIDES_MAX, WAITING_MAX,
};
use crate::ids::Revision;
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// When a deck that waits for too many answers is worth another try, in milliseconds.
const WAITING_RETRY_MS: u64 = 2_000;

/// Why a deck says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule; each member at fault is named.
    Invalid(Refusal),
    /// There is no such deck.
    NotFound,
    /// It was created before.
    Exists,
    /// The deck has no such slide.
    SlideNotFound {
        /// Which.
        slide: String,
    },
    /// The deck has a slide of this id.
    SlideExists {
        /// Which.
        slide: String,
    },
    /// The slide was changed since it was read.
    SlideChanged {
        /// Which.
        slide: String,
        /// The revision that last changed it.
        changed: Revision,
    },
    /// The deck has no such layout.
    LayoutNotFound {
        /// Which.
        layout: String,
    },
    /// No slide can say this.
    SlideInvalid {
        /// Why.
        reason: String,
    },
    /// There is no room for more slides.
    Full,
    /// No slides are planned.
    StoryboardMissing,
    /// There is nothing to draw in what was given.
    NothingToDraw {
        /// Why.
        reason: String,
    },
    /// The file is too large for an answer.
    FileTooLarge {
        /// How large it is, in bytes.
        bytes: usize,
    },
    /// The answer would be too long.
    AnswerTooLarge,
    /// It waits for too many answers of models.
    TooManyWaiting,
    /// The model's answer does not follow the schema.
    ModelAnswerInvalid {
        /// Why.
        reason: String,
    },
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such deck"),
            Rejection::Exists => {
                Self::new(RefusalClass::Conflict, "actor_exists", "the deck was begun before")
            }
            Rejection::SlideNotFound { slide } => {
                Self::not_found("slide_not_found", format!("the deck has no slide {slide}"))
            }
            Rejection::SlideExists { slide } => Self::new(
                RefusalClass::Conflict,
                "slide_exists",
                format!("the deck has a slide {slide}"),
            ),
            Rejection::SlideChanged { slide, changed } => Self::new(
                RefusalClass::Conflict,
                "slide_changed",
                format!("slide {slide} is another since revision {changed}"),
            ),
            Rejection::LayoutNotFound { layout } => {
                Self::not_found("layout_not_found", format!("the deck has no layout {layout}"))
            }
            Rejection::SlideInvalid { reason } => {
                Self::rejected("slide_invalid", format!("no slide can say this: {reason}"))
            }
            Rejection::Full => Self::rejected(
                "deck_full",
                format!(
                    "a deck has at most {SLIDES_MAX} slides and {DECK_BYTES_MAX} bytes, a slide \
                     at most {SLIDE_BYTES_MAX} bytes"
                ),
            ),
            Rejection::StoryboardMissing => {
                Self::rejected("storyboard_missing", "no slides are planned")
            }
            Rejection::NothingToDraw { reason } => {
                Self::rejected("nothing_to_draw", format!("there is nothing to draw: {reason}"))
            }
            Rejection::FileTooLarge { bytes } => Self::new(
                RefusalClass::TooLarge,
                "file_too_large",
                format!(
                    "the file has {bytes} bytes; an answer holds {FILE_BYTES_MAX}. A chaperone \
                     exports larger ones"
                ),
            ),
            Rejection::AnswerTooLarge => Self::new(
                RefusalClass::TooLarge,
                "text_too_large",
                format!("the answer has more than {ANSWER_BYTES_MAX} bytes"),
            ),
            Rejection::TooManyWaiting => Self::new(
                RefusalClass::Overloaded,
                "too_many_waiting",
                format!("the deck already waits for {WAITING_MAX} answers of models"),
            )
            .retry_after(WAITING_RETRY_MS),
            Rejection::ModelAnswerInvalid { reason } => Self::rejected(
                "model_answer_invalid",
                format!("the model's answer does not follow the schema: {reason}"),
            ),
        }
    }
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("actor_not_found", "There is no such deck."),
        ("actor_exists", "The deck was begun before."),
        ("slide_not_found", "The deck has no such slide."),
        ("slide_exists", "The deck has a slide of this id."),
        ("slide_changed", "The slide was changed since it was read."),
        ("layout_not_found", "The deck has no such layout."),
        ("slide_invalid", "No slide can say this, or there is no free place for it."),
        ("deck_full", "No room for more slides."),
        ("storyboard_missing", "No slides are planned."),
        ("nothing_to_draw", "There is nothing to draw in what was given."),
        ("file_too_large", "The file is too large for an answer."),
        ("text_too_large", "The answer is too long for one command."),
        ("too_many_waiting", "The deck waits for too many answers of models."),
        ("model_answer_invalid", "The model's answer does not follow the schema."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}
