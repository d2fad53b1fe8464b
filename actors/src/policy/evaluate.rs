//! What a policy says of a command.

use contracts::Origin;
use contracts::effect::EffectClass;
use contracts::kinds::policy::Ruling;

use super::compile::{About, AboutEffect, Checked, Compiled, Exempt, Hazards};
use super::effect::EffectFacts;
use super::files::{Fields, normal};
use super::pattern::{self, Pattern};
use super::question::{Question, Verdict};
use super::{risk, walk};

impl Compiled {
    /// What it says: the rule that decides, and what files, risk and Rego make stricter. Pure, and
    /// bounded by the size of the document times that of the input.
    #[must_use]
    pub fn evaluate(&self, question: &Question<'_>) -> Verdict {
        let kind = question.kind.as_str();
        let places = self.of_kind.get(kind).unwrap_or(&self.of_others);
        let rules = places.iter().map(|place| &self.rules[*place]);
        let default = || {
            let (ruling, label) = &self.default;
            (Verdict::new(*ruling, label.clone(), None), None)
        };
        let (verdict, exempt) = by_rules(rules, question).unwrap_or_else(default);
        self.beside(question, verdict, exempt)
    }

    /// What it says of an effect; `None` = no rule is about it, and nothing else is asked.
    #[must_use]
    pub fn evaluate_effect(&self, question: &Question<'_>) -> Option<Verdict> {
        let (verdict, exempt) = by_rules(self.effects.iter(), question)?;
        Some(self.beside(question, verdict, exempt))
    }

    /// Whether a rule is about effects of `class`.
    #[must_use]
    pub fn names_effects(&self, class: EffectClass) -> bool {
        let about =
            |about: &AboutEffect| about.classes.is_empty() || about.classes.contains(&class);
        self.effects.iter().any(|rule| rule.about.effect.as_ref().is_some_and(about))
    }

    /// Whether it has rules about hosts.
    #[must_use]
    pub fn names_hosts(&self) -> bool {
        let about = |about: &AboutEffect| !about.hosts.is_empty();
        self.effects.iter().any(|rule| rule.about.effect.as_ref().is_some_and(about))
    }

    /// What files, risk and Rego make stricter.
    fn beside(
        &self,
        question: &Question<'_>,
        mut verdict: Verdict,
        exempt: Option<&Exempt>,
    ) -> Verdict {
        if verdict.ruling < Ruling::Deny && !exempt.is_some_and(|exempt| exempt.files) {
            verdict = self.by_files(question, verdict);
        }
        if verdict.ruling < Ruling::Deny && !exempt.is_some_and(|exempt| exempt.risk) {
            verdict = self.by_risk(question, verdict, exempt);
        }
        if let Some(module) = self.rego.as_ref().filter(|_| verdict.ruling < Ruling::Deny) {
            let (ruling, reason) = module.evaluate(question);
            let rule = format!("{}/rego", self.name).into();
            verdict = verdict.or_stricter(Verdict::new(ruling, rule, reason));
        }
        if verdict.obligations.approval.is_none() {
            verdict.obligations.approval = match verdict.ruling {
                Ruling::Review => Some(self.approvals[0].clone()),
                Ruling::Escalate => Some(self.approvals[1].clone()),
                Ruling::Allow | Ruling::Deny => None,
            };
        }
        verdict
    }

    fn by_files(&self, question: &Question<'_>, verdict: Verdict) -> Verdict {
        let guard = self.guard.as_ref();
        let breach = guard.and_then(|it| it.check(question.kind.as_str(), question.input));
        let Some(breach) = breach else { return verdict };
        let rule = format!("{}/{}", self.name, breach.rule).into();
        Verdict::new(Ruling::Deny, rule, Some(breach.reason))
    }

    fn by_risk(
        &self,
        question: &Question<'_>,
        verdict: Verdict,
        exempt: Option<&Exempt>,
    ) -> Verdict {
        let Some(hazards) = &self.risk else { return verdict };
        if !pattern::any(&hazards.kinds, question.kind.as_str()) {
            return verdict;
        }
        let mut findings = risk::scan(question.input);
        if let Some(exempt) = exempt {
            findings.retain(|finding| !exempt.classes.contains(&finding.class));
        }
        let worst = findings.iter().max_by_key(|it| hazards.ruling(it));
        let Some(worst) = worst.filter(|it| hazards.ruling(it) > verdict.ruling) else {
            return verdict;
        };
        let (ruling, reason) = (hazards.ruling(worst), worst.to_string());
        let label = hazards.labels[&worst.class].clone();
        findings.retain(|it| hazards.ruling(it) > Ruling::Allow);
        let mut verdict = Verdict::new(ruling, label, Some(reason));
        verdict.obligations.findings = findings;
        verdict
    }

    /// Whether it may say anything but yes.
    #[must_use]
    pub fn may_object(&self) -> bool {
        let objects = |rule: &Checked| rule.ruling > Ruling::Allow;
        self.default.0 > Ruling::Allow
            || self.rules.iter().chain(&self.effects).any(objects)
            || self.guard.is_some()
            || self.risk.is_some()
            || self.rego.is_some()
    }

    fn fields(&self) -> Fields {
        self.guard.as_ref().map(|guard| guard.fields().clone()).unwrap_or_default()
    }
}

/// What the first of `rules` says that is about it.
fn by_rules<'a>(
    rules: impl Iterator<Item = &'a Checked>,
    question: &Question<'_>,
) -> Option<(Verdict, Option<&'a Exempt>)> {
    for rule in rules {
        if !rule.about.holds(question, rule.ruling) {
            continue;
        }
        let trouble = match rule.when.as_ref().map(|when| when.holds(question)) {
            None | Some(Ok(true)) => None,
            Some(Ok(false)) => continue,
            // What cannot be decided is never a reason to let something through.
            Some(Err(_)) if rule.ruling == Ruling::Allow => continue,
            Some(Err(trouble)) => Some(trouble),
        };
        let reason = match trouble {
            None => rule.reason.clone(),
            Some(trouble) => Some(format!("its condition cannot be evaluated: {trouble}")),
        };
        let mut verdict = Verdict::new(rule.ruling, rule.label.clone(), reason);
        verdict.obligations.approval.clone_from(&rule.approval);
        return Some((verdict, Some(&rule.exempt)));
    }
    None
}

impl AboutEffect {
    fn holds(&self, facts: &EffectFacts<'_>) -> bool {
        let named = |patterns: &[Pattern], member: Option<&str>| {
            patterns.is_empty() || member.is_some_and(|member| pattern::any(patterns, member))
        };
        (self.classes.is_empty() || self.classes.contains(&facts.class))
            && named(&self.queues, facts.queue)
            && named(&self.models, facts.model)
            && named(&self.kinds, facts.kind)
            && named(&self.actors, facts.actor)
            && named(&self.commands, facts.command)
            && named(&self.timers, facts.timer)
            && named(&self.tools, facts.tool)
            && (self.hosts.is_empty()
                || facts.host().is_some_and(|host| pattern::any(&self.hosts, &host)))
    }
}

impl Compiled {
    /// The names of members that hold paths, for rules that ask about paths.
    pub(super) fn adopt_fields(mut self) -> Self {
        let fields = self.fields();
        for rule in self.rules.iter_mut().chain(&mut self.effects) {
            rule.about.fields.clone_from(&fields);
        }
        self
    }
}

impl Hazards {
    fn ruling(&self, finding: &risk::Finding) -> Ruling {
        let own = self.risk.classes.get(&finding.class);
        own.unwrap_or(&self.risk.default).ruling(finding.severity)
    }
}

impl About {
    fn holds(&self, question: &Question<'_>, ruling: Ruling) -> bool {
        let origin = match question.origin {
            Origin::Http => "http",
            Origin::Nats => "nats",
            Origin::Runtime => "runtime",
        };
        let role = || question.roles.iter().any(|role| pattern::any(&self.roles, role));
        pattern::any(&self.kinds, question.kind.as_str())
            && pattern::any(&self.commands, question.command.as_str())
            && pattern::any(&self.actors, question.id.as_str())
            && pattern::any(&self.tenants, question.tenant.as_str())
            && pattern::any(&self.principals, question.principal.as_str())
            && (self.roles.is_empty() || role())
            && pattern::any(&self.origins, origin)
            && self.is_of(question)
            && self.names_path(question, ruling)
            && self.says(question)
    }

    /// Whether it is about the effect; one about commands is about no effect, and the other way
    /// round.
    fn is_of(&self, question: &Question<'_>) -> bool {
        match (&self.effect, &question.effect) {
            (None, None) => true,
            (Some(about), Some(facts)) => about.holds(facts),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    /// Whether a path of the input is among the globs. One that hides what it is counts against
    /// the command.
    fn names_path(&self, question: &Question<'_>, ruling: Ruling) -> bool {
        let Some(globs) = &self.paths else { return true };
        let (mut one, mut all) = (false, true);
        let mut seen = |path: &str| {
            let inside = match normal(path) {
                Ok(form) => globs.is_match(form),
                Err(_) => ruling > Ruling::Allow,
            };
            one |= inside;
            all &= inside;
        };
        self.fields.read(question.input, &mut seen, &mut |_| {});
        // A rule that allows holds when all paths are among its globs, others when one is.
        one && (all || ruling > Ruling::Allow)
    }

    fn says(&self, question: &Question<'_>) -> bool {
        if self.regex.is_empty() {
            return true;
        }
        let mut found = false;
        walk::texts(question.input, &mut |way, text| {
            let says = |(field, regex): &(Option<Box<str>>, regex::Regex)| {
                let here = field.as_deref().is_none_or(|field| walk::is_at(way, field));
                here && regex.is_match(text)
            };
            found = found || self.regex.iter().any(says);
        });
        found
    }
}
