//! The embedded engine. It has no access to the network, to files or to the environment; what it
//! may do is bounded by time, and whatever goes wrong is a refusal.

use std::num::NonZeroU32;
use std::time::Duration;

use contracts::Origin;
use contracts::kinds::policy::{Rego, Ruling};
use regorus::Engine;
use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::{Value, json};

use crate::policy::effect::MEMBERS;
use crate::policy::question::Question;

/// How long one evaluation may take.
const EVALUATION_MS_MAX: u64 = 50;
/// Steps between two looks at the clock.
const STEPS: NonZeroU32 = NonZeroU32::new(64).expect("64 is not zero");
/// Functions that make in one step as much as they are told to, whatever memory there is.
const UNBOUNDED: [&str; 2] = ["numbers.range", "numbers["];

/// A module that can be asked.
#[derive(Debug, Clone)]
pub struct Module {
    engine: Engine,
    rule: String,
}

impl Module {
    /// Compiles a module.
    ///
    /// # Errors
    /// Why it is none, or has no such rule.
    pub fn compile(rego: &Rego) -> Result<Self, String> {
        let dense: String = rego.module.split_whitespace().collect();
        if UNBOUNDED.iter().any(|name| dense.contains(name)) {
            return Err("numbers.range takes whatever memory it is told to".to_owned());
        }
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(true);
        let limit = Duration::from_millis(EVALUATION_MS_MAX);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit, check_interval: STEPS });
        let module = rego.module.clone();
        engine.add_policy("policy.rego".to_owned(), module).map_err(|error| error.to_string())?;
        // Without an input most rules are undefined; what is asked here is whether there is one.
        let mut probe = engine.clone();
        probe.set_input(regorus::Value::new_object());
        if let Err(error) = probe.eval_rule(rego.rule.clone()) {
            let text = error.to_string();
            if text.contains("not a valid rule path") {
                return Err(format!("there is no rule {}", rego.rule));
            }
        }
        Ok(Self { engine, rule: rego.rule.clone() })
    }

    /// What it says of a command.
    #[must_use]
    pub fn evaluate(&self, question: &Question<'_>) -> (Ruling, Option<String>) {
        let mut engine = self.engine.clone();
        engine.set_input(regorus::Value::from(input(question)));
        match engine.eval_rule(self.rule.clone()) {
            Ok(value) => said(&value),
            Err(error) => {
                let first = error.to_string();
                let first = first.lines().last().unwrap_or_default();
                (Ruling::Deny, Some(format!("the module cannot be evaluated: {first}")))
            }
        }
    }
}

/// The question as Rego's `input`.
fn input(question: &Question<'_>) -> Value {
    let origin = match question.origin {
        Origin::Http => "http",
        Origin::Nats => "nats",
        Origin::Runtime => "runtime",
    };
    let mut input = json!({
        "command": question.command,
        "input": question.input,
        "tenant": question.tenant,
        "caller": { "principal": question.principal, "roles": question.roles, "origin": origin },
        "actor": { "kind": question.kind, "id": question.id, "revision": question.revision },
        "time": { "ms": question.at.as_millis(), "text": question.at },
    });
    if let Some(facts) = &question.effect {
        let members = MEMBERS.iter().filter_map(|&name| Some((name, facts.member(name)?)));
        input["effect"] = members.map(|(name, text)| (name.to_owned(), json!(text))).collect();
    }
    input
}

fn said(value: &regorus::Value) -> (Ruling, Option<String>) {
    let json = serde_json::to_value(value).unwrap_or_default();
    let named = |value: &Value| contracts::read::from_ref::<Ruling>(value).ok();
    match &json {
        Value::Bool(true) => (Ruling::Allow, None),
        Value::String(_) if let Some(ruling) = named(&json) => (ruling, None),
        Value::Object(members) => match members.get("effect").and_then(named) {
            Some(ruling) => {
                let reason = members.get("reason").and_then(Value::as_str).map(str::to_owned);
                (ruling, reason)
            }
            None => (Ruling::Deny, Some("the module names no effect".to_owned())),
        },
        Value::Bool(false) => (Ruling::Deny, None),
        _ => (Ruling::Deny, Some("the module says nothing of this command".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use contracts::kinds::policy::{Rego, Ruling};
    use contracts::{Origin, Revision};
    use serde_json::{Value, json};

    use super::Module;
    use crate::policy::question::Question;

    fn module(text: &str, rule: &str) -> Result<Module, String> {
        Module::compile(&Rego { module: text.to_owned(), rule: rule.to_owned() })
    }

    fn ask(module: &Module, input: &Value) -> (Ruling, Option<String>) {
        module.evaluate(&Question {
            tenant: &"acme".parse().unwrap(),
            kind: &"counter".parse().unwrap(),
            id: &"c".parse().unwrap(),
            revision: Revision(1),
            command: &"add".parse().unwrap(),
            input,
            principal: &"anna".parse().unwrap(),
            roles: &["user"],
            origin: Origin::Http,
            at: "2026-11-20T10:00:00.000Z".parse().unwrap(),
            effect: None,
        })
    }

    #[test]
    fn a_module_of_opa_is_asked() {
        let text = "package agent\nimport rego.v1\ndefault allow := false\n\
                    allow if { input.input.by < 10; input.caller.principal == \"anna\" }\n";
        let module = module(text, "data.agent.allow").unwrap();
        assert_eq!(ask(&module, &json!({ "by": 3 })).0, Ruling::Allow);
        assert_eq!(ask(&module, &json!({ "by": 30 })).0, Ruling::Deny);
        assert_eq!(ask(&module, &json!({})).0, Ruling::Deny);
    }

    #[test]
    fn a_module_may_name_an_effect_and_a_reason() {
        let text = "package cambium\nimport rego.v1\n\
                    effect := {\"effect\": \"review\", \"reason\": \"large\"} if input.input.by > 10\n\
                    effect := \"allow\" if input.input.by <= 10\n";
        let module = module(text, "data.cambium.effect").unwrap();
        assert_eq!(ask(&module, &json!({ "by": 3 })), (Ruling::Allow, None));
        let large = (Ruling::Review, Some("large".to_owned()));
        assert_eq!(ask(&module, &json!({ "by": 30 })), large);
        assert_eq!(ask(&module, &json!({})).0, Ruling::Deny, "says nothing");
    }

    #[test]
    fn what_is_no_module_or_does_not_end_is_refused() {
        assert!(module("package x\nallow {", "data.x.allow").is_err());
        assert!(module("package x\nimport rego.v1\nallow := true", "data.x.other").is_err());
        let text = "package x\nimport rego.v1\n\
                    allow if { some a in input.input; some b in input.input; \
                    some c in input.input; a * b * c == -1 }\n";
        let slow = module(text, "data.x.allow").unwrap();
        let many: Value = (1..2_000).collect();
        let (ruling, why) = ask(&slow, &many);
        assert_eq!(ruling, Ruling::Deny);
        assert!(why.is_some_and(|it| it.contains("time")), "it was ended, not read to its end");
        for range in [
            "numbers.range(1, 1000000000)",
            "numbers .range_step(1, 9, 1)",
            "numbers[\"range\"](1, 9)",
        ] {
            let text =
                format!("package x\nimport rego.v1\nallow if {{ some a in {range}; a < 0 }}\n");
            assert!(module(&text, "data.x.allow").is_err(), "{range}");
        }
    }
}
