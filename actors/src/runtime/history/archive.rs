//! What can be asked about the log as a whole, put together.

use std::sync::Arc;

use bytes::Bytes;
use contracts::archive::{Acknowledged, Imported, Selection, VerifyStep};
use contracts::chain::Skip;
use contracts::kinds::policy::{WhatIf, WhatIfStep};
use contracts::ports::{Archive, Flow, Fut};
use contracts::tree::{Proof, PublicKey, SignedTreeHead};
use contracts::{Address, Caller, Refusal, Tenant};
use tokio::sync::Mutex;

use super::Runtime;
use super::import::Importer;
use super::trees::Trees;
use crate::runtime::shared::Shared;

/// What the archive keeps between two questions.
#[derive(Clone)]
pub(in crate::runtime) struct Desk {
    pub(super) trees: Trees,
    /// One import at a time.
    pub(super) importer: Arc<Mutex<Importer>>,
}

impl Desk {
    pub(in crate::runtime) fn open(shared: &Arc<Shared>) -> Self {
        Self { trees: Trees::spawn(shared), importer: Arc::default() }
    }
}

impl Archive for Runtime {
    fn tree_key(&self) -> PublicKey {
        self.shared.world.signer.public_key()
    }

    fn tree_heads(
        &self,
        after: u64,
        limit: usize,
    ) -> Fut<'_, Result<Vec<SignedTreeHead>, Refusal>> {
        Box::pin(self.archive.trees.heads(after, limit))
    }

    fn tree_head(&self, number: Option<u64>) -> Fut<'_, Result<SignedTreeHead, Refusal>> {
        Box::pin(self.archive.trees.head(number))
    }

    fn make_tree_head(&self) -> Fut<'_, Result<SignedTreeHead, Refusal>> {
        Box::pin(self.archive.trees.make())
    }

    fn tree_proof<'a>(
        &'a self,
        number: Option<u64>,
        address: &'a Address,
    ) -> Fut<'a, Result<(SignedTreeHead, Proof), Refusal>> {
        Box::pin(self.archive.trees.prove(number, address))
    }

    fn export(&self, selection: Selection) -> Flow<Result<Bytes, Refusal>> {
        self.export_now(selection)
    }

    fn import(&self, lines: Bytes, by: Caller) -> Fut<'_, Result<Imported, Refusal>> {
        Box::pin(self.import_now(lines, by))
    }

    fn verify_log(&self, tenant: Option<Tenant>, states: bool) -> Flow<VerifyStep> {
        self.sweep(tenant, states)
    }

    fn acknowledge(
        &self,
        message: Skip,
        note: Option<String>,
        by: Caller,
    ) -> Fut<'_, Result<Acknowledged, Refusal>> {
        Box::pin(self.acknowledge_now(message, note, by))
    }

    fn what_if(&self, tenant: Tenant, asked: WhatIf) -> Result<Flow<WhatIfStep>, Refusal> {
        self.what_if_now(tenant, asked)
    }
}
