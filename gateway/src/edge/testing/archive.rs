//! The log of the small world as a whole.

use bytes::Bytes;
use contracts::archive::{Acknowledged, Checked, Imported, Line, Selection, VerifyStep};
use contracts::chain::Skip;
use contracts::entry::{Foreign, ForeignCode};
use contracts::kinds::policy::{WhatIf, WhatIfCounts, WhatIfStep};
use contracts::ports::{Archive, Flow, Fut};
use contracts::tree::{Proof, PublicKey, Signature, SignedTreeHead, TreeHead};
use contracts::{Address, Caller, Cursor, Hash, Refusal, Tenant, Timestamp};
use futures_util::{StreamExt as _, stream};

use super::world::World;

fn head() -> SignedTreeHead {
    let head = TreeHead {
        v: 1,
        number: 1,
        at: Timestamp::from_millis(1),
        cursor: Cursor(1),
        root: Hash::of(b"root"),
        prev: Hash::ZERO,
    };
    let hash = head.hash();
    let (public_key, signature) = (PublicKey([1; 32]), Signature([2; 64]));
    SignedTreeHead { head, hash, public_key, signature }
}

fn missing<T>() -> Result<T, Refusal> {
    Err(Refusal::not_found("tree_head_not_found", "there is no such tree head"))
}

impl Archive for World {
    fn tree_key(&self) -> PublicKey {
        PublicKey([1; 32])
    }

    fn tree_heads(&self, after: u64, _: usize) -> Fut<'_, Result<Vec<SignedTreeHead>, Refusal>> {
        Box::pin(async move { Ok(if after == 0 { vec![head()] } else { Vec::new() }) })
    }

    fn tree_head(&self, number: Option<u64>) -> Fut<'_, Result<SignedTreeHead, Refusal>> {
        Box::pin(async move { if number.unwrap_or(1) == 1 { Ok(head()) } else { missing() } })
    }

    fn make_tree_head(&self) -> Fut<'_, Result<SignedTreeHead, Refusal>> {
        Box::pin(async { Ok(head()) })
    }

    fn tree_proof<'a>(
        &'a self,
        _: Option<u64>,
        _: &'a Address,
    ) -> Fut<'a, Result<(SignedTreeHead, Proof), Refusal>> {
        Box::pin(async { missing() })
    }

    fn export(&self, selection: Selection) -> Flow<Result<Bytes, Refusal>> {
        let log = self.log.lock().unwrap();
        let own = log.iter().filter(|one| {
            selection.tenant.as_ref().is_none_or(|tenant| *tenant == one.commit.tenant)
        });
        let lines = own.map(|one| Ok(Bytes::from(one.to_json(true).to_string())));
        stream::iter(lines.collect::<Vec<_>>()).boxed()
    }

    fn import(&self, lines: Bytes, _: Caller) -> Fut<'_, Result<Imported, Refusal>> {
        Box::pin(async move {
            let read = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let commits = read.filter(|line| matches!(Line::read(line), Ok(Line::Commit { .. })));
            Ok(Imported { commits: commits.count() as u64, ..Imported::default() })
        })
    }

    fn acknowledge(
        &self,
        message: Skip,
        note: Option<String>,
        by: Caller,
    ) -> Fut<'_, Result<Acknowledged, Refusal>> {
        let foreign = Foreign {
            cursor: message.cursor,
            code: ForeignCode::MessageStray,
            address: None,
            hash: message.hash,
            reason: "it stands on evt.x, which is no actor's subject".to_owned(),
        };
        let (by, at) = (by.principal.as_str().to_owned(), Timestamp::from_millis(1));
        Box::pin(async move { Ok(Acknowledged { foreign, by, at, note }) })
    }

    fn verify_log(&self, tenant: Option<Tenant>, _: bool) -> Flow<VerifyStep> {
        let log = self.log.lock().unwrap();
        let own = log
            .iter()
            .filter(|one| tenant.as_ref().is_none_or(|tenant| *tenant == one.commit.tenant));
        let checked = Checked { commits: own.count() as u64, ..Checked::default() };
        stream::iter([VerifyStep::Done(checked)]).boxed()
    }

    fn what_if(&self, tenant: Tenant, _: WhatIf) -> Result<Flow<WhatIfStep>, Refusal> {
        let log = self.log.lock().unwrap();
        let own = log.iter().filter(|one| tenant == one.commit.tenant).count() as u64;
        let counts = WhatIfCounts { commands: own, ..WhatIfCounts::default() };
        Ok(stream::iter([WhatIfStep::Done(counts)]).boxed())
    }
}
