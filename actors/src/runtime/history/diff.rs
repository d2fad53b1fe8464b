//! What stands between two states.

use contracts::view::{At, Diff, Side, StateView, TextChange};
use contracts::{Address, Entry, Recorded, Refusal, RefusalClass, Revision};
use json_patch::{Patch, PatchOperation};
use serde_json::Value;
use std::sync::Arc;

use super::super::hydrate::{Until, Visit, Walk};
use super::Runtime;

impl Runtime {
    pub(super) async fn diff_now(
        &self,
        (left, left_at): (&Address, At),
        (right, right_at): (&Address, At),
    ) -> Result<Diff, Refusal> {
        if left.kind != right.kind || left.tenant != right.tenant {
            return Err(Refusal::new(
                RefusalClass::Malformed,
                "diff_kinds_differ",
                "only actors of one kind can be compared",
            ));
        }
        let left_view = self.living(left, left_at).await?.view(left)?;
        let right_view = self.living(right, right_at).await?.view(right)?;
        let left_commits = self.commits(left, At::Revision(left_view.revision)).await?;
        let right_commits = self.commits(right, At::Revision(right_view.revision)).await?;
        let shared = left_commits
            .iter()
            .zip(&right_commits)
            .take_while(|(left, right)| left.hash == right.hash)
            .count();
        let patch = json_patch::diff(&left_view.state, &right_view.state);
        let texts = texts(&patch, &left_view.state);
        let json = |commits: &[Arc<Recorded>]| -> Vec<Value> {
            commits[shared..].iter().map(|recorded| recorded.to_json(false)).collect()
        };
        let common = shared.checked_sub(1).map(|last| left_commits[last].commit.revision);
        Ok(Diff {
            left: side(left_view),
            right: side(right_view),
            common: common.unwrap_or(Revision::ZERO),
            left_only: json(&left_commits),
            right_only: json(&right_commits),
            patch: serde_json::to_value(patch)
                .map_err(|error| Refusal::internal(error.to_string()))?,
            texts,
        })
    }

    async fn commits(&self, address: &Address, at: At) -> Result<Vec<Arc<Recorded>>, Refusal> {
        let mut commits = Vec::new();
        let visit = |visit: Visit<'_>| {
            if let Visit::Entry { entry: Entry::Commit(recorded), .. } = visit {
                commits.push(recorded);
            }
            Ok(Walk::On)
        };
        self.shared.hydrator.walk(address, Until::from(at), visit).await?;
        Ok(commits)
    }
}

/// Texts shorter than this, on one line, are told by the patch alone.
const TEXT_BYTES_MIN: usize = 60;

/// Lines around a change that are told with it.
const TEXT_CONTEXT_LINES: usize = 3;

/// The long texts of `left` that `patch` replaces.
fn texts(patch: &Patch, left: &Value) -> Vec<TextChange> {
    let change = |operation: &PatchOperation| {
        let PatchOperation::Replace(replace) = operation else { return None };
        let path = replace.path.to_string();
        let (old, new) = (left.pointer(&path)?.as_str()?, replace.value.as_str()?);
        let long = |text: &str| text.len() >= TEXT_BYTES_MIN || text.contains('\n');
        if !long(old) && !long(new) {
            return None;
        }
        let diff = similar::TextDiff::from_lines(old, new);
        let unified = diff.unified_diff().context_radius(TEXT_CONTEXT_LINES).to_string();
        Some(TextChange { path, unified })
    };
    patch.iter().filter_map(change).collect()
}

fn side(view: StateView) -> Side {
    Side { id: view.id, revision: view.revision, state_hash: view.state_hash }
}
