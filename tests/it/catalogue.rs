//! Documents that are generated, compared with what they are generated from.
//!
//! `UPDATE=1 cargo test -p cambium-tests --test it catalogue` writes them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use contracts::privacy::Field;
use contracts::{Pages, lifecycle};

fn same(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var("UPDATE").is_ok() {
        fs::write(&path, text).expect("written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{name} is not up to date: run the tests of `catalogue` with UPDATE=1");
}

/// A member that is about persons, in words.
fn told(field: &Field) -> String {
    format!("`{}` of `{}` ({})", field.pointer, field.command, field.class)
}

#[test]
fn the_event_catalogue_is_up_to_date() {
    let mut text = String::from(
        "# Events\n\nGenerated from the registry of kinds; do not edit. Every event stands in a \
         commit beside `v`, its version.\nOld versions are told in today's words when they are \
         read.\n",
    );
    for page in Pages::standard().iter() {
        let _ = write!(text, "\n## {}\n\n{}\n\n", page.kind, page.about);
        text.push_str("| event | v | what happened | sample |\n| --- | --- | --- | --- |\n");
        for (spec, (_, v)) in page.events.iter().zip(page.versions) {
            let sample = spec.sample.to_string().replace('|', "\\|");
            let about = spec.about.replace('|', "\\|");
            let _ = writeln!(text, "| `{}` | {v} | {about} | `{sample}` |", spec.r#type);
        }
        let classed: Vec<_> = page.fields.iter().map(told).collect();
        if !classed.is_empty() {
            let _ = writeln!(text, "\nProtected when they are said: {}.", classed.join(", "));
        }
    }
    text.push_str("\n## The runtime\n\nThe same for every kind; folded beside its state.\n\n");
    text.push_str("| event | v | what happened | sample |\n| --- | --- | --- | --- |\n");
    for (about, event) in lifecycle::samples() {
        let record = event.to_record();
        let _ =
            writeln!(text, "| `{}` | {} | {about} | `{}` |", record.r#type, record.v, record.data);
    }
    same("docs/events.md", &text);
}

#[test]
fn the_schema_of_policies_is_up_to_date() {
    let schema = contracts::kinds::policy::Document::schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    same("docs/schemas/policy.schema.json", &format!("{text}\n"));
}

#[test]
fn the_schema_of_workbooks_is_up_to_date() {
    let schema = contracts::kinds::myocyte::artifact::Artifact::schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    same("docs/schemas/myotab.schema.json", &format!("{text}\n"));
}

#[test]
fn the_schema_of_documents_is_up_to_date() {
    let schema = contracts::kinds::osteon::artifact::Artifact::schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    same("docs/schemas/osteon.schema.json", &format!("{text}\n"));
}

#[test]
fn the_schema_of_decks_is_up_to_date() {
    let text = serde_json::to_string_pretty(&office::deck::schema()).expect("a schema is JSON");
    same("docs/schemas/synslide.schema.json", &format!("{text}\n"));
}

#[test]
fn the_howto_for_ones_own_binary_is_the_program_that_is_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = fs::read_to_string(root.join("src/bin/own-binary.rs")).expect("the program");
    let howto =
        fs::read_to_string(root.join("../docs/howto/your-own-binary.md")).expect("the howto");
    assert!(howto.contains(&program), "docs/howto/your-own-binary.md shows another program");
}
