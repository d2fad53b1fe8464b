//! Measures of commands, steps, effects and models in the program's one registry. Whatever callers
//! call their kinds, commands, models and codes, the number of labels is bounded.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::telemetry::{CommandMeasure, Measures, ModelMeasure, Stage};
use contracts::{CommandName, Kind, Pages, Timestamp, lifecycle};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use crate::edge::Metrics;

/// The label of what has none of its own.
pub const OTHERS: &str = "(others)";

/// How many codes of refusals have a label of their own.
const CODES_MAX: usize = 300;

/// How many tenants have a label of their own.
const TENANTS_MAX: usize = 100;

/// How many pairs of provider and model have labels of their own.
const MODELS_MAX: usize = 50;

/// How many codes of failed calls of models have one.
const FAILURES_MAX: usize = 20;

/// Families that have another name in the conventions: ours, theirs, their unit.
pub const CONVENTIONS: &[(&str, &str, &str)] = &[
    ("gen_ai_client_operation_duration_seconds", "gen_ai.client.operation.duration", "s"),
    ("gen_ai_client_token_usage", "gen_ai.client.token.usage", "{token}"),
];

/// Upper bounds of most durations, in seconds.
const SECONDS: [f64; 14] =
    [0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0];

/// Upper bounds of calls of models, in seconds, as the conventions have them.
const MODEL_SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// Upper bounds of tokens, as the conventions have them.
const TOKENS: [f64; 10] =
    [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0];

/// A text as a label. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Label(Arc<str>);

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Borrow<str> for Label {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl EncodeLabelValue for Label {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    kind: Label,
    command: Label,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: Label,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: Label,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabel {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TenantLabels {
    tenant: Label,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EffectLabels {
    class: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    gen_ai_operation_name: &'static str,
    gen_ai_provider_name: Label,
    gen_ai_request_model: Label,
    error_type: Label,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    gen_ai_provider_name: Label,
    gen_ai_request_model: Label,
    gen_ai_token_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CostLabels {
    provider: Label,
    model: Label,
}

type Times<L> = Family<L, Histogram, fn() -> Histogram>;

/// Texts that have a label of their own: the first so many that come.
#[derive(Debug)]
struct Bounded {
    known: RwLock<HashSet<Label>>,
    most: usize,
}

impl Bounded {
    fn new(most: usize) -> Self {
        Self { known: RwLock::default(), most }
    }

    /// The label of `text`.
    fn label(&self, text: &str) -> Label {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(label) = known.get(text) {
            return label.clone();
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most || text.len() > LABEL_BYTES_MAX {
            return OTHERS.into();
        }
        let label: Label = text.into();
        known.insert(label.clone());
        label
    }
}

/// The longest label, in bytes.
const LABEL_BYTES_MAX: usize = 128;

/// Takes measures.
#[derive(Debug)]
pub struct Meters {
    /// The kinds of the program and their commands: others share one label.
    known: HashMap<Kind, (Label, HashMap<CommandName, Label>)>,
    others: Label,
    codes: Bounded,
    tenants: Bounded,
    models: Bounded,
    failures: Bounded,
    commands: Family<CommandLabels, Counter>,
    by_tenant: Family<TenantLabels, Counter>,
    refused: Family<CodeLabel, Counter>,
    command_seconds: Times<KindLabel>,
    stages: HashMap<Stage, Histogram>,
    effects: Times<EffectLabels>,
    model_seconds: Times<ModelLabels>,
    tokens: Times<TokenLabels>,
    cost: Family<CostLabels, Counter<f64, AtomicU64>>,
    applied: Applied,
}

/// When the last commit was decided that is in the rows of the read models, in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Applied(Arc<AtomicI64>);

impl Applied {
    /// That instant; `None` = nothing was applied yet.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        let ms = self.0.load(Ordering::Relaxed);
        (ms > 0).then(|| Timestamp::from_millis(ms))
    }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn model_seconds() -> Histogram {
    Histogram::new(MODEL_SECONDS)
}

fn tokens() -> Histogram {
    Histogram::new(TOKENS)
}

impl Meters {
    /// Meters for the kinds of `pages`.
    #[must_use]
    pub fn new(pages: &Pages, metrics: &Metrics) -> Self {
        let runtimes = lifecycle::COMMANDS.iter();
        let runtimes: Vec<CommandName> = runtimes.cloned().collect();
        let known = pages.iter().map(|page| {
            let own = page.commands.iter().filter_map(|it| CommandName::new(it.name).ok());
            let names = own.chain(runtimes.iter().cloned());
            let names = names.map(|name| (name.clone(), name.as_str().into()));
            (page.kind.clone(), (page.kind.as_str().into(), names.collect()))
        });
        let stages =
            Family::<StageLabel, Histogram, fn() -> Histogram>::new_with_constructor(seconds);
        let each = Stage::ALL.map(|stage| {
            let label = StageLabel { stage: stage.as_str() };
            (stage, stages.get_or_create(&label).clone())
        });
        let meters = Self {
            known: known.collect(),
            others: OTHERS.into(),
            codes: Bounded::new(CODES_MAX),
            tenants: Bounded::new(TENANTS_MAX),
            models: Bounded::new(MODELS_MAX),
            failures: Bounded::new(FAILURES_MAX),
            commands: Family::default(),
            by_tenant: Family::default(),
            refused: Family::default(),
            command_seconds: Family::new_with_constructor(seconds),
            stages: HashMap::from(each),
            effects: Family::new_with_constructor(seconds),
            model_seconds: Family::new_with_constructor(model_seconds),
            tokens: Family::new_with_constructor(tokens),
            cost: Family::default(),
            applied: Applied::default(),
        };
        metrics.register(|registry| {
            let (own, steps) = (&meters, stages);
            registry.register("cambium_commands", "Commands answered", own.commands.clone());
            let (name, help) = ("cambium_tenant_commands", "Commands answered, by tenant");
            registry.register(name, help, own.by_tenant.clone());
            let help = "Commands refused, by the code of the refusal";
            registry.register("cambium_commands_refused", help, own.refused.clone());
            let (name, help) = ("cambium_command_duration_seconds", "From mailbox to answer");
            registry.register(name, help, own.command_seconds.clone());
            let (name, help) = ("cambium_stage_duration_seconds", "Steps of the program");
            registry.register(name, help, steps);
            let (name, help) = ("cambium_effect_duration_seconds", "Attempts at effects");
            registry.register(name, help, own.effects.clone());
            let name = "gen_ai_client_operation_duration_seconds";
            registry.register(name, "Calls of models", own.model_seconds.clone());
            let (name, help) = ("gen_ai_client_token_usage", "Tokens of calls of models");
            registry.register(name, help, own.tokens.clone());
            let (name, help) = ("cambium_model_cost_usd", "What models have cost, in US dollars");
            registry.register(name, help, own.cost.clone());
        });
        meters
    }

    /// Up to which commit the rows of the read models reach.
    #[must_use]
    pub fn applied(&self) -> Applied {
        self.applied.clone()
    }
}

impl Measures for Meters {
    fn command(&self, measure: &CommandMeasure<'_>) {
        let known = self.known.get(measure.kind);
        let kind = known.map_or(&self.others, |(kind, _)| kind);
        let command = known.and_then(|(_, names)| names.get(measure.name)).unwrap_or(&self.others);
        let labels = CommandLabels {
            kind: kind.clone(),
            command: command.clone(),
            outcome: measure.outcome,
        };
        self.commands.get_or_create(&labels).inc();
        let tenant = self.tenants.label(measure.tenant.as_str());
        let of_tenant = TenantLabels { tenant, outcome: measure.outcome };
        self.by_tenant.get_or_create(&of_tenant).inc();
        let label = KindLabel { kind: labels.kind };
        self.command_seconds.get_or_create(&label).observe(measure.took.as_secs_f64());
        if let Some(code) = measure.code {
            self.refused.get_or_create(&CodeLabel { code: self.codes.label(code) }).inc();
        }
    }

    fn stage(&self, stage: Stage, took: Duration) {
        if let Some(histogram) = self.stages.get(&stage) {
            histogram.observe(took.as_secs_f64());
        }
    }

    fn effect(&self, class: &'static str, outcome: &'static str, took: Duration) {
        let labels = EffectLabels { class, outcome };
        self.effects.get_or_create(&labels).observe(took.as_secs_f64());
    }

    fn model(&self, measure: &ModelMeasure<'_>) {
        let both = self.models.label(&format!("{}/{}", measure.provider, measure.model));
        let (provider, model) = both.0.split_once('/').unwrap_or((OTHERS, OTHERS));
        let (provider, model): (Label, Label) = (provider.into(), model.into());
        let error = measure.error.map_or_else(|| "".into(), |code| self.failures.label(code));
        let labels = ModelLabels {
            gen_ai_operation_name: measure.operation,
            gen_ai_provider_name: provider.clone(),
            gen_ai_request_model: model.clone(),
            error_type: error,
        };
        self.model_seconds.get_or_create(&labels).observe(measure.took.as_secs_f64());
        for (kind, count) in [("input", measure.input_tokens), ("output", measure.output_tokens)] {
            let labels = TokenLabels {
                gen_ai_provider_name: provider.clone(),
                gen_ai_request_model: model.clone(),
                gen_ai_token_type: kind,
            };
            if count > 0 {
                self.tokens.get_or_create(&labels).observe(count as f64);
            }
        }
        if let Some(micro) = measure.micro_usd.filter(|micro| *micro > 0) {
            self.cost.get_or_create(&CostLabels { provider, model }).inc_by(micro as f64 / 1e6);
        }
    }

    fn applied(&self, at: Timestamp) {
        self.applied.0.store(at.as_millis(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::telemetry::{CommandMeasure, Measures as _, ModelMeasure};
    use contracts::{CommandName, Kind, Tenant};

    use super::Meters;
    use crate::edge::Metrics;

    #[test]
    fn hostile_names_make_no_labels_without_end() {
        let (pages, metrics) = (actors::Registry::standard().pages(), Metrics::default());
        let meters = Meters::new(&pages, &metrics);
        let took = Duration::from_millis(1);
        for number in 0..5_000 {
            let kind = Kind::new(format!("kind-{number}")).expect("a plain id");
            let name = CommandName::new(format!("name-{number}")).expect("a plain name");
            let (code, model) = (format!("code_{number}"), format!("model-{number}"));
            let own = Kind::from_static("counter");
            let tenant = Tenant::new(format!("tenant-{number}")).expect("a plain id");
            for kind in [&kind, &own] {
                meters.command(&CommandMeasure {
                    tenant: &tenant,
                    kind,
                    name: &name,
                    outcome: "refused",
                    code: Some(&code),
                    took,
                });
            }
            meters.model(&ModelMeasure {
                operation: "chat",
                provider: "local",
                model: &model,
                error: Some(&code),
                took,
                input_tokens: 1,
                output_tokens: 1,
                micro_usd: Some(1),
            });
        }
        let text = metrics.text();
        let lines = text.lines().count();
        assert!(lines < 12_000, "{lines}");
        assert!(text.contains("cambium_commands_total{kind=\"counter\",command=\"(others)\""));
        let others = "cambium_commands_total{kind=\"(others)\",command=\"(others)\",\
                      outcome=\"refused\"} 5000";
        assert!(text.contains(others), "all others are counted together");
    }

    #[test]
    fn what_is_told_by_tenant_is_told_to_its_tenant() {
        let (pages, metrics) = (actors::Registry::standard().pages(), Metrics::default());
        let meters = Meters::new(&pages, &metrics);
        let tenants = ["acme", "acme-2"].map(Tenant::from_static);
        for tenant in &tenants {
            meters.command(&CommandMeasure {
                tenant,
                kind: &Kind::from_static("counter"),
                name: &CommandName::from_static("add"),
                outcome: "completed",
                code: None,
                took: Duration::ZERO,
            });
        }
        let of = |tenant: &str| {
            let labels = format!("{{tenant=\"{tenant}\",outcome=\"completed\"}}");
            format!("cambium_tenant_commands_total{labels} 1\n")
        };
        let (all, own) = (metrics.text(), metrics.text_for(Some(&tenants[0])));
        assert!(all.contains(&of("acme")) && all.contains(&of("acme-2")), "{all}");
        assert!(own.contains(&of("acme")) && !own.contains("acme-2"), "{own}");
        let nobody = metrics.text_for(None);
        assert!(!nobody.contains("acme") && nobody.contains("cambium_commands_total{kind"));
        assert!(nobody.ends_with("# EOF\n"));
    }
}
