use std::sync::Arc;

use contracts::{Origin, Revision};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Condition, Trouble};
use crate::policy::question::Question;

fn ask(text: &str, input: &Value) -> Result<bool, Trouble> {
    let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let question = Question {
        tenant: &"acme".parse().unwrap(),
        kind: &"osteon".parse().unwrap(),
        id: &"report".parse().unwrap(),
        revision: Revision(7),
        command: &"draft".parse().unwrap(),
        input,
        principal: &"anna".parse().unwrap(),
        roles: &["reviewer", "user"],
        origin: Origin::Http,
        at: "2026-11-21T04:13:50.123Z".parse().unwrap(),
        effect: None,
    };
    condition.holds(&question)
}

fn input() -> Value {
    json!({
        "by": 7, "half": 0.5, "title": "Quarterly report", "tags": ["a", "b", "draft"],
        "nested": { "list": [{ "n": 1 }, { "n": 2 }], "empty": [] }, "none": null, "yes": true,
        "odd name": 1,
    })
}

#[test]
fn conditions_that_hold() {
    for text in [
        "true",
        "command == 'draft' && tenant == \"acme\"",
        "caller.principal == 'anna' && 'reviewer' in caller.roles",
        "!('admin' in caller.roles) && caller.origin == 'http'",
        "actor.kind == 'osteon' && actor.id.startsWith('rep') && actor.revision == 7",
        "time.year == 2026 && time.month == 11 && time.day == 21 && time.hour == 4",
        "time.weekday == 6 && time.minute == 13 && time.text.startsWith('2026-11-21T')",
        "input.by > 5 && input.by <= 7 && input.half < 1 && input.by == 7.0",
        "input['odd name'] == 1 && input.nested.list[1].n == 2",
        "input.title.contains('report') && input.title.endsWith('report')",
        "input.title.matches('^[A-Z][a-z]+ report$') && input.title.lowerAscii().contains('quart')",
        "size(input.tags) == 3 && input.tags.size() > 2 && size(input.nested.empty) == 0",
        "input.tags.exists(t, t == 'draft') && input.tags.all(t, size(t) > 0)",
        "input.tags.exists_one(t, t == 'a') && input.tags.filter(t, t != 'a') == ['b', 'draft']",
        "input.nested.list.map(x, x.n * 2) == [2, 4] && [1] + [2] == [1, 2]",
        "input.exists(name, name == 'odd name') && 'by' in input && !('no' in input)",
        "has(input.by) && !has(input.no) && !has(input.nested.no) && has(input.none)",
        "input.none == null && input.yes && (input.by > 10 ? false : true)",
        "has(input.no) && input.no > 3 || true",
        "input.no > 3 || true",
        "!(false && input.no > 3)",
        "!(input.no > 3 && false)",
        "int('7') == input.by && string(7) == '7' && double(7) == 7.0 && int(7.9) == 7",
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 / 2 == 3 && -7 % 3 == -1 && - 1 < 0",
        "'a' + 'b' == 'ab' && 'a' < 'b' && r'\\d' == '\\\\d' && '\\u00fc' == 'ü'",
        "-9223372036854775808 < 0 && 9007199254740993 != 9007199254740992.0",
        "1 == 1 // a remark\n && true",
        "input.nested.list.all(x, input.nested.list.exists(y, y.n == x.n))",
    ] {
        assert_eq!(ask(text, &input()), Ok(true), "{text}");
    }
}

#[test]
fn what_is_neither_true_nor_false_says_why() {
    for (text, trouble) in [
        ("input.no", "there is no member no"),
        ("input.by", "a condition is a bool, not an int"),
        ("input.no > 3 && true", "there is no member no"),
        ("input.title > 3", "a text and an int do not go together here"),
        ("input.by.startsWith('x')", "expected a text, found an int"),
        ("9223372036854775807 + 1 > 0", "a number leaves its bounds"),
        ("1 / 0 == 1", "a number leaves its bounds"),
        ("input.tags[9] == 'a'", "there is no member 9"),
        ("!input.title", "a condition is a bool, not a text"),
        ("input.title.all(x, true)", "a text has no members"),
        ("has(input.no.deeper)", "there is no member no"),
    ] {
        let found = ask(text, &input()).expect_err(text);
        assert_eq!(found.to_string(), trouble, "{text}");
    }
}

#[test]
fn texts_that_are_no_condition_say_where() {
    for (text, at, message) in [
        ("", 0, "expected a value"),
        (
            "inputs.by > 1",
            6,
            "inputs is unknown; there are command, input, caller, tenant, actor, effect, time",
        ),
        ("input.by >", 10, "expected a value"),
        ("caller.name == 'x'", 12, "there is no member name here; principal, roles, origin"),
        ("command.x == 1", 10, "there is no member x here; it is a text"),
        ("input.x.matches('(a')", 20, "unclosed group"),
        ("input.x.matches(input.y)", 21, "the expression of matches is a text that is written out"),
        ("input.x.frobnicate()", 19, "there is no function .frobnicate(…)"),
        ("now()", 4, "expected a value"),
        ("'unfinished", 0, "the text does not end"),
        ("1 ~ 2", 2, "'~' has no meaning here"),
        ("99999999999999999999 > 1", 0, "99999999999999999999 is too large"),
        ("true true", 5, "expected the end"),
        (
            "input.tags.all(input, true)",
            22,
            "input is taken, or more than 3 macros stand within each other",
        ),
    ] {
        let error = Condition::parse(text).expect_err(text);
        assert_eq!((error.at, error.message.as_str()), (at, message), "{text}");
    }
    let deep = format!("{}true{}", "(".repeat(500), ")".repeat(500));
    assert!(Condition::parse(&deep).is_err());
    assert!(Condition::parse(&format!("{}true", "!".repeat(500))).is_err());
    assert!(Condition::parse(&format!("input{}", ".a".repeat(100))).is_err());
    assert!(Condition::parse(&"true || ".repeat(1_000)).is_err());
}

#[test]
fn what_takes_too_long_ends() {
    let items: Vec<u32> = (0..400).collect();
    let input = json!({ "a": items });
    let text = "input.a.all(x, input.a.all(y, input.a.exists(z, z == x + y + 100000) || true))";
    assert_eq!(ask(text, &input), Err(Trouble::Fuel));
    let long = json!({ "a": "x".repeat(400_000) });
    let text = "size(input.a + input.a + input.a + input.a + input.a + input.a + input.a) > 0";
    assert_eq!(ask(text, &long), Err(Trouble::Fuel));
}

/// Conditions over `input.n`, `input.t`, `input.l` that both languages know.
fn conditions() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        (-5_i64..20).prop_map(|n| format!("({n})")),
        Just("input.n".to_owned()),
        Just("size(input.t)".to_owned()),
        Just("size(input.l)".to_owned()),
    ];
    let number = number.prop_recursive(2, 8, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner)
            .prop_map(|(a, op, b)| format!("({a} {op} {b})"))
    });
    let text = prop_oneof![
        Just("input.t".to_owned()),
        "[a-c]{0,3}".prop_map(|text| format!("'{text}'")),
        Just("(input.t + 'x')".to_owned()),
    ];
    let relation = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let bool = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("has(input.n)".to_owned()),
        Just("has(input.missing)".to_owned()),
        Just("input.missing == 1".to_owned()),
        (number.clone(), relation.clone(), number.clone())
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (text.clone(), relation, text.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (
            text.clone(),
            prop::sample::select(vec!["contains", "startsWith", "endsWith"]),
            text.clone()
        )
            .prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
        text.clone().prop_map(|text| format!("{text}.matches('^[ab]+$')")),
        number.clone().prop_map(|n| format!("{n} in input.l")),
        number.clone().prop_map(|n| format!("input.l.exists(x, x > {n})")),
        number.clone().prop_map(|n| format!("input.l.all(x, x < {n})")),
        number.prop_map(|n| format!("input.l.filter(x, x != {n}).size() == 2")),
    ];
    bool.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
}

/// What the other implementation of CEL says.
fn other(text: &str, input: &Value) -> Option<bool> {
    let program = cel::Program::compile(text).ok()?;
    let mut context = cel::Context::default();
    // Its own reading of JSON makes unsigned numbers, which do not mix with others.
    let list = input["l"].as_array()?.iter().filter_map(Value::as_i64).map(cel::Value::Int);
    let list = cel::Value::List(Arc::new(list.collect()));
    let number = cel::Value::Int(input["n"].as_i64()?);
    let text = cel::Value::String(Arc::new(input["t"].as_str()?.to_owned()));
    let members = [("n", number), ("t", text), ("l", list)];
    context.add_variable_from_value("input", std::collections::HashMap::from(members));
    match program.execute(&context) {
        Ok(cel::Value::Bool(bool)) => Some(bool),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Where an implementation of the whole language has an answer, it is ours too.
    #[test]
    fn it_is_a_part_of_cel(
        text in conditions(),
        n in -3_i64..9,
        t in "[a-d]{0,4}",
        l in prop::collection::vec(-3_i64..9, 0..4),
    ) {
        let input = json!({ "n": n, "t": t, "l": l });
        let ours = ask(&text, &input).ok();
        prop_assert_eq!(ours, other(&text, &input), "{} of {}", text, input);
    }

    /// No text breaks the reader, and what it reads always ends.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z.()\\[\\]!&|?:<>=+*/%'\" 0-9-]{0,60}") {
        if let Ok(condition) = Condition::parse(&text) {
            drop(format!("{condition:?}"));
            let _ = ask(&text, &json!({ "a": [1, 2] }));
        }
    }
}
