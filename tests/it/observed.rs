//! The page about telemetry tells what there is, and rules and dashboards name nothing else.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::io::{Write as _, stderr};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn page() -> String {
    read_to_string(root().join("docs/operate/telemetry.md")).expect("the page is there")
}

/// The first cells of the tables behind a heading, without their marks.
fn told(page: &str, head: &str) -> BTreeSet<String> {
    let rows = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect()
}

/// The measures that the page tells.
pub fn measures() -> BTreeSet<String> {
    told(&page(), "| measure |")
}

/// Labels that the page tells.
fn labels() -> BTreeSet<String> {
    let page = page();
    let rows = page.lines().filter(|line| line.starts_with("| `")).filter_map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        (cells.len() == 5).then(|| cells[2].to_owned())
    });
    let all: Vec<String> = rows.collect();
    all.iter().flat_map(|cell| cell.split(',')).map(|label| label.trim().to_owned()).collect()
}

/// Words that look like the name of a measure.
fn words(text: &str) -> BTreeSet<String> {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let all = text.split(|letter| !word(letter));
    let ours =
        |it: &&str| ["cambium_", "gen_ai_", "process_"].iter().any(|own| it.starts_with(own));
    all.filter(ours).map(str::to_owned).collect()
}

#[test]
fn rules_and_dashboards_name_measures_that_the_page_tells() {
    let (measures, labels) = (measures(), labels());
    assert!(measures.len() > 30, "{measures:?}");
    let observe = root().join("deploy/observe");
    let mut files = vec![observe.join("alerts.yaml")];
    let boards = read_dir(observe.join("grafana")).expect("dashboards");
    files.extend(boards.map(|file| file.expect("a file").path()));
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let words = words(&read_to_string(&file).expect("text"));
        assert!(!words.is_empty(), "{}", file.display());
        for word in words {
            let family = ["_total", "_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .unwrap_or(&word);
            let known = measures.contains(family) || labels.contains(&word);
            assert!(known, "{} names {word}, which nothing tells", file.display());
        }
    }
}

#[test]
fn every_alert_names_a_page_that_says_what_to_do() {
    let rules = read_to_string(root().join("deploy/observe/alerts.yaml")).expect("the rules");
    let mut found = 0;
    for rule in rules.split("- alert: ").skip(1) {
        found += 1;
        let name = rule.lines().next().unwrap_or_default().trim();
        let page = rule.lines().find_map(|line| line.trim().strip_prefix("runbook: "));
        let page = page.unwrap_or_else(|| panic!("{name} names no page"));
        assert!(page.starts_with("docs/operate/runbooks/"), "{name}: {page}");
        let text = read_to_string(root().join(page)).unwrap_or_else(|_| panic!("{name}: {page}"));
        assert!(text.contains(&format!("`{name}`")), "{page} does not tell {name}");
    }
    assert!(found >= 12, "{found} rules");
    for file in read_dir(root().join("docs/operate/runbooks")).expect("pages") {
        let text = read_to_string(file.expect("a file").path()).expect("text");
        assert!(text.starts_with("# ") && text.contains("**Look**"), "{text}");
    }
}

/// The names behind a word, in the order of the text.
fn named<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let name = |rest: &'a str| {
        rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default()
    };
    text.split(word).skip(1).map(name).collect()
}

#[test]
fn every_alert_has_a_story_in_which_it_fires_and_one_in_which_it_does_not() {
    let observe = root().join("deploy/observe");
    let rules = read_to_string(observe.join("alerts.yaml")).expect("the rules");
    let stories = read_to_string(observe.join("alerts_test.yaml")).expect("the stories");
    let alerts: BTreeSet<&str> = named(&rules, "- alert: ").into_iter().collect();
    let quiet = stories.lines().filter(|line| line.ends_with("exp_alerts: [] }"));
    let quiet: BTreeSet<&str> = quiet.flat_map(|line| named(line, "alertname: ")).collect();
    assert_eq!(quiet, alerts, "stories in which an alert stays quiet");
    let fires: BTreeSet<&str> = named(&stories, "\n        alertname: ").into_iter().collect();
    assert_eq!(fires, alerts, "stories in which an alert fires");
    let told = Command::new("promtool")
        .args(["test", "rules", "alerts_test.yaml"])
        .current_dir(&observe)
        .output();
    match told {
        Ok(told) => assert!(
            told.status.success(),
            "{}{}",
            String::from_utf8_lossy(&told.stdout),
            String::from_utf8_lossy(&told.stderr)
        ),
        Err(_) => {
            let _ = writeln!(stderr(), "NOT CHECKED: there is no promtool on PATH");
        }
    }
}

#[test]
fn dashboards_are_of_the_shape_that_grafana_reads() {
    let mut ids = BTreeSet::new();
    for file in read_dir(root().join("deploy/observe/grafana")).expect("dashboards") {
        let text = read_to_string(file.expect("a file").path()).expect("text");
        let board: Value = serde_json::from_str(&text).expect("JSON");
        assert!(board["schemaVersion"].as_u64().is_some_and(|version| version >= 36), "{board}");
        assert!(ids.insert(board["uid"].to_string()), "a dashboard has an id of its own");
        let panels = board["panels"].as_array().expect("panels");
        let mut numbers = BTreeSet::new();
        for panel in panels {
            assert!(numbers.insert(panel["id"].to_string()), "{panel}");
            let place = &panel["gridPos"];
            let edge = place["x"].as_u64().zip(place["w"].as_u64()).map(|(x, w)| x + w);
            assert!(edge.is_some_and(|edge| edge <= 24), "{panel}");
            for target in panel["targets"].as_array().expect("what is asked") {
                assert!(target["expr"].as_str().is_some_and(|it| !it.is_empty()), "{target}");
                assert_eq!(target["datasource"]["uid"], "${datasource}", "{target}");
            }
        }
        assert!(!numbers.is_empty());
    }
}

/// What stands between quotation marks in the lines that define names of attributes.
fn attributes() -> BTreeSet<String> {
    let names = root().join("contracts/src/telemetry/names.rs");
    let text = read_to_string(names).expect("the names");
    let values = text.lines().filter_map(|line| line.split('"').nth(1));
    values.filter(|value| value.contains('.')).map(str::to_owned).collect()
}

#[test]
fn the_page_tells_every_attribute_and_every_span_and_no_others() {
    let page = page();
    assert_eq!(told(&page, "| attribute |"), attributes());
    let names = read_to_string(root().join("contracts/src/telemetry/names.rs")).expect("names");
    let spans = names.split("pub mod spans").nth(1).expect("the names of spans");
    let spans = spans.lines().filter_map(|line| line.split('"').nth(1));
    let told = told(&page, "| span |");
    for span in spans {
        let known = told.iter().any(|it| it == span || it.starts_with(&format!("{span} ")));
        assert!(known, "the page does not tell the span {span}");
    }
}
