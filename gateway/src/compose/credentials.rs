//! Credentials of NATS clients, checked by whoever checks those of HTTP clients.

use std::sync::{Arc, OnceLock};

use actors::runtime::Credentials;
use contracts::caller::Identity;

use crate::auth::Authenticator;

/// The edge's authenticator for the runtime's roads: known once both are put together, and before
/// the roads are opened.
#[derive(Clone, Default)]
pub struct SameAsEdge(pub Arc<OnceLock<Arc<dyn Authenticator>>>);

impl Credentials for SameAsEdge {
    fn identify(&self, credential: &str) -> Option<Identity> {
        self.0.get()?.authenticate(credential)
    }
}
