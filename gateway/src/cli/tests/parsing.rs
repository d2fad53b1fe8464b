//! What may be typed, and what may not.

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Verb};

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_definition_holds() {
    Cli::command().debug_assert();
}

#[test]
fn every_verb_can_be_typed() {
    let id = "0190a000-0000-7000-8000-000000000001";
    let why = format!("cambium why {id}");
    let show = format!("cambium show {id}");
    let lines = [
        "cambium",
        "cambium --listen 127.0.0.1:0 --durability relaxed --log-format json",
        "cambium up --data d --nats-url nats://h:4222 --nats-server /x --database-url sqlite:x",
        "cambium up --config f --log-level debug",
        "cambium send counter/c1 add --field by=2 --if-match 3 --wait 5 --idempotency-key k",
        "cambium send counter add --input {}",
        "cambium send counter add --input @file",
        "cambium send counter add --input -",
        "cambium show counter/c1 --at 3",
        "cambium show counter/c1 --at 2026-11-21T04:13:50Z",
        &show,
        "cambium tail",
        "cambium tail --kind counter --id c1 --after 7 --no-follow --raw",
        "cambium tail --follow",
        &why,
        "cambium why counter/c1 --limit 2",
        "cambium replay counter/c1 --at 2 --decide",
        "cambium fork counter/c1 --at 2 --as c2",
        "cambium diff counter/c1 counter/c2 --at 1 --with-at 2",
        "cambium diff counter/c1 --at 1",
        "cambium verify counter/c1",
        "cambium verify --all",
        "cambium verify --file x.jsonl",
        "cambium export --kind counter --id c1 -o x.jsonl",
        "cambium rebuild heads timeline --check",
        "cambium doctor",
        "cambium config --config f",
        "cambium openapi",
        "cambium admin streams",
        "cambium admin lag",
        "cambium admin partitions",
        "cambium admin models",
        "cambium admin nodes",
        "cambium admin drain node-1",
        "cambium serve --nats-url nats://h:4222 --role edge,actors,projections --node-id n1",
        "cambium admin timers",
        "cambium admin dead",
        "cambium dev reset --yes",
        "cambium tour --step",
        "cambium tour office --into work",
        "cambium completions bash",
        "cambium show counter/c1 --json --url http://h:1 --key k --tenant t --data d",
        "cambium --json show counter/c1",
    ];
    for line in lines {
        if let Err(error) = parse(line) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_usage() {
    let lines = [
        "cambium frobnicate",
        "cambium send",
        "cambium send counter/a.b add",
        "cambium send counter/c1 add.x",
        "cambium show counter/*",
        "cambium show nothing",
        "cambium show counter/c1 --at yesterday",
        "cambium tail --id c1",
        "cambium verify",
        "cambium verify counter/c1 --all",
        "cambium up --durability perhaps",
        "cambium up --listen everywhere",
        "cambium fork counter/c1 --as a.b",
    ];
    for line in lines {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn no_verb_is_up_and_takes_its_options() {
    let cli = parse("cambium --listen 127.0.0.1:7 --json").unwrap();
    assert!(cli.verb.is_none() && cli.up.is_given() && cli.global.json);
    assert_eq!(cli.up.flags(), [("listen", "--listen", "127.0.0.1:7".to_owned())]);
    let cli = parse("cambium up --durability relaxed").unwrap();
    let Some(Verb::Up(up)) = cli.verb else { panic!("another verb") };
    assert_eq!(up.flags(), [("durability", "--durability", "relaxed".to_owned())]);
}

#[test]
fn a_key_is_never_shown() {
    let cli = parse("cambium --key hunter2 openapi").unwrap();
    assert!(!format!("{cli:?}").contains("hunter2"));
}
