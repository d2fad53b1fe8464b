//! Commands on which the whole program ends: they are found out, put aside and named, and what came
//! with them goes on.

use std::path::Path;
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use serde_json::{Value, json};

use super::dead::{FRAGILE, letters, line, lines, publish, until_letters, verb, write};

/// Starts the program again and again, as a supervisor does, until it has put `count` letters
/// aside.
async fn kept_alive(mut program: Program, data: &Path, count: usize) -> (Program, u32) {
    let (begun, mut ends) = (Instant::now(), 0);
    loop {
        assert!(begun.elapsed() < Duration::from_secs(150), "{ends} ends");
        if program.ended().expect("told").is_some() {
            ends += 1;
            program = loop {
                // It may end before it is ready.
                match Program::start(FRAGILE, data).await {
                    Ok(program) => break program,
                    Err(_) => ends += 1,
                }
                assert!(begun.elapsed() < Duration::from_secs(150), "{ends} ends");
            };
        }
        if program
            .get("/v1/dead")
            .await
            .is_ok_and(|page| page["items"].as_array().is_some_and(|items| items.len() == count))
        {
            return (program, ends);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ends_the_program_is_put_aside_and_parks_its_actor() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(FRAGILE, &data).await.expect("starts");
    write(&program, "a", "zero").await;
    publish(
        &program,
        &[line("a", "abort"), line("fresh", "abort at once"), line("b", "bystander")],
    );
    let (program, ends) = kept_alive(program, &data, 2).await;
    assert!(ends >= 3, "{ends}: it must have been tried");
    publish(&program, &[line("a", "after")]);
    // One that was put aside comes once more when the end came before its message was settled.
    let (program, _) = kept_alive(program, &data, 3).await;
    let held = until_letters(&program, 3).await;
    let of = |actor: &str, text: &str| {
        let found = held.iter().find(|it| it["actor"] == actor && it["input"]["text"] == text);
        found.cloned().unwrap_or_else(|| panic!("{actor} {text}: {held:?}"))
    };
    let (head, after) = (of("a", "abort"), of("a", "after"));
    assert_eq!((&head["code"], &head["held"]), (&json!("decide_aborted"), &json!(true)), "{head}");
    assert_eq!((&after["code"], &after["held"]), (&json!("actor_parked"), &json!(true)));
    let fresh = of("fresh", "abort at once");
    assert_eq!((&fresh["code"], &fresh["held"]), (&json!("decide_aborted"), &json!(false)));
    assert_eq!(lines(&program, "b", 1).await, ["bystander"]);
    assert_eq!(write(&program, "a", "two").await.1["code"], "actor_parked");
    // Who drops it sets its actor free, and what waited is decided.
    let letter = head["id"].to_string();
    let (code, said) = verb(&program, &["admin", "dead", "skip", &letter]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(lines(&program, "a", 2).await, ["zero", "after"]);
    assert_eq!(write(&program, "fresh", "begins").await.1["output"], json!({ "lines": 1 }));
    let left: Vec<Value> = letters(&program).await;
    assert_eq!(left.len(), 1, "{left:?}");
    program.stop().expect("stops");
}
