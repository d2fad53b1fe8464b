//! An actor's entries page by page, without reading from the beginning each time.

use contracts::ports::PortError;
use contracts::view::Page;
use contracts::{Address, Cursor, Entry};

use super::super::hydrate::{HydrateError, Hydrator};

/// The entries of `address` that stand after `after`, its ancestors' first, each with the actor on
/// whose subject it stands; at most `limit`.
///
/// # Errors
/// When the log is away, or too many forks stand in a row.
pub async fn read(
    hydrator: &Hydrator,
    address: &Address,
    after: Cursor,
    limit: usize,
) -> Result<Page<(Address, Entry), Cursor>, HydrateError> {
    let lineage = hydrator.lineage(address).await?;
    let mut page = Filling { items: Vec::new(), limit, full: false };
    for (owner, until) in &lineage {
        let own = owner == address;
        let mut at = after;
        // What is foreign behind the last commit that a fork shares is the parent's alone.
        let mut held = Vec::new();
        'owner: loop {
            let wanted = hydrator.read_commits_max.min(limit - page.items.len() + 1);
            let read = hydrator.log.read(owner, at, wanted).await?;
            let last = read.len() < wanted;
            for stored in read {
                at = stored.cursor;
                let entry = Entry::from(stored);
                if !until.includes(&entry) {
                    break 'owner;
                }
                let ends = until.ends_with(&entry);
                let foreign = matches!(entry, Entry::Foreign(_));
                held.push((owner.clone(), entry));
                if own || !foreign {
                    held.drain(..).for_each(|item| page.push(item));
                }
                if page.full || ends {
                    break 'owner;
                }
            }
            if last {
                break;
            }
        }
        if page.full {
            break;
        }
    }
    let next = page.full.then(|| page.items.last().map(|(_, entry)| entry.cursor())).flatten();
    Ok(Page { items: page.items, next })
}

/// A page that is being filled; one more item than it may hold says that there is more.
struct Filling {
    items: Vec<(Address, Entry)>,
    limit: usize,
    full: bool,
}

impl Filling {
    fn push(&mut self, item: (Address, Entry)) {
        if self.items.len() < self.limit {
            self.items.push(item);
        } else {
            self.full = true;
        }
    }
}

/// The hash of an actor's commit `revision`; `None` when there is none.
///
/// # Errors
/// When the log is away.
pub async fn hash_at(
    hydrator: &Hydrator,
    address: &Address,
    revision: contracts::Revision,
) -> Result<Option<contracts::Hash>, PortError> {
    let mut after = Cursor::ZERO;
    loop {
        let page = match read(hydrator, address, after, hydrator.read_commits_max).await {
            Ok(page) => page,
            Err(HydrateError::Port(error)) => return Err(error),
            Err(_) => return Ok(None),
        };
        for (_, entry) in page.items {
            if let Entry::Commit(recorded) = entry
                && recorded.commit.revision == revision
            {
                return Ok(Some(recorded.hash));
            }
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(None),
        }
    }
}
