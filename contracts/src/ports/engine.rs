//! Models that run in this very process.

use crate::model::{ModelRequest, ModelResponse, ModelView};
use crate::refusal::Refusal;

/// Whether somebody still wants the answer.
pub type Wanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// A model that runs in this very process. What is asked of it takes the thread of whoever asks,
/// for seconds at times.
pub trait Engine: Send + Sync {
    /// What it is called, and what it can be asked.
    fn view(&self) -> ModelView;

    /// Whether it can be asked now.
    ///
    /// # Errors
    /// `model_not_installed`, with the command that makes up for it.
    fn ready(&self) -> Result<(), Refusal>;

    /// The vectors of texts, all of one length, and how many tokens the texts have. The same text
    /// has the same vector, whatever stands beside it. Ends early once nobody wants it any more.
    ///
    /// # Errors
    /// `model_validation` where it embeds nothing; `model_not_installed`; `model_internal`.
    fn embed(&self, texts: &[String], wanted: Wanted<'_>) -> Result<(Vec<Vec<f32>>, u32), Refusal>;

    /// Answers a request: text, why it ended, and the tokens counted. `told` is given each piece as
    /// it comes; put together they are the text. The same request gets the same answer. Ends early
    /// once nobody wants it any more.
    ///
    /// # Errors
    /// `model_validation`, which names what it cannot do; `model_not_installed`; `model_internal`.
    fn complete(
        &self,
        request: &ModelRequest,
        told: &mut (dyn FnMut(&str) + Send),
        wanted: Wanted<'_>,
    ) -> Result<ModelResponse, Refusal>;
}
