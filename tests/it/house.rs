//! The house itself: which crate may know which, how large a file may be, what a kind may touch.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 500;
const LINE_COLUMNS_MAX: usize = 100;

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

pub(super) fn sources(under: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn all_sources() -> Vec<PathBuf> {
    ["contracts", "actors", "projections", "nats", "inference", "office", "gateway", "tests"]
        .iter()
        .flat_map(|krate| sources(&root().join(krate)))
        .collect()
}

/// Each crate of the workspace with the crates that it is built from, as cargo sees it.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata");
    let normal = |package: &cargo_metadata::Package| {
        let kinds = package.dependencies.iter();
        kinds
            .filter(|dep| dep.kind == cargo_metadata::DependencyKind::Normal)
            .map(|dep| dep.name.clone())
            .collect()
    };
    metadata.packages.iter().map(|p| (p.name.to_string(), normal(p))).collect()
}

#[test]
fn crates_know_only_whom_they_may() {
    let dependencies = dependencies();
    let ours = |of: &str| -> BTreeSet<&str> {
        dependencies[of]
            .iter()
            .map(String::as_str)
            .filter(|name| name.starts_with("cambium"))
            .collect()
    };
    assert_eq!(ours("cambium-contracts"), BTreeSet::new());
    assert_eq!(ours("cambium-office"), BTreeSet::new());
    let siblings = ["cambium-actors", "cambium-inference", "cambium-nats", "cambium-projections"];
    for sibling in siblings {
        // Kinds decide with the engines of the office suite, which are as pure as they are.
        let office = (sibling == "cambium-actors").then_some("cambium-office");
        let may: BTreeSet<&str> = office.into_iter().chain(["cambium-contracts"]).collect();
        assert_eq!(ours(sibling), may, "{sibling}");
    }
    let all = siblings.into_iter().chain(["cambium-contracts"]).collect();
    assert_eq!(ours("cambium"), all);
}

#[test]
fn crates_do_without_what_is_not_theirs() {
    let dependencies = dependencies();
    for (krate, absent) in [
        ("cambium-contracts", &["tokio", "async-nats", "axum", "sqlx", "ractor", "reqwest"][..]),
        ("cambium-actors", &["async-nats", "sqlx", "axum"]),
        ("cambium-projections", &["ractor", "async-nats", "axum"]),
        ("cambium-nats", &["ractor", "sqlx", "axum"]),
        ("cambium-inference", &["tokio", "reqwest", "async-nats", "sqlx", "axum", "ractor"]),
        ("cambium-office", &["tokio", "reqwest", "async-nats", "sqlx", "axum", "ractor"]),
        ("cambium", &["sqlx", "async-nats", "ractor"]),
    ] {
        for name in absent {
            assert!(!dependencies[krate].contains(*name), "{krate} must do without {name}");
        }
    }
}

#[test]
fn files_are_small() {
    let mut long = Vec::new();
    for path in all_sources() {
        let text = fs::read_to_string(&path).expect("UTF-8");
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            long.push(format!("{} has {lines} lines", path.display()));
        }
        for (number, line) in text.lines().enumerate() {
            let wide = line.chars().count() > LINE_COLUMNS_MAX;
            // A literal that rustfmt cannot break may stand out.
            if wide && !line.contains('"') && !line.contains("://") {
                long.push(format!("{}:{} is wide", path.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn kinds_are_pure() {
    let forbidden = [
        "async fn",
        "async move",
        ".await",
        "tokio",
        "std::time",
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "rand::",
        "HashMap",
        "HashSet",
        "SystemTime",
        "Instant",
    ];
    let root = root();
    for folder in ["actors/src/kinds", "contracts/src/kinds"] {
        for path in sources(&root.join(folder)) {
            let text = fs::read_to_string(&path).expect("UTF-8");
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in forbidden {
                    assert!(
                        !code.contains(word),
                        "{}:{} uses {word}: kinds are pure",
                        path.display(),
                        number + 1
                    );
                }
            }
        }
    }
}

#[test]
fn every_kind_has_a_page_a_folder_and_a_docs_entry() {
    let root = root();
    for page in contracts::Pages::standard().iter() {
        let kind = page.kind.as_str();
        let on_page = root.join(format!("contracts/src/kinds/{kind}.rs"));
        let in_folder = root.join(format!("contracts/src/kinds/{kind}/mod.rs"));
        assert!(on_page.exists() || in_folder.exists(), "{kind} has a page");
        for file in ["mod.rs", "state.rs", "decide.rs"] {
            let path = root.join(format!("actors/src/kinds/{kind}/{file}"));
            assert!(path.exists(), "{kind} has {}", path.display());
        }
        assert!(root.join(format!("docs/kinds/{kind}.md")).exists(), "{kind} has a docs entry");
    }
    let registered: Vec<_> =
        actors::Registry::standard().pages().iter().map(|page| page.kind.clone()).collect();
    let known: Vec<_> = contracts::Pages::standard().iter().map(|page| page.kind.clone()).collect();
    assert_eq!(registered, known, "both registries name the same kinds");
}

#[test]
fn every_rejection_has_a_page() {
    let root = root();
    for page in contracts::Pages::standard().iter() {
        for rejection in page.rejections.iter() {
            let path = root.join(format!("docs/errors/{}.md", rejection.code));
            assert!(path.exists(), "{} has no page {}", rejection.code, path.display());
        }
    }
}

/// What cannot be written must be a failure: an empty input in its place would be another command.
#[test]
fn no_command_of_the_runtime_is_made_of_nothing() {
    for path in sources(&root().join("actors/src/runtime")) {
        let text = fs::read_to_string(&path).expect("UTF-8");
        let dense: String = text.split_whitespace().collect();
        for (at, _) in dense.match_indices("letinput=serde_json::to_value(") {
            let line = dense[at..].split(';').next().unwrap_or_default();
            assert!(!line.contains("unwrap_or"), "{}: {line}", path.display());
        }
    }
}

/// Serde writes a type's reading anew for every deserializer: `contracts::read` has the only one.
#[test]
fn values_are_read_through_one_door() {
    let forbidden = ["serde_json::from_value", "rmp_serde::from_", "serde_path_to_error::"];
    let root = root();
    for krate in ["contracts", "actors", "projections", "nats", "gateway"] {
        for path in sources(&root.join(krate).join("src")) {
            let name = path.to_string_lossy().into_owned();
            let excepted = ["test", "golden", "suite", "contracts/src/read/", "settings/load.rs"];
            if excepted.iter().any(|part| name.contains(part)) {
                continue;
            }
            let text = fs::read_to_string(&path).expect("UTF-8");
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for word in forbidden {
                assert!(!code.contains(word), "{name} uses {word}: read with contracts::read");
            }
        }
    }
}
