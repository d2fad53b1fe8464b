//! Models of the simulation: one that costs and keeps the bill, one that costs nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actors::model::{Deltas, Provider, Providers};
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::ports::{Fut, PortError};
use contracts::{Hash, Refusal};

use super::ports::{Wire, gone};
use super::trace::lock;

/// How often each question was put to the model that costs, by what was asked.
pub type Bill = Arc<Mutex<BTreeMap<String, u32>>>;

/// What a question is known by on the bill.
pub fn question(request: &ModelRequest) -> String {
    format!("{:?}", request.turns)
}

struct Model {
    name: &'static str,
    wire: Wire,
    bill: Option<Bill>,
}

/// The models that one run of the program reaches.
pub fn providers(wire: &Wire, bill: &Bill) -> Providers {
    let paid = Model { name: "paid", wire: wire.clone(), bill: Some(bill.clone()) };
    let local = Model { name: "local", wire: wire.clone(), bill: None };
    Providers::default().with(Arc::new(paid)).with(Arc::new(local))
}

impl Provider for Model {
    fn name(&self) -> &str {
        self.name
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        _: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            let Wire { life, chaos, trace } = &self.wire;
            life.gate().await.map_err(|_| gone())?;
            if let Some(bill) = &self.bill {
                *lock(bill).entry(question(request)).or_default() += 1;
            }
            trace.note(format_args!("{} asks {}", life.number, self.name));
            let fails = chaos.strikes(|rates| rates.model_failed);
            let pause = match chaos.below(20) {
                0 => 40_000,
                1..=9 => chaos.below(3_000),
                _ => 0,
            };
            tokio::time::sleep(Duration::from_millis(pause)).await;
            life.gate().await.map_err(|_| gone())?;
            if fails {
                return Err(PortError::Unavailable("the model is away".to_owned()).into());
            }
            Ok(ModelResponse {
                provider: self.name.to_owned(),
                model: request.model.clone(),
                text: format!("on {} turns", request.turns.len()),
                value: None,
                finish: Finish::Stop,
                usage: Usage::default(),
                request_hash: Hash::ZERO,
                ..ModelResponse::default()
            })
        })
    }
}
