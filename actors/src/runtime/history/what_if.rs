//! A candidate policy, asked about the log: one pass, constant memory but for the directory, which
//! is folded along so that everybody has the roles that they had then.

use std::sync::Arc;

use contracts::commit::{Commit, Input};
use contracts::effect::is_runtimes;
use contracts::kinds::policy::{
    Difference, DifferentEffect, Document, KIND, Ruling, SYSTEM, WhatIf, WhatIfCounts, WhatIfStep,
};
use contracts::ports::{FeedItem, Flow, PortError};
use contracts::{
    Caller, Cursor, Effect, Entry, Recorded, Refusal, Revision, Tenant, Timestamp, codec, lifecycle,
};
use futures_util::StreamExt as _;
use futures_util::stream::Fuse;
use serde_json::Value;
use tokio::sync::mpsc;

use super::Runtime;
use crate::policy::{self, Compiled, Question, Standing, Verdict};
use crate::runtime::directory::{self, Fold};
use crate::runtime::gate;

/// Commits between two words on progress.
const PROGRESS_COMMITS: u64 = 5_000;
/// How far before the first commit of a time the reading begins, in messages: clocks of nodes
/// differ.
const MARGIN_MESSAGES: u64 = 2_000;

struct Walk {
    runtime: Runtime,
    tenant: Tenant,
    asked: WhatIf,
    compiled: Arc<Compiled>,
    /// What was in force, with the candidate among it; `None` = worked out anew.
    standing: Option<Standing>,
    /// Who there was and what was in force, up to where the walk is.
    fold: Fold,
    past: Fuse<Flow<Result<contracts::entry::Stored, PortError>>>,
    next: Option<Entry>,
    counts: WhatIfCounts,
    told: mpsc::Sender<WhatIfStep>,
}

/// Nobody listens any more.
struct Gone;

impl Runtime {
    /// Compiles the candidate and begins.
    pub(super) fn what_if_now(
        &self,
        tenant: Tenant,
        asked: WhatIf,
    ) -> Result<Flow<WhatIfStep>, Refusal> {
        let invalid = |errors| {
            let mut refusal = Refusal::rejected("policy_invalid", "the policy cannot be used");
            refusal.errors = errors;
            refusal
        };
        let document: Document = match (&asked.text, &asked.document) {
            (Some(text), None) => policy::read(text),
            (None, Some(document)) => policy::document(document.clone()),
            _ => return Err(Refusal::rejected("policy_invalid", "give `text` or `document`")),
        }
        .map_err(invalid)?;
        let compiled = Compiled::new(&asked.name, &document).map_err(invalid)?;
        let (told, mut steps) = mpsc::channel(64);
        let runtime = self.clone();
        let stop = self.shared.stop.clone();
        self.shared.tasks.spawn(async move {
            let walk = walk(runtime, tenant, asked, compiled, told.clone());
            if let Some(Err(refusal)) = stop.run_until_cancelled(walk).await {
                let Refusal { code, message, .. } = refusal;
                let failed = WhatIfStep::Failed { code: code.into_owned(), detail: message };
                let _ = told.send(failed).await;
            }
        });
        Ok(Box::pin(futures_util::stream::poll_fn(move |cx| steps.poll_recv(cx))))
    }
}

async fn walk(
    runtime: Runtime,
    tenant: Tenant,
    asked: WhatIf,
    compiled: Compiled,
    told: mpsc::Sender<WhatIfStep>,
) -> Result<(), Refusal> {
    let log = runtime.shared.world.log.clone();
    let head = log.head().await?;
    let after = match asked.from {
        Some(from) => begins(&runtime, from, head).await?,
        None => Cursor::ZERO,
    };
    // It is asked for the next one at every commit, beyond its end too.
    let past = log.read_kinds(&directory::kinds(), Cursor::ZERO, head).fuse();
    let mut feed = runtime.shared.world.feed.subscribe(after);
    let (fold, counts) = (Fold::default(), WhatIfCounts::default());
    let compiled = Arc::new(compiled);
    let mut walk = Walk {
        runtime,
        tenant,
        asked,
        compiled,
        standing: None,
        fold,
        past,
        next: None,
        counts,
        told,
    };
    let mut read = 0_u64;
    let mut at = after;
    while at < head {
        let Some(item) = feed.next().await else { break };
        let entry = FeedItem::map_err(item, Refusal::from)?;
        at = entry.cursor();
        if let Entry::Commit(recorded) = &entry
            && at <= head
            && walk.commit(recorded).await?.is_err()
        {
            return Ok(());
        }
        read += 1;
        if read.is_multiple_of(PROGRESS_COMMITS) {
            let progress = WhatIfStep::Progress(walk.counts.clone());
            if walk.told.send(progress).await.is_err() {
                return Ok(());
            }
        }
    }
    let _ = walk.told.send(WhatIfStep::Done(walk.counts)).await;
    Ok(())
}

/// A position before everything that was decided at `from` or later, found by halves.
async fn begins(runtime: &Runtime, from: Timestamp, head: Cursor) -> Result<Cursor, Refusal> {
    let log = &runtime.shared.world.log;
    let (mut low, mut high) = (0_u64, head.0);
    while high - low > MARGIN_MESSAGES {
        let middle = low + (high - low) / 2;
        // A message that counts for nothing, or a gap, is taken for one that is late.
        let stored = log.get(Cursor(middle)).await?.map(Entry::from);
        match stored {
            Some(Entry::Commit(recorded)) if recorded.commit.at < from => low = middle,
            _ => high = middle,
        }
    }
    Ok(Cursor(low.saturating_sub(MARGIN_MESSAGES)))
}

impl Walk {
    async fn commit(&mut self, recorded: &Recorded) -> Result<Result<(), Gone>, Refusal> {
        let commit = &recorded.commit;
        if !self.is_within(commit) {
            return Ok(Ok(()));
        }
        if self.is_asked(commit)
            && let told @ Err(Gone) = self.command(recorded).await?
        {
            return Ok(told);
        }
        self.effects(recorded).await
    }

    /// What the candidate says of a command.
    async fn command(&mut self, recorded: &Recorded) -> Result<Result<(), Gone>, Refusal> {
        let commit = &recorded.commit;
        self.follow(commit.gate.as_of).await?;
        let Some(input) = input(self.runtime.clone(), commit).await? else {
            self.counts.unread += 1;
            return Ok(Ok(()));
        };
        self.counts.commands += 1;
        let Some(verdict) = self.verdict(commit, &input) else { return Ok(Ok(())) };
        let let_through = verdict.ruling == Ruling::Allow
            || (verdict.ruling < Ruling::Deny && commit.gate.verdict == "approved");
        if let_through {
            return Ok(Ok(()));
        }
        Ok(self.differs(difference(recorded, &verdict, None)).await)
    }

    /// What the candidate says of the effects of a commit, where it has rules about such. One that
    /// was held or refused then, by another rule, is told too: it was asked all the same.
    async fn effects(&mut self, recorded: &Recorded) -> Result<Result<(), Gone>, Refusal> {
        let commit = &recorded.commit;
        if commit.effects.is_empty()
            || !gate::effect_is_asked(&commit.address(), is_runtimes(commit))
        {
            return Ok(Ok(()));
        }
        self.follow(commit.gate.as_of).await?;
        for record in &commit.effects {
            let Ok(effect) = record.effect() else {
                self.counts.unread += 1;
                continue;
            };
            if !self.standing().names_effects(&commit.tenant, effect.class()) {
                continue;
            }
            self.counts.effects += 1;
            let Some(verdict) = self.verdict_of(commit, &effect) else { continue };
            let (id, class) = (commit.effect_id(record.index), record.r#type.clone());
            let effect = Some(DifferentEffect { id, class });
            if self.differs(difference(recorded, &verdict, effect)).await.is_err() {
                return Ok(Err(Gone));
            }
        }
        Ok(Ok(()))
    }

    /// What is said against an effect; `None` = nothing.
    fn verdict_of(&mut self, commit: &Commit, effect: &Effect) -> Option<Verdict> {
        self.standing();
        let (snapshot, standing) = (self.fold.snapshot(), self.standing.as_ref()?);
        let roles = snapshot.role_names(&commit.tenant, &commit.command.by.principal, commit.at);
        let input = policy::effect_input(effect);
        let question = gate::effect_question(commit, effect);
        let verdict = standing.evaluate(&Question { roles: &roles, input: &input, ..question });
        verdict.filter(|it| it.ruling > Ruling::Allow)
    }

    /// Counts a difference, and tells it while there are not too many.
    async fn differs(&mut self, difference: Difference) -> Result<(), Gone> {
        self.counts.differences += 1;
        *self.counts.by_effect.entry(difference.would).or_default() += 1;
        *self.counts.by_rule.entry(difference.rule.clone()).or_default() += 1;
        if self.counts.differences > self.asked.differences_max {
            return Ok(());
        }
        let step = WhatIfStep::Difference(Box::new(difference));
        self.told.send(step).await.map_err(|_| Gone)
    }

    /// Whether a commit is of the tenant and the time that is asked about.
    fn is_within(&self, commit: &Commit) -> bool {
        let ours = self.tenant == SYSTEM || commit.tenant == self.tenant;
        ours && self.asked.from.is_none_or(|from| commit.at >= from)
            && self.asked.to.is_none_or(|to| commit.at < to)
    }

    /// The same commands that the gate asks policies about; a timer's own command stands in its
    /// actor's state and cannot be asked about here.
    fn is_asked(&mut self, commit: &Commit) -> bool {
        let command = &commit.command;
        let switch = commit.kind == KIND && matches!(command.name.as_str(), "engage" | "release");
        let rescue = commit.kind == KIND && command.by.principal == Caller::ADMIN;
        let own = command.by.principal == Caller::RUNTIME;
        if switch || rescue || own {
            return false;
        }
        if command.name == lifecycle::FIRE {
            self.counts.unread += 1;
        }
        !lifecycle::is_runtime(&command.name)
    }

    /// Folds the directory up to what the gate knew then.
    async fn follow(&mut self, as_of: Cursor) -> Result<(), Refusal> {
        loop {
            if self.next.is_none() {
                self.next = self.past.next().await.transpose()?.map(Entry::from);
            }
            match self.next.take() {
                Some(entry) if entry.cursor() <= as_of => {
                    if self.fold.take(&entry) {
                        self.standing = None;
                    }
                }
                waiting => {
                    self.next = waiting;
                    return Ok(());
                }
            }
        }
    }

    /// The policies that were in force, with the candidate in the place of its name.
    fn standing(&mut self) -> &Standing {
        let with = || self.fold.snapshot().policies.with(&self.tenant, self.compiled.clone());
        self.standing.get_or_insert_with(with)
    }

    fn verdict(&mut self, commit: &Commit, input: &Value) -> Option<Verdict> {
        self.standing();
        let (snapshot, standing) = (self.fold.snapshot(), self.standing.as_ref()?);
        let by = &commit.command.by;
        let roles = snapshot.role_names(&commit.tenant, &by.principal, commit.at);
        standing.evaluate(&Question {
            tenant: &commit.tenant,
            kind: &commit.kind,
            id: &commit.id,
            revision: Revision(commit.revision.0.saturating_sub(1)),
            command: &commit.command.name,
            input,
            principal: &by.principal,
            roles: &roles,
            origin: by.origin,
            at: commit.at,
            effect: None,
        })
    }
}

async fn input(runtime: Runtime, commit: &Commit) -> Result<Option<Value>, Refusal> {
    match &commit.command.input {
        Input::Inline(input) => Ok(Some(input.clone())),
        Input::Blob { hash, .. } => {
            let bytes = runtime.shared.world.blobs.get(&commit.tenant, *hash).await?;
            Ok(bytes.and_then(|bytes| codec::decode(&bytes).ok()))
        }
    }
}

fn difference(
    recorded: &Recorded,
    verdict: &Verdict,
    effect: Option<DifferentEffect>,
) -> Difference {
    let Commit { tenant, kind, id, revision, at, command, gate, .. } = &recorded.commit;
    Difference {
        cursor: recorded.cursor,
        at: *at,
        tenant: tenant.clone(),
        kind: kind.clone(),
        id: id.clone(),
        revision: *revision,
        effect,
        command: command.id,
        name: command.name.clone(),
        by: command.by.principal.clone(),
        was: gate.verdict.to_string(),
        would: verdict.ruling,
        rule: verdict.rule.to_string(),
        reason: verdict.reason.clone(),
    }
}
