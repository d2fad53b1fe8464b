//! From a document to rules that can be evaluated: everything that can be wrong is told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contracts::effect::EffectClass;
use contracts::kinds::policy::limits::{
    EXPIRES_S_MAX, FORMAT, ITEMS_MAX, PATTERN_BYTES_MAX, QUORUM_MAX, REASON_BYTES_MAX,
    REGO_BYTES_MAX, RULES_MAX,
};
use contracts::kinds::policy::{
    Approval, Approvals, Document, EffectMatch, Match, Risk, RiskClass, Rule, Ruling,
};
use contracts::{FieldError, Hash, Principal};
use globset::GlobSet;

use super::condition::Condition;
use super::files::{self, Fields, Guard};
use super::pattern::{self, Pattern};
use super::rego::Module;
use super::text;

/// The most expressions of a document: each may take a quarter of a megabyte.
const REGEXES_MAX: usize = 100;

/// A policy that can be asked.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub(super) digest: Hash,
    pub(super) default: (Ruling, Arc<str>),
    /// In the order in which they decide.
    pub(super) rules: Vec<Checked>,
    /// For each kind that a rule names, the rules that may be about it.
    pub(super) of_kind: BTreeMap<Box<str>, Box<[usize]>>,
    /// The rules that may be about any other kind.
    pub(super) of_others: Box<[usize]>,
    /// The rules about effects, in the order in which they decide.
    pub(super) effects: Vec<Checked>,
    pub(super) guard: Option<Guard>,
    pub(super) risk: Option<Hazards>,
    pub(super) rego: Option<Module>,
    pub(super) approvals: [Arc<Approval>; 2],
    pub(super) name: Box<str>,
}

/// A rule that can be asked.
#[derive(Debug, Clone)]
pub struct Checked {
    pub(super) label: Arc<str>,
    pub(super) ruling: Ruling,
    pub(super) reason: Option<String>,
    pub(super) about: About,
    pub(super) when: Option<Condition>,
    pub(super) exempt: Exempt,
    pub(super) approval: Option<Arc<Approval>>,
}

/// What a rule is about.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub(super) kinds: Vec<Pattern>,
    pub(super) commands: Vec<Pattern>,
    pub(super) actors: Vec<Pattern>,
    pub(super) tenants: Vec<Pattern>,
    pub(super) principals: Vec<Pattern>,
    pub(super) roles: Vec<Pattern>,
    pub(super) origins: Vec<Pattern>,
    pub(super) paths: Option<GlobSet>,
    pub(super) regex: Vec<(Option<Box<str>>, regex::Regex)>,
    pub(super) fields: Fields,
    /// Which effects; of commands none.
    pub(super) effect: Option<AboutEffect>,
}

/// Which effects a rule is about.
#[derive(Debug, Clone, Default)]
pub struct AboutEffect {
    pub(super) classes: Vec<EffectClass>,
    pub(super) queues: Vec<Pattern>,
    pub(super) models: Vec<Pattern>,
    pub(super) kinds: Vec<Pattern>,
    pub(super) actors: Vec<Pattern>,
    pub(super) commands: Vec<Pattern>,
    pub(super) timers: Vec<Pattern>,
    pub(super) tools: Vec<Pattern>,
    pub(super) hosts: Vec<Pattern>,
}

/// What a rule that allows spares a command.
#[derive(Debug, Clone, Default)]
pub struct Exempt {
    pub(super) files: bool,
    pub(super) risk: bool,
    pub(super) classes: Vec<RiskClass>,
}

/// The thresholds of risk, with a label for each class.
#[derive(Debug, Clone)]
pub struct Hazards {
    pub(super) kinds: Vec<Pattern>,
    pub(super) risk: Risk,
    pub(super) labels: BTreeMap<RiskClass, Arc<str>>,
}

impl Compiled {
    /// Compiles the document of the policy called `name`.
    ///
    /// # Errors
    /// All that is wrong with it, each at its place in the document.
    pub fn new(name: &str, document: &Document) -> Result<Self, Vec<FieldError>> {
        let mut faults = Faults::default();
        faults.document(document);
        let mut order: Vec<&Rule> = document.rules.iter().collect();
        // The highest priority first; among equals the strictest, then the first written.
        order.sort_by_key(|rule| std::cmp::Reverse((rule.priority, rule.effect)));
        let places: BTreeMap<*const Rule, usize> = document
            .rules
            .iter()
            .enumerate()
            .map(|(place, rule)| (&raw const *rule, place))
            .collect();
        let rules: Vec<_> = order
            .into_iter()
            .filter_map(|rule| faults.rule(name, places[&(&raw const *rule)], rule))
            .collect();
        let guard = document.files.as_ref().map(Guard::compile).transpose();
        let guard = faults.keep(guard).flatten();
        let rego = document.rego.as_ref().map(Module::compile).transpose();
        let rego = faults.keep(
            rego.map_err(|message| vec![FieldError { field: "rego.module".to_owned(), message }]),
        );
        faults.done()?;
        let (effects, rules): (Vec<_>, Vec<_>) =
            rules.into_iter().partition(|rule| rule.about.effect.is_some());
        let (of_kind, of_others) = index(&rules);
        let Approvals { review, escalate } = document.approvals.clone().unwrap_or_default();
        Ok(Self {
            digest: text::digest(document),
            default: (document.default, format!("{name}/default").into()),
            rules,
            of_kind,
            of_others,
            effects,
            guard,
            risk: document.risk.as_ref().map(|risk| Hazards::new(name, risk)),
            rego: rego.flatten(),
            approvals: [review, escalate].map(|it| Arc::new(it.unwrap_or_default())),
            name: name.into(),
        }
        .adopt_fields())
    }

    /// The policy that refuses everything, in place of a document that cannot be compiled.
    #[must_use]
    pub fn closed(name: &str, document: &Document) -> Self {
        let label: Arc<str> = format!("{name}/unreadable").into();
        let named = document.rules.iter().any(|rule| rule.r#match.effect.is_some());
        let effects = named.then(|| Checked {
            label: label.clone(),
            ruling: Ruling::Deny,
            reason: None,
            about: About { effect: Some(AboutEffect::default()), ..About::default() },
            when: None,
            exempt: Exempt::default(),
            approval: None,
        });
        Self {
            digest: text::digest(document),
            default: (Ruling::Deny, label),
            rules: Vec::new(),
            of_kind: BTreeMap::new(),
            of_others: Box::default(),
            effects: effects.into_iter().collect(),
            guard: None,
            risk: None,
            rego: None,
            approvals: [Arc::default(), Arc::default()],
            name: name.into(),
        }
    }

    /// BLAKE3 of the document's canonical JSON.
    #[must_use]
    pub const fn digest(&self) -> Hash {
        self.digest
    }

    /// The policy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Hazards {
    fn new(name: &str, risk: &Risk) -> Self {
        let label = |class: RiskClass| (class, format!("{name}/risk.{}", class.as_str()).into());
        Self {
            kinds: risk.kinds.iter().map(|kind| Pattern::new(kind)).collect(),
            risk: risk.clone(),
            labels: RiskClass::ALL.into_iter().map(label).collect(),
        }
    }
}

type Index = (BTreeMap<Box<str>, Box<[usize]>>, Box<[usize]>);

/// The rules by the kinds that they may be about, so that a command meets few of many.
fn index(rules: &[Checked]) -> Index {
    let named = rules.iter().flat_map(|rule| rule.about.kinds.iter().filter_map(Pattern::exact));
    let kinds: BTreeSet<&str> = named.collect();
    let about = |kind: &str| -> Box<[usize]> {
        let about = |rule: &Checked| pattern::any(&rule.about.kinds, kind);
        (0..rules.len()).filter(|place| about(&rules[*place])).collect()
    };
    let others = |rule: &Checked| {
        rule.about.kinds.is_empty() || rule.about.kinds.iter().any(|it| it.exact().is_none())
    };
    let of_kind = kinds.into_iter().map(|kind| (Box::from(kind), about(kind))).collect();
    (of_kind, (0..rules.len()).filter(|place| others(&rules[*place])).collect())
}

#[derive(Default)]
struct Faults {
    errors: Vec<FieldError>,
    regexes: usize,
}

impl Faults {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
    }

    fn ensure(&mut self, ok: bool, field: &str, message: impl Into<String>) {
        if !ok {
            self.add(field, message);
        }
    }

    fn keep<T>(&mut self, result: Result<T, Vec<FieldError>>) -> Option<T> {
        result.map_err(|faults| self.errors.extend(faults)).ok()
    }

    fn done(self) -> Result<(), Vec<FieldError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    fn document(&mut self, document: &Document) {
        let Document { version, description, rules, risk, approvals, rego, .. } = document;
        self.ensure(*version == FORMAT, "version", format!("this program reads version {FORMAT}"));
        let most = format!("has {} rules; {RULES_MAX} are allowed", rules.len());
        self.ensure(rules.len() <= RULES_MAX, "rules", most);
        self.prose("description", description.as_ref());
        let mut ids = BTreeSet::new();
        for (place, rule) in rules.iter().enumerate() {
            let twice = !ids.insert(rule.id.as_str());
            self.ensure(!twice, &format!("rules[{place}].id"), "two rules have this id");
        }
        if let Some(risk) = risk {
            self.patterns("risk.kinds", &risk.kinds);
            for (name, thresholds) in risk
                .classes
                .iter()
                .map(|(class, it)| (format!("risk.classes.{}", class.as_str()), it))
                .chain([("risk.default".to_owned(), &risk.default)])
            {
                let rising = [thresholds.review, thresholds.escalate, thresholds.deny];
                let set: Vec<_> = rising.into_iter().flatten().collect();
                let rises = set.is_sorted();
                self.ensure(rises, &name, "rises from review over escalate to deny");
            }
        }
        for (name, approval) in approvals.iter().flat_map(|approvals| {
            [("approvals.review", &approvals.review), ("approvals.escalate", &approvals.escalate)]
        }) {
            if let Some(approval) = approval {
                self.approval(name, approval);
            }
        }
        if let Some(rego) = rego {
            let bytes = rego.module.len();
            let message = format!("has {bytes} bytes; {REGO_BYTES_MAX} are allowed");
            self.ensure(bytes <= REGO_BYTES_MAX, "rego.module", message);
        }
        if let Some(files) = &document.files {
            self.patterns("files.kinds", &files.kinds);
        }
    }

    fn prose(&mut self, field: &str, text: Option<&String>) {
        let bytes = text.map_or(0, String::len);
        let message = format!("has {bytes} bytes; {REASON_BYTES_MAX} are allowed");
        self.ensure(bytes <= REASON_BYTES_MAX, field, message);
    }

    fn approval(&mut self, field: &str, approval: &Approval) {
        let Approval { quorum, approvers, expires_s } = approval;
        let quorum_ok = (1..=QUORUM_MAX).contains(quorum);
        self.ensure(quorum_ok, &format!("{field}.quorum"), format!("is 1 to {QUORUM_MAX}"));
        let expires_ok = (1..=EXPIRES_S_MAX).contains(expires_s);
        let message = format!("is 1 to {EXPIRES_S_MAX}");
        self.ensure(expires_ok, &format!("{field}.expires_s"), message);
        let most = format!("has {} members; {ITEMS_MAX} are allowed", approvers.len());
        let place = format!("{field}.approvers");
        self.ensure(approvers.len() <= ITEMS_MAX, &place, most);
        let named = approvers
            .iter()
            .all(|it| it.strip_prefix("role:").unwrap_or(it).parse::<Principal>().is_ok());
        self.ensure(named, &place, "are principals and `role:<role>`");
        let roles = approvers.iter().any(|it| it.starts_with("role:"));
        let enough = approvers.is_empty() || roles || approvers.len() >= *quorum as usize;
        self.ensure(enough, &place, "are fewer than the quorum");
    }

    fn patterns(&mut self, field: &str, patterns: &[String]) -> Vec<Pattern> {
        let most = format!("has {} members; {ITEMS_MAX} are allowed", patterns.len());
        self.ensure(patterns.len() <= ITEMS_MAX, field, most);
        for (place, text) in patterns.iter().enumerate() {
            let fits = !text.is_empty() && text.len() <= PATTERN_BYTES_MAX;
            let message = format!("has 1 to {PATTERN_BYTES_MAX} bytes");
            self.ensure(fits, &format!("{field}[{place}]"), message);
        }
        patterns.iter().map(|text| Pattern::new(text)).collect()
    }

    fn rule(&mut self, name: &str, place: usize, rule: &Rule) -> Option<Checked> {
        let at = |member: &str| format!("rules[{place}].{member}");
        let named = rule.id.parse::<Principal>().is_ok();
        self.ensure(named, &at("id"), "has letters, digits, `_`, `:`, `@` and `-`");
        self.prose(&at("reason"), rule.reason.as_ref());
        let when = rule.when.as_deref().map(Condition::parse).transpose();
        let when =
            self.keep(when.map_err(|error| {
                vec![FieldError { field: at("when"), message: error.to_string() }]
            }));
        let exempt = self.exempt(&at("exempt"), rule);
        if let Some(approval) = &rule.approval {
            self.approval(&at("approval"), approval);
            let asks = matches!(rule.effect, Ruling::Review | Ruling::Escalate);
            self.ensure(asks, &at("approval"), "belongs to rules that review or escalate");
        }
        let effect = rule.r#match.effect.is_some();
        let asks = when.as_ref().and_then(Option::as_ref).is_some_and(Condition::is_of_effects);
        let message = "`effect` belongs to rules whose `match` has one";
        self.ensure(effect || !asks, &at("when"), message);
        let about = self.about(&at("match"), &rule.r#match);
        Some(Checked {
            label: format!("{name}/{}", rule.id).into(),
            ruling: rule.effect,
            reason: rule.reason.clone(),
            about: about?,
            when: when?,
            exempt,
            approval: rule.approval.clone().map(Arc::new),
        })
    }

    fn exempt(&mut self, field: &str, rule: &Rule) -> Exempt {
        let mut exempt = Exempt::default();
        let allows = rule.exempt.is_empty() || rule.effect == Ruling::Allow;
        self.ensure(allows, field, "belongs to rules that allow");
        for name in &rule.exempt {
            let class = name.strip_prefix("risk:").and_then(RiskClass::named);
            match (name.as_str(), class) {
                ("files", _) => exempt.files = true,
                ("risk", _) => exempt.risk = true,
                (_, Some(class)) => exempt.classes.push(class),
                _ => self.add(field, format!("{name} is none of files, risk and risk:<class>")),
            }
        }
        exempt
    }

    fn about(&mut self, at: &str, about: &Match) -> Option<About> {
        let Match { kinds, commands, actors, tenants, principals, roles, origins, .. } = about;
        let Match { paths, regex, effect, .. } = about;
        let known = ["http", "nats", "runtime"];
        let unknown = origins.iter().find(|origin| !known.contains(&origin.as_str()));
        let message = "are among http, nats and runtime";
        self.ensure(unknown.is_none(), &format!("{at}.origins"), message);
        self.patterns(&format!("{at}.paths"), paths);
        let globs = match paths.is_empty() {
            true => Some(None),
            false => self.keep(files::globs(&format!("{at}.paths"), paths)).map(Some),
        };
        let mut list = |member: &str, texts| self.patterns(&format!("{at}.{member}"), texts);
        let about = About {
            kinds: list("kinds", kinds),
            commands: list("commands", commands),
            actors: list("actors", actors),
            tenants: list("tenants", tenants),
            principals: list("principals", principals),
            roles: list("roles", roles),
            origins: list("origins", origins),
            paths: None,
            regex: Vec::new(),
            fields: Fields::default(),
            effect: None,
        };
        let effect = effect.as_ref().map(|effect| self.effect(&format!("{at}.effect"), effect));
        let mut compiled = Vec::new();
        for (place, it) in regex.iter().enumerate() {
            self.regexes += 1;
            let field = format!("{at}.regex[{place}].pattern");
            if self.regexes > REGEXES_MAX {
                self.add(field, format!("a policy has at most {REGEXES_MAX} expressions"));
                break;
            }
            match pattern::regex(&it.pattern) {
                Ok(regex) => compiled.push((it.field.clone().map(Into::into), regex)),
                Err(message) => self.add(field, message),
            }
        }
        Some(About { paths: globs?, regex: compiled, effect, ..about })
    }

    fn effect(&mut self, at: &str, about: &EffectMatch) -> AboutEffect {
        let EffectMatch { classes, queues, models, kinds, actors, commands, timers, tools, hosts } =
            about;
        let mut named = Vec::new();
        for class in classes {
            match EffectClass::named(class) {
                Some(class) => named.push(class),
                None => {
                    let known = EffectClass::ALL.map(EffectClass::as_str).join(", ");
                    self.add(format!("{at}.classes"), format!("{class} is none of {known}"));
                }
            }
        }
        let mut list = |member: &str, texts| self.patterns(&format!("{at}.{member}"), texts);
        AboutEffect {
            classes: named,
            queues: list("queues", queues),
            models: list("models", models),
            kinds: list("kinds", kinds),
            actors: list("actors", actors),
            commands: list("commands", commands),
            timers: list("timers", timers),
            tools: list("tools", tools),
            hosts: list("hosts", &hosts.iter().map(|it| host(it)).collect::<Vec<_>>()),
        }
    }
}
/// The pattern of a host as hosts are written: in small letters, without the dot of the root.
fn host(pattern: &str) -> String {
    pattern.trim_end_matches('.').to_ascii_lowercase()
}
