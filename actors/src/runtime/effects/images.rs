//! Images of a prompt are kept by their hash, and sent as what they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::model::{ImageSource, ModelRequest};
use contracts::{Refusal, Tenant};

use crate::model::ModelError;
use crate::runtime::shared::Shared;

impl Shared {
    /// Reads the images of a request that the tenant's blobs keep; true when there were any.
    ///
    /// # Errors
    /// `model_validation` when one is not there; `log_unavailable` and its like when the blobs
    /// cannot be reached.
    pub async fn read_images(
        &self,
        tenant: &Tenant,
        request: &mut ModelRequest,
    ) -> Result<bool, Refusal> {
        let mut any = false;
        for image in request.turns.iter_mut().flat_map(|turn| &mut turn.images) {
            let ImageSource::Blob(hash) = image.source else { continue };
            let bytes = self.world.blobs.get(tenant, hash).await?;
            let bytes = bytes.ok_or_else(|| {
                ModelError::Validation(format!("the image {hash} is not among the tenant's blobs"))
            })?;
            image.source = ImageSource::Inline(STANDARD.encode(&bytes));
            any = true;
        }
        Ok(any)
    }
}
