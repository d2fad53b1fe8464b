//! Pictures that came inside a request are kept in the tenant's blobs, and named there in the log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Refusal;
use contracts::kinds::run;
use contracts::model::{ImageSource, Turn};

use super::asker::Asker;
use crate::edge::shared::Shared;

/// Keeps the pictures of `turns`.
///
/// # Errors
/// `forbidden` for who may not begin a run, before anything is kept; the store's.
pub async fn keep(shared: &Shared, asker: &Asker, turns: &mut [Turn]) -> Result<(), Refusal> {
    for turn in turns {
        for image in &mut turn.images {
            let ImageSource::Inline(data) = &image.source else { continue };
            asker.ensure(shared, (&run::KIND, "start"), None)?;
            let bytes = STANDARD.decode(data).unwrap_or_default();
            let hash = shared.edge.blobs.put(&asker.tenant, bytes.into()).await?;
            image.source = ImageSource::Blob(hash);
        }
    }
    Ok(())
}
