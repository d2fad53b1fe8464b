//! The short way of signals: who listens in the process that says them hears them there, without
//! the way through the broker and back.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use async_nats::HeaderMap;
use contracts::ports::LiveItem;
use contracts::{ActorId, Address, Kind, Signal, Tenant};
use futures_util::Stream;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Who of this process listens to what.
pub(crate) struct Hub {
    /// By this line a process knows what it has said itself.
    mark: String,
    items_max: usize,
    listeners: Mutex<Listeners>,
}

/// The header line with a process's mark.
const FROM: &str = "cambium-from";

#[derive(Default)]
struct Listeners {
    next: u64,
    of_actor: HashMap<Address, Vec<Listener>>,
    of_many: Vec<(Scope, Listener)>,
}

struct Listener {
    number: u64,
    sender: Sender<LiveItem>,
}

/// What a listener wants to hear.
#[derive(Clone)]
struct Scope {
    tenant: Tenant,
    kind: Option<Kind>,
    id: Option<ActorId>,
}

impl Scope {
    fn includes(&self, address: &Address) -> bool {
        self.tenant == address.tenant
            && self.kind.as_ref().is_none_or(|kind| *kind == address.kind)
            && self.id.as_ref().is_none_or(|id| *id == address.id)
    }

    /// The one actor, where it is only one.
    fn actor(&self) -> Option<Address> {
        let (kind, id) = (self.kind.clone()?, self.id.clone()?);
        Some(Address::new(self.tenant.clone(), kind, id))
    }
}

impl Hub {
    /// A hub of a process with this mark, whose listeners may lie behind by so many signals.
    pub(crate) fn new(mark: String, items_max: usize) -> Self {
        Self { mark, items_max: items_max.max(1), listeners: Mutex::default() }
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines by which this process knows a message of its own.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(FROM, self.mark.as_str());
        headers
    }

    /// Whether this process has said it.
    pub(super) fn is_own(&self, headers: Option<&HeaderMap>) -> bool {
        headers.and_then(|lines| lines.get(FROM)).is_some_and(|mark| mark.as_str() == self.mark)
    }

    /// Tells all who listen here. Whoever lies too far behind misses it, as over the broker.
    pub(super) fn tell(&self, address: &Address, signal: &Signal) {
        let listeners = self.listeners();
        let of_actor = listeners.of_actor.get(address).into_iter().flatten();
        let fits = |(scope, _): &&(Scope, Listener)| scope.includes(address);
        let of_many = listeners.of_many.iter().filter(fits).map(|(_, listener)| listener);
        for listener in of_actor.chain(of_many) {
            let item = LiveItem { address: address.clone(), signal: signal.clone() };
            if listener.sender.try_send(item).is_err() {
                tracing::debug!(actor = %address, "signal.unheard");
            }
        }
    }

    /// What this process says from now on.
    pub(super) fn listen(
        self: &Arc<Self>,
        tenant: &Tenant,
        kind: Option<&Kind>,
        id: Option<&ActorId>,
    ) -> Heard {
        let (sender, receiver) = channel(self.items_max);
        let scope = Scope { tenant: tenant.clone(), kind: kind.cloned(), id: id.cloned() };
        let mut listeners = self.listeners();
        let number = listeners.next;
        listeners.next += 1;
        let listener = Listener { number, sender };
        match scope.actor() {
            Some(actor) => listeners.of_actor.entry(actor).or_default().push(listener),
            None => listeners.of_many.push((scope.clone(), listener)),
        }
        drop(listeners);
        Heard { hub: Arc::clone(self), scope, number, receiver }
    }

    fn leave(&self, scope: &Scope, number: u64) {
        let mut listeners = self.listeners();
        let Some(actor) = scope.actor() else {
            return listeners.of_many.retain(|(_, listener)| listener.number != number);
        };
        if let Some(all) = listeners.of_actor.get_mut(&actor) {
            all.retain(|listener| listener.number != number);
            if all.is_empty() {
                listeners.of_actor.remove(&actor);
            }
        }
    }
}

/// What a listener hears; it leaves when this is dropped.
pub(super) struct Heard {
    hub: Arc<Hub>,
    scope: Scope,
    number: u64,
    receiver: Receiver<LiveItem>,
}

impl Stream for Heard {
    type Item = LiveItem;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<LiveItem>> {
        self.receiver.poll_recv(context)
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.hub.leave(&self.scope, self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::{Address, Signal, Tenant};
    use futures_util::{FutureExt as _, StreamExt as _};
    use serde_json::json;

    use super::Hub;

    fn signal(number: u32) -> Signal {
        Signal { r#type: "typing".to_owned(), data: json!(number) }
    }

    #[test]
    fn who_lies_behind_misses_signals_and_who_leaves_is_forgotten() {
        let hub = Arc::new(Hub::new("one".to_owned(), 2));
        let actor: Address = "acme/counter/a".parse().expect("an address");
        let (kind, id) = (Some(&actor.kind), Some(&actor.id));
        let mut own = hub.listen(&actor.tenant, kind, id);
        let mut all = hub.listen(&actor.tenant, None, None);
        let strangers = hub.listen(&Tenant::from_static("other"), None, None);
        for number in 0..3 {
            hub.tell(&actor, &signal(number));
        }
        for heard in [&mut own, &mut all] {
            let mut told = Vec::new();
            while let Some(Some(item)) = heard.next().now_or_never() {
                told.push(item.signal);
            }
            assert_eq!(told, [signal(0), signal(1)]);
        }
        drop((own, all, strangers));
        let listeners = hub.listeners();
        assert!(listeners.of_actor.is_empty() && listeners.of_many.is_empty());
    }

    #[test]
    fn a_process_knows_what_it_has_said() {
        let (one, other) = (Hub::new("one".to_owned(), 1), Hub::new("other".to_owned(), 1));
        assert!(one.is_own(Some(&one.headers())));
        assert!(!one.is_own(Some(&other.headers())) && !one.is_own(None));
    }
}
