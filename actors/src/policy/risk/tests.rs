use std::collections::BTreeMap;
use std::path::Path;

use contracts::kinds::policy::{RiskClass, Severity};

use super::{SCAN_BYTES_MAX, scan, scan_text};

/// From here on something counts as meant.
const CAUGHT: Severity = Severity::Medium;

/// The texts of a corpus, one JSON string a line, by the name of their file. A mark stands where
/// what looks like a credential is broken up, so that no scanner of repositories takes it for one.
fn corpus(name: &str) -> BTreeMap<String, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/risk").join(name);
    let files = std::fs::read_dir(folder).expect("the corpus");
    let read = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).expect("UTF-8");
        let items = text.lines().map(|line| serde_json::from_str::<String>(line).expect("a text"));
        items.map(|item| item.replace('\u{2042}', "")).collect()
    };
    let name = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    files.flatten().map(|file| (name(&file.path()), read(&file.path()))).collect()
}

fn caught(text: &str) -> Vec<super::Finding> {
    let mut findings = scan_text(text);
    findings.retain(|finding| finding.severity >= CAUGHT);
    findings
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

#[test]
fn attacks_are_caught() {
    let (mut all, mut missed, mut other) = (0, 0, 0);
    for (name, items) in corpus("attacks") {
        let class = RiskClass::named(&name).expect("a file per class");
        let mut misses = Vec::new();
        for item in &items {
            let found = caught(item);
            if found.is_empty() {
                misses.push(item);
            } else if !found.iter().any(|finding| finding.class == class) {
                other += 1;
            }
        }
        let rate = percent(items.len() - misses.len(), items.len());
        println!("attacks  {name:20} {rate:5.1} % of {}", items.len());
        misses.iter().for_each(|item| println!("  missed {item:?}"));
        assert!(rate >= 90.0, "{name}: {rate:.1} %");
        (all, missed) = (all + items.len(), missed + misses.len());
    }
    println!("attacks  all {:.1} % of {all}, {other} by another class", percent(all - missed, all));
    assert!(all >= 300 && percent(all - missed, all) >= 97.0, "{missed} of {all} missed");
}

#[test]
fn texts_about_code_and_attacks_pass() {
    let (mut all, mut wrong) = (0, 0);
    for (name, items) in corpus("benign") {
        let mut taken = Vec::new();
        for item in &items {
            let found = caught(item);
            if !found.is_empty() {
                taken.push((item, found));
            }
        }
        let rate = percent(taken.len(), items.len());
        println!("benign   {name:20} {rate:5.1} % of {} taken for attacks", items.len());
        taken.iter().for_each(|(item, found)| {
            let signals: Vec<_> = found.iter().map(|it| it.signal.as_str()).collect();
            println!("  taken {item:?} for {signals:?}");
        });
        assert!(rate <= 5.0, "{name}: {rate:.1} %");
        (all, wrong) = (all + items.len(), wrong + taken.len());
    }
    println!("benign   all {:.1} % of {all} taken for attacks", percent(wrong, all));
    assert!(all >= 300 && percent(wrong, all) <= 2.0, "{wrong} of {all} taken for attacks");
}

/// Texts that were written after the expressions, and by which none was changed: what to expect of
/// texts that nobody has seen.
#[test]
fn rates_on_texts_that_nothing_was_tuned_by() {
    let attacks: Vec<String> = corpus("attacks_held_out").into_values().flatten().collect();
    let benign: Vec<String> = corpus("benign_held_out").into_values().flatten().collect();
    let missed: Vec<_> = attacks.iter().filter(|it| caught(it).is_empty()).collect();
    let taken: Vec<_> = benign.iter().filter(|it| !caught(it).is_empty()).collect();
    let rates =
        (percent(attacks.len() - missed.len(), attacks.len()), percent(taken.len(), benign.len()));
    println!("held out {:.1} % of {} attacks caught", rates.0, attacks.len());
    missed.iter().for_each(|item| println!("  missed {item:?}"));
    println!("held out {:.1} % of {} benign taken for attacks", rates.1, benign.len());
    taken.iter().for_each(|item| println!("  taken {item:?}"));
    assert!(rates.0 >= 80.0 && rates.1 <= 10.0, "{rates:?}");
}

#[test]
fn what_is_found_is_never_told() {
    let secret = corpus("attacks")["secret"][2].clone();
    let findings = scan_text(&secret);
    assert!(!findings.is_empty());
    assert!(!serde_json::to_string(&findings).unwrap().contains(&secret[4..]));
}

#[test]
fn what_is_too_long_to_look_at_is_told() {
    let long = "a ".repeat(SCAN_BYTES_MAX);
    let findings = scan_text(&long);
    assert!(findings.iter().all(|it| it.signal == "too_long") && findings.len() == 9);
    let hidden = format!("{}' OR 1=1 --", " ".repeat(SCAN_BYTES_MAX));
    assert!(!caught(&hidden).is_empty());
}

#[test]
fn odd_texts_do_no_harm() {
    for text in ["", "\0", "%", "%%%", "&#", "&#x;", "\\u{", "\\", "`", "``", "\u{202e}", "ü%c3"] {
        drop(scan_text(text));
    }
    let text = "\u{e9}'\u{e9} or \u{e9}=\u{e9}\u{1f600}--".repeat(50);
    drop(scan_text(&text));
}

#[test]
fn operators_in_place_of_values_are_found_where_they_stand() {
    let input = serde_json::json!({ "login": { "password": { "$ne": null } } });
    let findings = scan(&input);
    assert_eq!(findings[0].class, RiskClass::NosqlInjection);
    assert_eq!(findings[0].field, "login.password");
    let query = serde_json::json!({ "filter": { "age": { "$gt": 18 } } });
    assert!(scan(&query).iter().all(|it| it.severity == Severity::Low));
}
