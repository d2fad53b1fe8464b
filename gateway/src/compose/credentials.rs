//! Credentials of NATS clients, checked by whoever checks those of HTTP clients.

use std::sync::Arc;

use actors::runtime::Credentials;
use contracts::caller::Identity;

use crate::auth::Authenticator;

/// The edge's authenticator for the runtime's roads.
pub struct SameAsEdge(pub Arc<dyn Authenticator>);

impl Credentials for SameAsEdge {
    fn identify(&self, credential: &str) -> Option<Identity> {
        self.0.authenticate(credential)
    }
}
