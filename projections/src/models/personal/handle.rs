use contracts::view::Page;
use contracts::{ActorId, Refusal, Tenant};

use super::{PersonalQuery, PersonalRow, query};
use crate::handle::Models;

impl Models {
    /// Lists the protected values of a subject, in the order of the log.
    ///
    /// # Errors
    /// `query_invalid`, `read_model_building`, `read_models_unavailable`.
    pub async fn personal(
        &self,
        query: &PersonalQuery,
    ) -> Result<Page<PersonalRow, String>, Refusal> {
        query::list(&self.core, query).await
    }

    /// How many protected values of a subject there are.
    ///
    /// # Errors
    /// `read_model_building`, `read_models_unavailable`.
    pub async fn personal_count(&self, tenant: &Tenant, subject: &ActorId) -> Result<u64, Refusal> {
        query::count(&self.core, tenant, subject).await
    }
}
