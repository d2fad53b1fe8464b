//! Drafts from material, and drafts without any.

use std::collections::BTreeSet;

use contracts::model::Source;

use super::{Asked, Section, draft};
use crate::model::local::LocalConfig;

const TOWN: &str = "Rooftop solar panels on public buildings cut electricity bills. The city of \
    Arnsberg mounted 40 panels on its town hall in 2021 and saves 9,000 euros a year. The panels \
    cost 62,000 euros. They pay for themselves after seven years. Old roofs must be checked by an \
    engineer first. Snow load is a risk in mountain towns.";

const FUND: &str = "# Funding\n\nThe climate fund pays up to 40 percent of the investment. \
    Applications close on 30 September 2026 [7].\n\n# People\n\nThe energy officer leads the \
    project. Training for caretakers takes two days.";

fn source(title: &str, text: &str) -> Source {
    Source { title: title.to_owned(), reference: None, text: text.to_owned() }
}

fn written(titles: &[&str], sources: &[Source], context: Option<&str>) -> Vec<Section> {
    let titles: Vec<_> = titles.iter().map(|title| (*title).to_owned()).collect();
    let goal = "Write a one-page brief on solar energy for city councils";
    let asked = Asked { goal, context, titles: &titles, sources, audience: None };
    draft(&asked, &LocalConfig::default())
}

const TITLES: &[&str] =
    &["Purpose of This Brief", "Costs and Funding", "Risks", "People and Responsibilities"];

#[test]
fn each_section_gets_the_sentences_that_belong_to_it_and_cites_them() {
    let sections = written(TITLES, &[source("Town", TOWN), source("Fund", FUND)], None);
    assert_eq!(
        sections[1].text,
        "The panels cost 62,000 euros [1]. They pay for themselves after seven years [1].\n\n\
         In addition, the climate fund pays up to 40 percent of the investment [2]. Applications \
         close on 30 September 2026 [2]."
    );
    assert_eq!(sections[1].sources, [0, 1]);
    assert!(sections[2].text.contains("Snow load is a risk in mountain towns [1]."));
    assert!(sections[3].text.contains("The energy officer leads the project [2]."));
}

#[test]
fn a_mark_is_the_number_of_the_source_as_it_was_given() {
    let sources = [source("Empty", "—"), source("Fund", FUND)];
    let sections = written(&["Costs and Funding"], &sources, None);
    assert_eq!(sections[0].sources, [1]);
    assert!(sections[0].text.contains("[2]"));
    assert!(!sections[0].text.contains("[1]"), "{}", sections[0].text);
}

#[test]
fn a_source_s_own_marks_are_no_citations() {
    let sections = written(&["Costs and Funding"], &[source("Fund", FUND)], None);
    assert!(!sections[0].text.contains("[7]"));
}

#[test]
fn no_sentence_comes_twice_and_none_is_made_up() {
    let sections = written(TITLES, &[source("Town", TOWN), source("Fund", FUND)], Some(TOWN));
    let material = format!("{TOWN} {FUND}").replace('\n', " ").to_lowercase();
    let mut seen = BTreeSet::new();
    for section in &sections[1..] {
        for piece in section.text.split(" [").filter(|piece| piece.contains(' ')) {
            let words =
                piece.trim_start_matches(|c: char| c.is_ascii_digit() || "].\n ".contains(c));
            let words = words.to_lowercase();
            let words = ["in addition, ", "also, ", "beyond that, "]
                .iter()
                .find_map(|joint| words.strip_prefix(joint))
                .unwrap_or(&words);
            assert!(material.contains(words), "{words}");
            assert!(words.is_empty() || seen.insert(words.to_owned()), "{words} comes twice");
        }
    }
}

#[test]
fn context_is_used_without_marks() {
    let sections = written(&["Costs and Funding"], &[], Some(FUND));
    assert!(sections[0].text.contains("The climate fund pays up to 40 percent"));
    assert!(!sections[0].text.contains('['));
    assert!(sections[0].sources.is_empty());
}

#[test]
fn where_the_material_is_silent_the_section_says_so() {
    let sections = written(&["Purpose", "Timeline"], &[source("A", "Bees like clover.")], None);
    let text = &sections[1].text;
    assert!(text.starts_with("The material that was given says nothing on this."), "{text}");
    assert!(text.contains("Put the steps of solar energy in order"));
}

#[test]
fn without_material_nothing_is_claimed_and_the_goal_is_in_every_section() {
    let sections = written(TITLES, &[], None);
    assert!(sections[0].text.starts_with(
        "This brief is about solar energy, for city councils. It answers the request: \u{201c}\
         Write a one-page brief on solar energy for city councils\u{201d}. No material was given"
    ));
    for section in &sections {
        assert!(section.text.contains("solar energy"), "{}", section.text);
        assert!(section.text.contains("To settle:"), "{}", section.text);
        assert!(!section.text.chars().any(|c| c.is_ascii_digit()), "{}", section.text);
        assert!(!section.text.contains(['{', '}']), "{}", section.text);
    }
}

#[test]
fn titles_that_no_rule_knows_are_met_as_well() {
    let sections = written(&["Purpose", "Zebra crossings {topic}", "東"], &[], None);
    assert!(sections[1].text.contains("\u{201c}Zebra crossings {topic}\u{201d}"));
    assert!(sections[2].text.contains('東'));
}
