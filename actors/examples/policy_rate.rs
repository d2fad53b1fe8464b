//! Prints how many commands per second the policies that come with the program are asked about.

use std::time::{Duration, Instant};

use actors::policy::{Compiled, Question, templates};
use contracts::{Origin, Revision};
use serde_json::{Value, json};

/// How long each case is measured.
const SPAN: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let prose =
        "We sold more units in the third quarter; the forecast follows on Friday. ".repeat(14);
    let inputs =
        [("small input", json!({ "by": 2 })), ("1 KiB of prose", json!({ "text": prose }))];
    let mut cases: Vec<(String, Compiled)> = Vec::new();
    for template in templates::ALL {
        let compiled = Compiled::new(template.name, &template.document());
        cases.push((template.name.to_owned(), compiled.map_err(|errors| format!("{errors:?}"))?));
    }
    let rules: Vec<Value> = (0..500)
        .map(|n| {
            let about = json!({ "kinds": [format!("kind{}", n % 50)], "commands": ["x"] });
            json!({ "id": format!("r{n}"), "effect": "deny", "match": about })
        })
        .collect();
    let many = actors::policy::document(json!({ "version": 1, "rules": rules }));
    let many = many.and_then(|document| Compiled::new("many", &document));
    cases.push(("500 rules".to_owned(), many.map_err(|errors| format!("{errors:?}"))?));
    for (name, policy) in &cases {
        for (about, input) in &inputs {
            let rate = rate(policy, input)?;
            let line = format!("{name:10} {about:15} {rate:>12.0} evaluations/s\n");
            std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
        }
    }
    Ok(())
}

fn rate(policy: &Compiled, input: &Value) -> Result<f64, Box<dyn std::error::Error>> {
    let (tenant, kind, id) = ("acme".parse()?, "counter".parse()?, "c".parse()?);
    let (command, principal) = ("add".parse()?, "anna".parse()?);
    let question = Question {
        tenant: &tenant,
        kind: &kind,
        id: &id,
        revision: Revision(1),
        command: &command,
        input,
        principal: &principal,
        roles: &["user"],
        origin: Origin::Http,
        at: "2026-11-20T10:00:00.000Z".parse()?,
        effect: None,
    };
    let (begun, mut asked) = (Instant::now(), 0_u64);
    while begun.elapsed() < SPAN {
        for _ in 0..16 {
            std::hint::black_box(policy.evaluate(std::hint::black_box(&question)));
        }
        asked += 16;
    }
    Ok(asked as f64 / begun.elapsed().as_secs_f64())
}
