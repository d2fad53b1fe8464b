//! Metering: whatever costs something is reserved in every budget that is about it before it is
//! done, and settled after. Model calls do; tool calls, embeddings and what workers tell of their
//! own spending can, by the same two words.

mod budgets;

use std::collections::BTreeSet;

use contracts::effect::Charge;
use contracts::envelope::{Cause, Trace};
use contracts::kinds::budget::{EXCEEDED, Ledger, Release, Reserve, Settle, Spender, Verdict};
use contracts::model::Usage;
use contracts::{Address, Caller, CommandName, Correlation, Envelope, Hash, Refusal, RefusalClass};
use serde::Serialize;
use serde_json::{Value, json};

use super::Runtime;
use super::decide::written;
use super::effects::insist::insist;

pub use budgets::{Budgets, KeptBudgets};

const RESERVE: CommandName = CommandName::from_static("reserve");
const SETTLE: CommandName = CommandName::from_static("settle");
const RELEASE: CommandName = CommandName::from_static("release");

/// Something that is about to cost something.
#[derive(Debug, Clone)]
pub struct Call {
    /// What the reservation is called: derived from what causes it, so that a repeat and a takeover
    /// change nothing.
    pub reservation: String,
    /// Who spends.
    pub spender: Spender,
    /// On which model, as `provider/model`.
    pub model: String,
    /// The models that may answer in its place: what the dearest of them costs is set aside, in
    /// the budgets of all of them.
    pub stand_ins: Vec<String>,
    /// Tokens of the prompt.
    pub input_tokens: u32,
    /// Tokens that the answer may have.
    pub output_tokens: u32,
    /// How long it may take, in milliseconds, when that is longer than a budget would wait.
    pub hold_ms: Option<u64>,
    /// What causes it.
    pub cause: Option<Cause>,
    /// The errand that it belongs to.
    pub correlation: Option<Correlation>,
    /// Where it stands in a trace.
    pub trace: Option<Trace>,
}

/// What was set aside for a call. Whoever has it says what became of the call.
#[derive(Debug, Clone)]
pub struct Meter {
    /// The call.
    pub call: Call,
    /// Where, and how much.
    pub held: Vec<(Address, u64)>,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It was made, and came to this: tokens, and what they cost in millionths of a US dollar when
    /// anybody knows.
    Counted(u64, Option<u64>),
    /// Nobody knows: what was set aside is spent.
    Unknown,
    /// It was not made.
    Nothing,
}

/// Why nothing was set aside.
#[derive(Debug)]
pub enum Unreserved {
    /// A budget says no.
    Refused {
        /// Why.
        refusal: Refusal,
        /// Which one.
        budget: Address,
        /// The model that may be asked instead.
        fallback: Option<String>,
    },
    /// The runtime stops.
    Stopped,
}

impl Spent {
    /// What `usage` of a model that costs so much comes to.
    #[must_use]
    pub fn of(usage: &Usage, micro_usd: Option<u64>) -> Self {
        Self::Counted(u64::from(usage.input_tokens) + u64::from(usage.output_tokens), micro_usd)
    }
}

impl Runtime {
    /// Whether any budget may be about what `spender` spends.
    pub(in crate::runtime) fn is_metered(&self, spender: &Spender) -> bool {
        let board = self.shared.effects.board();
        !board.ledger.budgets.covering(spender, None).is_empty()
    }

    /// Sets aside what `call` may cost, in every budget that is about it, or in none.
    ///
    /// # Errors
    /// The first budget's no, after what the others gave was given back.
    pub(in crate::runtime) async fn reserve(&self, call: Call) -> Result<Meter, Unreserved> {
        let covering = self.covering(&call);
        let mut meter = Meter { call, held: Vec::new() };
        for budget in covering {
            match self.reserve_in(&budget, &meter.call).await {
                Ok(Some(amount)) => meter.held.push((budget, amount)),
                Ok(None) => {}
                Err(refused) => {
                    self.close(&meter, Spent::Nothing).await;
                    return Err(refused);
                }
            }
        }
        Ok(meter)
    }

    /// The budgets that are about a call, whichever of its models answers it, in a fixed order.
    fn covering(&self, call: &Call) -> BTreeSet<Address> {
        let board = self.shared.effects.board();
        let models = std::iter::once(&call.model).chain(&call.stand_ins);
        models.flat_map(|model| board.ledger.budgets.covering(&call.spender, Some(model))).collect()
    }

    /// What a call may cost at most; `None` = of one of its models nobody knows the price.
    fn dearest(&self, call: &Call) -> Option<u64> {
        let prices = &self.shared.world.prices;
        let models = std::iter::once(&call.model).chain(&call.stand_ins);
        let most = models
            .map(|model| Some(prices.of_model(model)?.most(call.input_tokens, call.output_tokens)));
        most.reduce(|one, other| Some(one?.max(other?))).flatten()
    }

    async fn reserve_in(&self, budget: &Address, call: &Call) -> Result<Option<u64>, Unreserved> {
        let (input, output) = (call.input_tokens, call.output_tokens);
        let reserve = Reserve {
            reservation: call.reservation.clone(),
            tokens: u64::from(input) + u64::from(output),
            micro_usd: self.dearest(call),
            model: call.model.clone(),
            spender: call.spender.clone(),
            hold_ms: call.hold_ms,
        };
        let reply = match self.say_to(budget, call, RESERVE, &reserve).await {
            Ok(reply) => reply,
            Err(None) => return Err(Unreserved::Stopped),
            Err(Some(refusal)) => {
                let budget = budget.clone();
                return Err(Unreserved::Refused { refusal, budget, fallback: None });
            }
        };
        let verdict: Verdict = contracts::read::from_value(reply).map_err(|error| {
            let refusal = Refusal::internal(error.to_string());
            Unreserved::Refused { refusal, budget: budget.clone(), fallback: None }
        })?;
        if verdict.granted {
            return Ok(verdict.unit.map(|_| verdict.amount));
        }
        let fallback = verdict.fallback.clone();
        let refusal = refusal(budget, call, &verdict);
        Err(Unreserved::Refused { refusal, budget: budget.clone(), fallback })
    }

    /// Says what became of a call, in every budget in which something was set aside for it.
    pub(in crate::runtime) async fn close(&self, meter: &Meter, spent: Spent) {
        for (budget, _) in &meter.held {
            self.close_in(budget, &meter.call, spent).await;
        }
    }

    /// Says what a call came to that `model` answered. A budget that is only about others of its
    /// models gets back what was set aside.
    pub(in crate::runtime) async fn answered(&self, meter: &Meter, model: &str, spent: Spent) {
        let own = {
            let board = self.shared.effects.board();
            board.ledger.budgets.covering(&meter.call.spender, Some(model))
        };
        for (budget, _) in &meter.held {
            let spent = if own.contains(budget) { spent } else { Spent::Nothing };
            self.close_in(budget, &meter.call, spent).await;
        }
    }

    /// Says what became of a call of which this process does not know where anything was set aside
    /// for it: another one did that.
    pub(in crate::runtime) async fn close_unseen(&self, call: &Call, spent: Spent) {
        let covering = {
            let board = self.shared.effects.board();
            board.ledger.budgets.covering(&call.spender, None)
        };
        for budget in covering {
            self.close_in(&budget, call, spent).await;
        }
    }

    async fn close_in(&self, budget: &Address, call: &Call, spent: Spent) {
        let reservation = call.reservation.clone();
        let said = match spent {
            Spent::Counted(tokens, micro_usd) => {
                let settle = Settle { reservation, tokens: Some(tokens), micro_usd };
                self.say_to(budget, call, SETTLE, &settle).await
            }
            Spent::Unknown => {
                let settle = Settle { reservation, tokens: None, micro_usd: None };
                self.say_to(budget, call, SETTLE, &settle).await
            }
            Spent::Nothing => self.say_to(budget, call, RELEASE, &Release { reservation }).await,
        };
        if let Err(Some(refusal)) = said {
            // What was set aside is then counted whole when its time is over.
            tracing::error!(%budget, reservation = call.reservation, %refusal, "budget.unsettled");
        }
    }

    /// Says something to a budget until it is taken. Saying it again under another id changes
    /// nothing: a budget knows each reservation by its name.
    ///
    /// # Errors
    /// `None` when the runtime stops; the refusal when saying it again meets it again.
    async fn say_to(
        &self,
        budget: &Address,
        call: &Call,
        name: CommandName,
        input: &impl Serialize,
    ) -> Result<Value, Option<Refusal>> {
        let input = written(input).map_err(Some)?;
        let id = self.shared.fresh_id();
        let mut envelope = Envelope::new(id, budget.clone(), name, input, Caller::runtime());
        envelope.cause.clone_from(&call.cause);
        envelope.correlation.clone_from(&call.correlation);
        envelope.trace.clone_from(&call.trace);
        let seed = Hash::of(call.reservation.as_bytes());
        let refused = |refusal: &Refusal| tracing::warn!(%budget, %refusal, "budget.waits");
        Ok(insist(self, envelope, seed, &refused).await?.reply)
    }
}

/// What a call is refused with. Of a budget of the system, a tenant is told only that there is one:
/// its numbers are about others too.
fn refusal(budget: &Address, call: &Call, verdict: &Verdict) -> Refusal {
    let own = budget.tenant == call.spender.tenant;
    let code = verdict.code.clone().unwrap_or_else(|| EXCEEDED.to_owned());
    let name = if own { format!("the budget {}", budget.id) } else { "a budget".to_owned() };
    let model = &call.model;
    if code != EXCEEDED {
        let message = format!("{name} counts no call of {model}: nobody knows its price");
        return Refusal::rejected(code, message).details(json!({ "model": model }));
    }
    let Ledger { used, reserved, left, ends, .. } = verdict.ledger.unwrap_or_default();
    let until = ends.map_or_else(String::new, |ends| format!(" until {ends}"));
    let mut refusal = if own {
        let unit = verdict.unit.unwrap_or_default().as_str();
        let asked = verdict.amount;
        let message = format!("{name} has {left} {unit} left{until}; {model} may take {asked}");
        Refusal::new(RefusalClass::Overloaded, code, message).details(json!({
            "budget": budget.id, "unit": unit, "limit": verdict.limit, "used": used,
            "reserved": reserved, "left": left, "asked": asked, "ends": ends, "model": model,
        }))
    } else {
        let message = format!("{name} of the system has too little left{until}");
        let details = json!({ "model": model, "ends": ends });
        Refusal::new(RefusalClass::Overloaded, code, message).details(details)
    };
    refusal.retry_after_ms = verdict.retry_after_ms;
    refusal
}

impl Meter {
    /// What was set aside in budgets of the spender's own tenant.
    #[must_use]
    pub fn charges(&self) -> Vec<Charge> {
        let own = self.held.iter().filter(|(at, _)| at.tenant == self.call.spender.tenant);
        let charge =
            |(at, reserved): &(Address, u64)| Charge { budget: at.id.clone(), reserved: *reserved };
        own.map(charge).collect()
    }
}
