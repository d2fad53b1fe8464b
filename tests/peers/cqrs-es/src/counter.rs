//! The aggregate, its one event and its one view.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent, EventEnvelope, View};
use serde::{Deserialize, Serialize};

/// A counter.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Counter {
    value: i64,
}

/// What a counter is asked.
#[derive(Debug)]
pub enum Command {
    /// Count on.
    Add { by: i64 },
}

/// What happened to a counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It counted on.
    Added { by: i64, value: i64 },
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        "Added".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// Why a counter says no.
#[derive(Debug, thiserror::Error)]
#[error("the counter is full")]
pub struct Full;

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = Command;
    type Event = Event;
    type Error = Full;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Full> {
        let Command::Add { by } = command;
        let value = self.value.checked_add(by).ok_or(Full)?;
        sink.write(Event::Added { by, value }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        let Event::Added { value, .. } = event;
        self.value = value;
    }
}

/// What is read of a counter.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Value {
    /// Where it stands.
    pub value: i64,
}

impl View<Counter> for Value {
    fn update(&mut self, event: &EventEnvelope<Counter>) {
        let Event::Added { by, .. } = &event.payload;
        self.value += by;
    }
}
