use contracts::kinds::policy::Ruling;
use contracts::{Origin, Principal, Revision, Tenant};
use serde_json::{Value, json};

use super::{Compiled, Question, Verdict, read, templates};

fn compiled(yaml: &str) -> Compiled {
    let document = read(yaml).unwrap_or_else(|errors| panic!("{errors:?}"));
    Compiled::new("p", &document).unwrap_or_else(|errors| panic!("{errors:?}"))
}

struct Asked<'a> {
    to: &'a str,
    command: &'a str,
    by: &'a str,
    roles: &'a [&'a str],
    tenant: &'a str,
}

const ANNA: Asked<'_> =
    Asked { to: "counter/c1", command: "add", by: "anna", roles: &["user"], tenant: "acme" };

fn ask(policy: &Compiled, asked: &Asked<'_>, input: &Value) -> Verdict {
    let (kind, id) = asked.to.split_once('/').unwrap();
    let tenant: Tenant = asked.tenant.parse().unwrap();
    let principal: Principal = asked.by.parse().unwrap();
    policy.evaluate(&Question {
        tenant: &tenant,
        kind: &kind.parse().unwrap(),
        id: &id.parse().unwrap(),
        revision: Revision(1),
        command: &asked.command.parse().unwrap(),
        input,
        principal: &principal,
        roles: asked.roles,
        origin: Origin::Http,
        at: "2026-11-20T10:00:00.000Z".parse().unwrap(),
        effect: None,
    })
}

fn said(policy: &Compiled, asked: &Asked<'_>, input: &Value) -> (Ruling, String) {
    let verdict = ask(policy, asked, input);
    (verdict.ruling, verdict.rule.to_string())
}

#[test]
fn the_highest_priority_decides_then_the_strictest_then_the_first() {
    let policy = compiled(
        "
version: 1
default: review
rules:
  - { id: allow-first, effect: allow, match: { kinds: [counter] } }
  - { id: deny-later, effect: deny, match: { commands: [reset] } }
  - { id: deny-too, effect: deny, match: { commands: [reset] } }
  - { id: anna-may, effect: allow, priority: 5, match: { principals: [an*], commands: [reset] } }
  - { id: rogue, effect: deny, priority: 9, match: { roles: [rogue] } }
",
    );
    let reset = Asked { command: "reset", ..ANNA };
    let bob = Asked { by: "bob", ..reset };
    let rogue = Asked { roles: &["user", "rogue"], ..reset };
    let other = Asked { to: "osteon/x", command: "draft", ..ANNA };
    for (asked, expected) in [
        (&ANNA, (Ruling::Allow, "p/allow-first")),
        (&reset, (Ruling::Allow, "p/anna-may")),
        (&bob, (Ruling::Deny, "p/deny-later")),
        (&rogue, (Ruling::Deny, "p/rogue")),
        (&other, (Ruling::Review, "p/default")),
    ] {
        let (ruling, rule) = said(&policy, asked, &json!({}));
        assert_eq!((ruling, rule.as_str()), expected);
    }
    assert!(ask(&policy, &other, &json!({})).obligations.approval.is_some());
}

#[test]
fn every_way_to_match_matches() {
    let table = [
        ("kinds: [count*]", true),
        ("kinds: [osteon]", false),
        ("actors: ['c?', c1]", true),
        ("actors: [c2]", false),
        ("tenants: [acme]", true),
        ("tenants: [other]", false),
        ("origins: [nats, http]", true),
        ("origins: [runtime]", false),
        ("roles: [us*r]", true),
        ("roles: [admin]", false),
        ("paths: ['api/**']", true),
        ("paths: ['docs/**']", false),
        ("regex: [{ pattern: 'f[aeiou]o' }]", true),
        ("regex: [{ field: note, pattern: 'x' }, { field: note, pattern: 'foo' }]", true),
        ("regex: [{ field: other, pattern: 'foo' }]", false),
        ("kinds: [counter], commands: [reset]", false),
    ];
    let input = json!({ "note": "a foo", "path": "api/x.py" });
    for (about, matches) in table {
        let yaml = format!("version: 1\nrules: [{{ id: r, effect: deny, match: {{ {about} }} }}]");
        let (ruling, _) = said(&compiled(&yaml), &ANNA, &input);
        assert_eq!(ruling == Ruling::Deny, matches, "{about}");
    }
}

#[test]
fn hidden_paths_count_against_the_command() {
    let rules = |effect: &str| {
        let yaml = format!(
            "version: 1\ndefault: {}\nrules: [{{ id: r, effect: {effect}, match: {{ paths: ['api/**'] }} }}]",
            if effect == "allow" { "deny" } else { "allow" },
        );
        compiled(&yaml)
    };
    let hidden = json!({ "paths": ["api/x", "api/%2e%2e/etc"] });
    assert_eq!(said(&rules("deny"), &ANNA, &hidden).0, Ruling::Deny);
    assert_eq!(said(&rules("allow"), &ANNA, &hidden).0, Ruling::Deny);
    let both = json!({ "paths": ["api/x", "etc/y"] });
    assert_eq!(said(&rules("deny"), &ANNA, &both).0, Ruling::Deny, "one is enough to refuse");
    assert_eq!(said(&rules("allow"), &ANNA, &both).0, Ruling::Deny, "all are needed to allow");
    assert_eq!(said(&rules("allow"), &ANNA, &json!({ "path": "api/x" })).0, Ruling::Allow);
}

#[test]
fn a_condition_that_cannot_be_evaluated_never_lets_through() {
    let deny = compiled("version: 1\nrules: [{ id: big, effect: deny, when: input.by > 10 }]");
    assert_eq!(said(&deny, &ANNA, &json!({ "by": 3 })).0, Ruling::Allow);
    assert_eq!(said(&deny, &ANNA, &json!({ "by": 30 })).0, Ruling::Deny);
    let verdict = ask(&deny, &ANNA, &json!({}));
    assert_eq!(verdict.ruling, Ruling::Deny);
    assert!(verdict.reason.unwrap().contains("there is no member by"));
    let allow = compiled(
        "version: 1\ndefault: deny\nrules: [{ id: small, effect: allow, when: input.by < 10 }]",
    );
    assert_eq!(said(&allow, &ANNA, &json!({})).0, Ruling::Deny);
    assert_eq!(said(&allow, &ANNA, &json!({ "by": 3 })).0, Ruling::Allow);
}

#[test]
fn files_and_risk_make_stricter_unless_a_rule_spares_them() {
    let policy = compiled(
        "
version: 1
rules:
  - id: scanner
    effect: allow
    priority: 2
    match: { principals: [scanner] }
    exempt: [risk, files]
  - id: sql-desk
    effect: allow
    priority: 1
    match: { principals: [desk] }
    exempt: ['risk:sql_injection']
files: { allowed_dirs: [api] }
risk: { default: { review: medium, deny: critical }, classes: { xss: { deny: high } } }
",
    );
    let by = |by| Asked { by, ..ANNA };
    let sql = json!({ "text": "x' OR '1'='1" });
    let xss = json!({ "text": "<script>alert(document.domain)</script>" });
    let outside = json!({ "path": "etc/x" });
    assert_eq!(
        said(&policy, &ANNA, &json!({ "text": "hello" })),
        (Ruling::Allow, "p/default".into())
    );
    assert_eq!(said(&policy, &ANNA, &sql), (Ruling::Review, "p/risk.sql_injection".into()));
    assert_eq!(said(&policy, &ANNA, &xss), (Ruling::Deny, "p/risk.xss".into()));
    assert_eq!(said(&policy, &ANNA, &outside), (Ruling::Deny, "p/files.allowed_dirs".into()));
    for input in [&sql, &xss, &outside] {
        assert_eq!(said(&policy, &by("scanner"), input), (Ruling::Allow, "p/scanner".into()));
    }
    assert_eq!(said(&policy, &by("desk"), &sql).0, Ruling::Allow);
    assert_eq!(said(&policy, &by("desk"), &xss).0, Ruling::Deny);
    let findings = ask(&policy, &ANNA, &sql).obligations.findings;
    assert_eq!(findings[0].field, "text");
}

#[test]
fn what_cannot_be_meant_is_told_with_its_place() {
    for (yaml, place) in [
        ("version: 2", "version"),
        ("version: 1\nrules: [{ id: a, effect: deny }, { id: a, effect: deny }]", "rules[1].id"),
        ("version: 1\nrules: [{ id: 'a b', effect: deny }]", "rules[0].id"),
        ("version: 1\nrules: [{ id: a, effect: deny, when: 'x >' }]", "rules[0].when"),
        (
            "version: 1\nrules: [{ id: a, effect: deny, match: { regex: [{ pattern: '(?=x)' }] } }]",
            "rules[0].match.regex[0].pattern",
        ),
        (
            "version: 1\nrules: [{ id: a, effect: deny, match: { paths: ['[']} }]",
            "rules[0].match.paths[0]",
        ),
        (
            "version: 1\nrules: [{ id: a, effect: deny, match: { origins: [web] } }]",
            "rules[0].match.origins",
        ),
        ("version: 1\nrules: [{ id: a, effect: deny, exempt: [risk] }]", "rules[0].exempt"),
        ("version: 1\nrules: [{ id: a, effect: allow, exempt: [all] }]", "rules[0].exempt"),
        ("version: 1\nrules: [{ id: a, effect: deny, approval: {} }]", "rules[0].approval"),
        (
            "version: 1\nrules: [{ id: a, effect: review, approval: { quorum: 0 } }]",
            "rules[0].approval.quorum",
        ),
        (
            "version: 1\nrules: [{ id: a, effect: review, approval: { quorum: 2, approvers: [bob] } }]",
            "rules[0].approval.approvers",
        ),
        ("version: 1\nfiles: { allowed_dirs: ['../x'] }", "files.allowed_dirs[0]"),
        ("version: 1\nfiles: { deny_globs: ['{'] }", "files.deny_globs[0]"),
        ("version: 1\nrisk: { default: { review: high, deny: low } }", "risk.default"),
    ] {
        let document = read(yaml).unwrap_or_else(|errors| panic!("{yaml}: {errors:?}"));
        let errors = Compiled::new("p", &document).expect_err(yaml);
        assert_eq!(errors[0].field, place, "{yaml}: {errors:?}");
    }
    let many = "  - { id: a, effect: deny, match: { regex: [{ pattern: x }] } }\n";
    let many: String = (0..150).map(|n| many.replace("id: a", &format!("id: a{n}"))).collect();
    let document = read(&format!("version: 1\nrules:\n{many}")).unwrap();
    assert!(Compiled::new("p", &document).is_err());
}

#[test]
fn templates_are_policies() {
    for template in templates::ALL {
        let document = template.document();
        let compiled = Compiled::new(template.name, &document);
        let compiled = compiled.unwrap_or_else(|errors| panic!("{}: {errors:?}", template.name));
        assert!(compiled.may_object(), "{}", template.name);
    }
    let of = |name| Compiled::new(name, &templates::named(name).unwrap().document()).unwrap();
    let put = Asked { to: "policy/x", command: "put", ..ANNA };
    assert_eq!(said(&of("team"), &put, &json!({})).0, Ruling::Deny);
    let admin = Asked { roles: &["admin"], ..put };
    assert_eq!(said(&of("team"), &admin, &json!({})).0, Ruling::Allow);
    let workflow = json!({ "path": ".github/workflows/ci.yml" });
    assert_eq!(said(&of("team"), &ANNA, &workflow).0, Ruling::Review);
    assert_eq!(said(&of("solo"), &ANNA, &workflow).0, Ruling::Allow);
    assert_eq!(said(&of("sandbox"), &ANNA, &workflow).0, Ruling::Deny);
    assert_eq!(said(&of("sandbox"), &ANNA, &json!({ "by": 1 })).0, Ruling::Allow);
    assert_eq!(said(&of("sandbox"), &put, &json!({})).0, Ruling::Deny);
}

#[test]
fn the_wizard_makes_policies() {
    use super::{Answers, Strictness, wizard};
    for strictness in [Strictness::Relaxed, Strictness::Balanced, Strictness::Strict] {
        let answers = Answers {
            strictness,
            kinds: vec!["counter".to_owned()],
            dirs: vec!["api".to_owned()],
            diff_lines_max: Some(10),
            reviewers: vec!["role:reviewer".to_owned()],
            quorum: 2,
        };
        let (document, notes) = wizard(&answers);
        assert!(!notes.is_empty());
        let text = super::write(&document).unwrap();
        assert_eq!(read(&text).as_ref(), Ok(&document), "{text}");
        let policy = Compiled::new("w", &document).unwrap();
        assert_eq!(said(&policy, &ANNA, &json!({ "by": 1 })).0, Ruling::Allow);
        assert_eq!(said(&policy, &ANNA, &json!({ "path": "etc/x" })).0, Ruling::Deny);
        let other = Asked { to: "osteon/x", ..ANNA };
        let strict = strictness == Strictness::Strict;
        assert_eq!(said(&policy, &other, &json!({})).0 == Ruling::Deny, strict);
    }
}
