//! The client behind one request: what it can do, and what it is told before it is answered.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::outbox::Outbox;
use super::revision::{Revision, meta};
use super::session::Session;
use super::wire::{Request, RpcError, notification};

/// How much somebody wants to know, the least important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details for whoever looks for a fault.
    Debug,
    /// What goes on.
    Info,
    /// What is worth noticing.
    Notice,
    /// What may be wrong.
    Warning,
    /// What is wrong.
    Error,
    /// What is badly wrong.
    Critical,
    /// What must be seen to at once.
    Alert,
    /// Nothing works.
    Emergency,
}

const LEVELS: &[(&str, Level)] = &[
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("notice", Level::Notice),
    ("warning", Level::Warning),
    ("error", Level::Error),
    ("critical", Level::Critical),
    ("alert", Level::Alert),
    ("emergency", Level::Emergency),
];

impl Level {
    /// The level of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        LEVELS.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("info", |(name, _)| name)
    }
}

/// The client that waits for an answer.
#[derive(Debug)]
pub struct Peer {
    /// Which sort of revision it speaks.
    pub revision: Revision,
    /// What it says that it can do.
    capabilities: Map<String, Value>,
    /// What it calls the progress that it wants to be told; `None` = none.
    token: Option<Value>,
    /// How much it wants to know; `None` = nothing.
    level: Option<Level>,
    outbox: Arc<Outbox>,
    session: Option<Arc<Session>>,
    patience: Duration,
}

impl Peer {
    /// Who asks `request`; what it is told goes to `outbox`.
    #[must_use]
    pub fn of(
        request: &Request,
        session: Option<Arc<Session>>,
        outbox: Arc<Outbox>,
        patience: Duration,
    ) -> Self {
        let told = request.meta(&meta("clientCapabilities")).and_then(Value::as_object).cloned();
        let (revision, capabilities, level) = match &session {
            Some(session) => (Revision::Stateful, session.capabilities.clone(), session.level()),
            None => {
                let level = request.meta(&meta("logLevel")).and_then(Value::as_str);
                (Revision::Stateless, told.unwrap_or_default(), level.and_then(Level::named))
            }
        };
        let token = request.meta("progressToken").cloned();
        let token = token.filter(|token| token.is_string() || token.is_i64() || token.is_u64());
        Self { revision, capabilities, token, level, outbox, session, patience }
    }

    /// Whether it has said that it can do this: `sampling`, `elicitation`, `roots`.
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.contains_key(capability)
    }

    /// Whether it has said that it knows this extension.
    #[must_use]
    pub fn extends(&self, extension: &str) -> bool {
        self.capabilities.get("extensions").and_then(|it| it.get(extension)).is_some()
    }

    /// Whether it wants to be told how far it is.
    #[must_use]
    pub const fn wants_progress(&self) -> bool {
        self.token.is_some()
    }

    /// Tells how far it is, when that is wanted. `progress` grows from one to the next.
    pub fn progress(&self, progress: u64, total: Option<u64>, message: Option<&str>) {
        let Some(token) = &self.token else { return };
        let mut params = json!({ "progressToken": token, "progress": progress });
        if let Some(total) = total {
            params["total"] = json!(total);
        }
        if let Some(message) = message {
            params["message"] = json!(message);
        }
        self.outbox.push(notification("notifications/progress", &params));
    }

    /// Tells what goes on, when that much is wanted.
    pub fn log(&self, level: Level, logger: &str, data: &Value) {
        if self.level.is_some_and(|least| level >= least) {
            let params = json!({ "level": level.name(), "logger": logger, "data": data });
            self.outbox.push(notification("notifications/message", &params));
        }
    }

    /// Asks the client something while it waits, as clients of 2025 let themselves be asked; those
    /// of 2026 are answered with what is missing instead.
    ///
    /// # Errors
    /// `-32021` when it cannot, `-32600` for a client of 2026, `-32000` when it says no or nothing.
    pub async fn ask(
        &self,
        capability: &str,
        method: &str,
        params: &Value,
    ) -> Result<Value, RpcError> {
        if !self.can(capability) {
            return Err(RpcError::missing_capability(capability));
        }
        let Some(session) = &self.session else {
            return Err(RpcError::invalid_request("clients of this revision are not asked"));
        };
        let (id, answer) = session.ask();
        let asked = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.outbox.push(asked);
        let answered = tokio::time::timeout(self.patience, answer).await;
        session.asked_no_more(id);
        let refused = |message: &str| {
            RpcError::new(axum::http::StatusCode::OK, super::wire::REFUSED, message)
        };
        match answered {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(error))) => Err(refused("the client says no").data(error)),
            Ok(Err(_)) => Err(refused("the session has ended")),
            Err(_) => Err(refused("the client does not answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn levels_grow() {
        assert!(Level::named("debug") < Level::named("emergency"));
        assert_eq!(Level::named("loud"), None);
        assert_eq!(Level::Warning.name(), "warning");
    }
}
