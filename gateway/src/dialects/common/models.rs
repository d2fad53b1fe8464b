//! Models by the names that callers give them.

use contracts::Refusal;

use crate::edge::shared::Shared;

/// The model that a caller means: `provider/model`, or the model alone where one provider only has
/// it. That the provider has none of that name is for the provider to say.
///
/// # Errors
/// `model_not_found`.
pub fn resolve(shared: &Shared, named: &str) -> Result<String, Refusal> {
    if named.contains('/') {
        return Ok(named.to_owned());
    }
    let all = shared.edge.models.list();
    let mut fits = all.iter().filter(|it| it.id.split_once('/').is_some_and(|it| it.1 == named));
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(one.id.clone()),
        (Some(_), Some(_)) => {
            let message = format!("several providers have {named}: say provider/{named}");
            Err(Refusal::not_found("model_not_found", message).field("model", "names a provider"))
        }
        (None, _) => Err(unknown(named)),
    }
}

/// There is no such model.
#[must_use]
pub fn unknown(named: &str) -> Refusal {
    let message = format!("there is no model {named}; GET /v1/models lists those there are");
    Refusal::not_found("model_not_found", message).field("model", "is none that there is")
}
