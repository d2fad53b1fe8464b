//! What is recognised: expressions of linear time, each with the shape that it needs around it.

mod code;
mod data;
mod prompts;
mod web;

use std::ops::Range;
use std::sync::LazyLock;

use contracts::kinds::policy::{RiskClass, Severity};
use regex::Regex;

use super::context::Facts;
use super::secrets;

/// One thing that is recognised.
pub struct Signal {
    /// Its class.
    pub class: RiskClass,
    /// Its name.
    pub name: &'static str,
    /// How bad it is when it is meant.
    pub severity: Severity,
    /// What it needs around it.
    pub shape: Shape,
    /// The expression; letters match in either case.
    pub pattern: &'static str,
}

/// What has to be around a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Anything; it may be spoken of.
    Any,
    /// The text is not much more than a value.
    Value,
    /// No statement of SQL has begun before it.
    Unstated,
    /// The same, and the text is not much more than a value.
    UnstatedValue,
    /// The text is no query of a document database and no program.
    Unqueried,
    /// The text is no page or program of its own.
    Unpaged,
    /// The text is no command line or script of its own.
    Unscripted,
    /// It counts also in programs: whoever reads those obeys it too.
    Order,
    /// A credential: quoting does not make it less of one, a placeholder does.
    Credential,
}

impl Signal {
    const fn new(
        class: RiskClass,
        name: &'static str,
        severity: Severity,
        shape: Shape,
        pattern: &'static str,
    ) -> Self {
        Self { class, name, severity, shape, pattern }
    }

    /// How bad a match is where it stands; `None` = it is nothing.
    #[must_use]
    pub fn weigh(&self, facts: &Facts<'_>, found: &Range<usize>) -> Option<Severity> {
        let text = facts.text;
        let meant = match self.shape {
            Shape::Credential => {
                return secrets::is_credential(&text[found.clone()]).then_some(self.severity);
            }
            Shape::Order => return Some(self.level(!facts.is_told(found))),
            Shape::Any => true,
            Shape::Value => facts.is_value(found),
            Shape::Unstated => !facts.in_statement(found),
            Shape::UnstatedValue => facts.is_value(found) && !facts.in_statement(found),
            Shape::Unqueried => !QUERY.is_match(text),
            Shape::Unpaged => !PAGE.is_match(text),
            Shape::Unscripted => !SCRIPT.is_match(text) && facts.is_value(found),
        };
        let spoken = facts.is_told(found) || facts.is_quoted(found) || facts.is_program;
        Some(self.level(meant && !spoken))
    }

    const fn level(&self, meant: bool) -> Severity {
        if meant { self.severity } else { Severity::Low }
    }
}

/// A signal with its expression, over bytes: what is dangerous is written in ASCII where it is not
/// said otherwise, and automata of all of Unicode are a hundred times larger.
pub struct Compiled {
    /// The signal.
    pub signal: &'static Signal,
    /// Its expression.
    pub regex: regex::bytes::Regex,
}

/// All signals, compiled once.
pub static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let lists = [
        code::COMMANDS,
        code::PROCESSES,
        data::SQL,
        data::NOSQL,
        data::PATHS,
        data::SECRETS,
        prompts::PROMPTS,
        web::WEB,
    ];
    let compiled = |signal: &'static Signal| {
        let regex = regex::bytes::RegexBuilder::new(signal.pattern)
            .case_insensitive(true)
            .unicode(false)
            .build()
            .expect("the expressions are constants that a test compiles");
        Compiled { signal, regex }
    };
    lists.into_iter().flatten().map(compiled).collect()
});

fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the expression is a constant that a test compiles")
}

static QUERY: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r#"(?i)\bdb\.\w+\.\w+\(|\.(find|findone|aggregate|updateone|updatemany|deleteone|deletemany|countdocuments|where)\(|\$(match|group|lookup|project|set|push|unwind|jsonschema)\b|collection|query builder"#,
    )
});

static PAGE: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"(?i)<!doctype|<html|<head\b|<body>|<body class|^\s*(import|export|const|let|var|function|class) |</(div|nav|main|template|section|header)>|=> *[({]|addEventListener",
    )
});

static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"(?i)^[\s#>]{0,3}(\$ |sudo |cd |make\b|cargo |npm |npx |yarn |pnpm |pip3? |docker |git |kubectl |apt|brew |ls\b|cat |grep |find |echo |export |set |source |mkdir |cp |mv |ssh |tar |curl |wget |python3? |node |go |mvn |printf |if |for |while |ps |df |du |tail |head |sort |awk |sed |xargs |systemctl |journalctl |rsync |terraform |ansible|helm |psql |mysql |openssl |gcc |cmake |\./|#!|run:|time |which |chmod |rm |touch |date|whoami|history|cut |wc )",
    )
});
