//! A few answers, and the policy that they lead to.

use contracts::kinds::policy::limits::FORMAT;
use contracts::kinds::policy::{
    Approval, Approvals, Document, Files, Match, Risk, Rule, Ruling, Severity, Thresholds,
};

/// How much is let through without asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Only what has no good use is refused.
    Relaxed,
    /// What may be dangerous is reviewed.
    #[default]
    Balanced,
    /// What is not named is refused.
    Strict,
}

/// What is asked of whoever begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// How much is let through without asking.
    pub strictness: Strictness,
    /// Kinds that may be used when what is not named is refused.
    pub kinds: Vec<String>,
    /// Directories within which files may be touched; everywhere when empty.
    pub dirs: Vec<String>,
    /// The most lines that one command may change.
    pub diff_lines_max: Option<u32>,
    /// Who says yes to what is reviewed: principals and `role:<role>`.
    pub reviewers: Vec<String>,
    /// How many of them have to.
    pub quorum: u32,
}

/// The policy that the answers lead to, and why each part of it is there.
#[must_use]
pub fn wizard(answers: &Answers) -> (Document, Vec<String>) {
    let mut notes = Vec::new();
    let strict = answers.strictness == Strictness::Strict;
    let mut rules = Vec::new();
    let default = if strict { Ruling::Deny } else { Ruling::Allow };
    if strict {
        notes.push("what no rule allows is refused; admins keep the keys".to_owned());
        rules.push(Rule {
            when: Some("\"admin\" in caller.roles || caller.principal == \"admin\"".to_owned()),
            ..rule("admins-administer", 100, &["policy", "approval", "organization", "principal"])
        });
        if !answers.kinds.is_empty() {
            let kinds: Vec<&str> = answers.kinds.iter().map(String::as_str).collect();
            rules.push(rule("named-kinds", 10, &kinds));
        }
    }
    let risk = thresholds(answers.strictness);
    notes.push(match answers.strictness {
        Strictness::Relaxed => "inputs with no good use are refused".to_owned(),
        Strictness::Balanced => "inputs that may be dangerous are reviewed".to_owned(),
        Strictness::Strict => "inputs that may be dangerous are refused".to_owned(),
    });
    if !answers.dirs.is_empty() {
        notes.push(format!("files stay within {}", answers.dirs.join(", ")));
    }
    let quorum = answers.quorum.max(1);
    let approval = Approval { quorum, approvers: answers.reviewers.clone(), ..Approval::default() };
    let asks = !answers.reviewers.is_empty() || quorum > 1;
    let document = Document {
        version: FORMAT,
        description: Some("Made by the wizard.".to_owned()),
        default,
        rules,
        files: Some(Files {
            allowed_dirs: (!answers.dirs.is_empty()).then(|| answers.dirs.clone()),
            deny_globs: ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/.ssh/**"]
                .map(str::to_owned)
                .to_vec(),
            max_diff_lines: answers.diff_lines_max,
            ..Files::default()
        }),
        risk: Some(Risk { default: risk, ..Risk::default() }),
        approvals: asks
            .then(|| Approvals { review: Some(approval.clone()), escalate: Some(approval) }),
        rego: None,
    };
    (document, notes)
}

fn rule(id: &str, priority: i32, kinds: &[&str]) -> Rule {
    let kinds = kinds.iter().map(|&kind| kind.to_owned()).collect();
    Rule {
        id: id.to_owned(),
        effect: Ruling::Allow,
        priority,
        r#match: Match { kinds, ..Match::default() },
        when: None,
        reason: None,
        exempt: Vec::new(),
        approval: None,
    }
}

const fn thresholds(strictness: Strictness) -> Thresholds {
    let (review, deny) = match strictness {
        Strictness::Relaxed => (None, Some(Severity::Critical)),
        Strictness::Balanced => (Some(Severity::Medium), Some(Severity::Critical)),
        Strictness::Strict => (Some(Severity::Low), Some(Severity::Medium)),
    };
    Thresholds { review, escalate: None, deny }
}
