//! Goals as people write them.

use super::{Document, Goal, read};

fn check(goal: &str, document: Document, topic: &str, audience: Option<&str>) {
    let Goal { document: found, topic: about, audience: reader, .. } = read(goal, None);
    assert_eq!((found, about.as_str(), reader.as_deref()), (document, topic, audience), "{goal}");
}

#[test]
fn sort_topic_and_readers_are_found() {
    check(
        "Write a one-page brief on solar energy for city councils",
        Document::Brief,
        "solar energy",
        Some("city councils"),
    );
    check("Proposal for a new public library", Document::Proposal, "new public library", None);
    check(
        "a report about the cost of school lunches",
        Document::Report,
        "cost of school lunches",
        None,
    );
    check(
        "Please draft a letter to the landlord about the broken heating.",
        Document::Letter,
        "broken heating",
        Some("the landlord"),
    );
    check(
        "Guide for new employees on travel expenses",
        Document::Guide,
        "travel expenses",
        Some("new employees"),
    );
    check(
        "Onboarding guide for new employees",
        Document::Guide,
        "Onboarding",
        Some("new employees"),
    );
    check("Post-mortem of the outage on 3 May", Document::PostMortem, "outage on 3 May", None);
    check("README for the tool `ringwood`", Document::Readme, "tool `ringwood", None);
    check(
        "Plan the move to the new office",
        Document::Report,
        "Plan the move to the new office",
        None,
    );
    check("Meeting minutes of the garden club", Document::Minutes, "garden club", None);
    check("Write a report about bees and export it as pdf", Document::Report, "bees", None);
    check("Write a memo on new hives as docx", Document::Memo, "new hives", None);
    check("Solar energy", Document::Report, "Solar energy", None);
    check(
        "Explain quantum computing to beginners",
        Document::Report,
        "quantum computing",
        Some("beginners"),
    );
}

#[test]
fn the_number_of_sections_is_read_and_is_no_part_of_the_topic() {
    let goal = read("Write a report on bees in five sections", None);
    assert_eq!((goal.sections, goal.topic.as_str()), (Some(5), "bees"));
    let goal = read("A 6 chapter guide on bees", None);
    assert_eq!(goal.topic, "bees");
    assert_eq!(read("an essay on rain with 4 parts", None).sections, Some(4));
}

#[test]
fn the_readers_that_the_caller_names_win() {
    let goal = read("Brief on bees for parents", Some("farmers"));
    assert_eq!((goal.topic.as_str(), goal.audience.as_deref()), ("bees", Some("farmers")));
}

#[test]
fn whatever_is_said_there_is_a_topic() {
    for goal in ["", "   ", "Write a report", "!!!", "for", "\u{0}", "📄", "تقرير عن الشمس"]
    {
        assert!(!read(goal, None).topic.trim().is_empty(), "{goal:?}");
    }
    assert_eq!(read("تقرير عن الشمس", None).topic, "تقرير عن الشمس");
}
