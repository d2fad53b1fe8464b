//! Every code that a user can meet has a page, wherever in the sources it is given; and every page
//! is about a code that is given somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::house::{root, sources};

/// What stands before the code where a refusal is made.
const MAKERS: &[&str] = &["rejected(", "not_found(", "unavailable(", "code: "];

/// The sources of the program without their tests.
fn texts() -> Vec<String> {
    let test = |path: &Path| {
        let mut parts = path.components().map(|part| part.as_os_str().to_string_lossy());
        parts.any(|part| {
            ["bench", "tests", "testing", "suite", "tests.rs", "testing.rs"].contains(&&*part)
        })
    };
    let crates = ["contracts", "actors", "projections", "nats", "gateway"];
    let files = crates.iter().flat_map(|krate| sources(&root().join(krate).join("src")));
    let own = |path: &Path| !test(path.strip_prefix(root()).expect("below the root"));
    files
        .filter(|path| own(path))
        .map(|path| {
            let text = fs::read_to_string(path).expect("UTF-8");
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let text: Vec<&str> = lines.collect();
            let text = text.join("\n");
            text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
        })
        .collect()
}

/// The literal, or the constant of this file, that `text` begins with.
fn word<'a>(text: &'a str, constants: &BTreeMap<&'a str, &'a str>) -> Option<&'a str> {
    let text = text.trim_start();
    let found = match text.strip_prefix('"') {
        Some(rest) => rest.split('"').next(),
        None => {
            let name = text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_')).next();
            name.and_then(|name| constants.get(name).copied())
        }
    };
    found.filter(|word| is_code(word))
}

fn is_code(word: &str) -> bool {
    let tokens = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    word.starts_with(|it: char| it.is_ascii_lowercase()) && word.chars().all(tokens)
}

fn constants(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter_map(|line| {
        let (name, rest) = line.split_once("const ")?.1.split_once(':')?;
        let literal = rest.split_once("str = \"")?.1.split('"').next()?;
        Some((name, literal))
    });
    lines.collect()
}

/// The functions and closures of this file that take a code and make a refusal of it.
fn helpers(text: &str) -> BTreeSet<String> {
    let functions = text.match_indices("fn ").filter_map(|(at, _)| {
        let (name, rest) = text[at + 3..].split_once('(')?;
        let parameters = rest.split(')').next()?;
        parameters.trim_start().starts_with("code: ").then(|| format!("{name}("))
    });
    let closures = text.lines().filter_map(|line| {
        let (name, rest) = line.split_once("let ")?.1.split_once(" = ")?;
        let rest = rest.trim_start_matches("move ");
        rest.starts_with("|code").then(|| format!("{name}("))
    });
    functions.chain(closures).collect()
}

/// The codes that refusals are made with in `text`.
fn given(text: &str) -> BTreeSet<String> {
    let constants = constants(text);
    let mut found = BTreeSet::new();
    let mut take = |at: usize| found.extend(word(&text[at..], &constants).map(str::to_owned));
    for maker in MAKERS.iter().map(|maker| (*maker).to_owned()).chain(helpers(text)) {
        for (at, _) in text.match_indices(&maker) {
            take(at + maker.len());
        }
    }
    for (at, class) in text.match_indices("RefusalClass::") {
        let rest = &text[at + class.len()..];
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if let Some(rest) = rest[end..].trim_start().strip_prefix(',') {
            take(text.len() - rest.len());
        }
    }
    for (at, head) in text.match_indices("fn code(") {
        let body = text[at + head.len()..].split("\n    }").next().unwrap_or_default();
        for (at, arrow) in body.match_indices("=> ") {
            found.extend(word(&body[at + arrow.len()..], &constants).map(str::to_owned));
        }
    }
    found
}

fn pages() -> BTreeSet<String> {
    let folder = fs::read_dir(root().join("docs/errors")).expect("a folder");
    let names = folder.flatten().map(|entry| entry.path());
    names.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

#[test]
fn every_code_that_is_given_anywhere_has_a_page() {
    let texts = texts();
    let given: BTreeSet<String> = texts.iter().flat_map(|text| given(text)).collect();
    // That the scan sees anything, of each way in which a refusal is made.
    for known in [
        "actor_parked",
        "broker_unreachable",
        "decide_aborted",
        "diff_kinds_differ",
        "id_needed",
        "letter_not_head",
        "limit_scope_unknown",
        "message_not_found",
        "skip_mismatch",
        "unknown_kind",
    ] {
        assert!(given.contains(known), "{known} is not seen: {given:?}");
    }
    assert!(given.len() > 120, "{}: {given:?}", given.len());
    let pages = pages();
    let missing: Vec<_> = given.difference(&pages).collect();
    assert!(missing.is_empty(), "these codes have no page in docs/errors: {missing:?}");
}

#[test]
fn every_page_is_about_a_code_that_is_given() {
    let all = texts().concat();
    for code in pages() {
        // Some codes are those of enums, which serde writes in snake case.
        let variant: String = code.split('_').map(capitalized).collect();
        let there = all.contains(&format!("\"{code}\"")) || all.contains(&variant);
        assert!(there, "nobody gives the code of docs/errors/{code}.md");
        let page = fs::read_to_string(root().join(format!("docs/errors/{code}.md")));
        let page = page.expect("UTF-8");
        assert!(page.starts_with(&format!("# `{code}`\n")), "docs/errors/{code}.md");
        for part in ["**Why.**", "**What to do.**"] {
            assert!(page.contains(part), "docs/errors/{code}.md does not say {part}");
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
