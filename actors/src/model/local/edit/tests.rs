//! Edits of each manner, wishes obeyed, and what stays byte for byte.

use super::{Manner, edit};
use crate::model::local::LocalConfig;

fn in_manner(manner: Manner, text: &str) -> String {
    edit(text, manner, None, &LocalConfig::default()).text
}

fn wished(text: &str, feedback: &str) -> (String, Vec<String>) {
    let done = edit(text, Manner::Improve, Some(feedback), &LocalConfig::default());
    (done.text, done.unmet)
}

#[test]
fn improving_corrects_slips() {
    for (text, better) in [
        ("the the plan is is good .", "The plan is good."),
        ("we  decided , then left.It was late", "We decided, then left. It was late."),
        ("I recieve teh mail!!", "I receive the mail!"),
        ("We act in order to save.", "We act to save."),
        ("Due to the fact that it rains, we stay.", "Because it rains, we stay."),
        ("it took a hour of an man's time", "It took a hour of an man's time."),
        ("She ate a apple. i know.", "She ate an apple. I know."),
        (
            "You should of course ask; you should of asked.",
            "You should of course ask; you should have asked.",
        ),
    ] {
        assert_eq!(in_manner(Manner::Improve, text), better);
    }
}

#[test]
fn what_is_right_stays_as_it_is() {
    for text in [
        "Dr. Ann paid 3.50 euros at www.a.example/x,y on 2026-05-03.",
        "He had had enough, and that that was so is clear.",
        "A university, an hour, a one-off, an umbrella.",
        "Wait... what?",
        "iPhone sales fell.",
        "Die Größe der Räume ist  nicht wichtig.",
    ] {
        assert_eq!(in_manner(Manner::Improve, text), text.replace("  ", " "));
    }
}

const MARKED: &str = "# the the title\n\nRun `cargo  test  test` and see \
    [the the docs](https://a.b/c_d,e) [1, 2].  \nNext line.\n\n\
    ```sh\nteh  code\n```\n\n    teh indented  code\n\n\
    > teh quote  stays\n\n| a  | teh |\n|----|-----|\n\n- [ ] item with `x  y`\n";

#[test]
fn code_links_marks_tables_quotes_and_headings_stay_byte_for_byte() {
    for manner in
        [Manner::Improve, Manner::Shorten, Manner::Expand, Manner::Formalize, Manner::Simplify]
    {
        let done = in_manner(manner, MARKED);
        for kept in [
            "# the the title\n",
            "`cargo  test  test`",
            "](https://a.b/c_d,e)",
            "[1, 2]",
            "```sh\nteh  code\n```",
            "    teh indented  code\n",
            "> teh quote  stays\n",
            "| a  | teh |\n|----|-----|",
            "- [ ] item with `x  y`",
        ] {
            assert!(done.contains(kept), "{manner:?} lost {kept:?} in {done}");
        }
    }
    assert!(in_manner(Manner::Improve, MARKED).contains("[1, 2].  \nNext line."));
}

#[test]
fn shortening_drops_filler_asides_and_the_sentences_that_add_least() {
    assert_eq!(
        in_manner(
            Manner::Shorten,
            "Basically, the plan (as everyone in town knows) is really good."
        ),
        "The plan is good."
    );
    let text = "Battery storage lowers the peak. Battery storage lowers the peak load. It was a \
        sunny day. Battery storage keeps the grid up. The grid needs storage.";
    let short = in_manner(Manner::Shorten, text);
    assert!(short.starts_with("Battery storage lowers the peak."), "{short}");
    assert_eq!(short.matches("lowers the peak").count(), 1, "{short}");
    assert!(short.len() < text.len());
}

#[test]
fn shortening_keeps_asides_that_hold_facts() {
    let text = "The price (62,000 euros) stays.";
    assert_eq!(in_manner(Manner::Shorten, text), text);
}

#[test]
fn expanding_says_more_about_what_is_there_and_nothing_else() {
    let text = "A heat pump is a machine that moves heat. The pump must run at night because the \
        power is cheap then. Residents should ask the council.";
    let longer = in_manner(Manner::Expand, text);
    assert!(longer.contains(
        "In other words: the power is cheap then, and therefore the pump must run at night."
    ));
    assert!(longer.contains("- **Heat pump**: a machine that moves heat"), "{longer}");
    assert!(longer.contains("What this asks for:\n\n- The pump must run"), "{longer}");
    assert!(
        longer.contains("Left open here, and worth adding where it is known: when and how much.")
    );
    assert!(!longer.chars().any(|c| c.is_ascii_digit()));
}

#[test]
fn formal_text_has_no_contractions_slang_or_cheers() {
    assert_eq!(
        in_manner(
            Manner::Formalize,
            "We can't get rid of it, and it's been a mess :) But we'll try!"
        ),
        "We cannot remove it, and it has been a mess. However, we will try."
    );
}

#[test]
fn simple_text_has_plain_words_and_short_sentences() {
    assert_eq!(
        in_manner(
            Manner::Simplify,
            "We utilize numerous methods to facilitate the work, but the team does not possess \
             sufficient time; however, it will commence on Monday."
        ),
        "We use many methods to ease the work. But the team does not have enough time. However, it \
         will start on Monday."
    );
}

const PLAN: &str = "The plan is ready. It costs 40 euros.\n\nSnow is a risk. Ann leads.";

#[test]
fn wishes_are_obeyed() {
    for (wish, result) in [
        (
            "Replace \"Ann\" with \"Bob\".",
            "The plan is ready. It costs 40 euros.\n\nSnow is a risk. Bob leads.",
        ),
        (
            "change 40 euros to 50 euros",
            "The plan is ready. It costs 50 euros.\n\nSnow is a risk. Ann leads.",
        ),
        (
            "Please remove the sentence about snow",
            "The plan is ready. It costs 40 euros.\n\nAnn leads.",
        ),
        ("delete the second paragraph", "The plan is ready. It costs 40 euros."),
        ("remove the last sentence", "The plan is ready. It costs 40 euros.\n\nSnow is a risk."),
        (
            "add a heading The plan",
            "# The plan\n\nThe plan is ready. It costs 40 euros.\n\nSnow is a risk. Ann leads.",
        ),
        (
            "mention that work begins on 3 May",
            "The plan is ready. It costs 40 euros.\n\nSnow is a risk. Ann leads. \
             Work begins on 3 May.",
        ),
        (
            "mention the roof",
            "The plan is ready. It costs 40 euros.\n\nSnow is a risk. Ann leads. \
             This also concerns the roof.",
        ),
        (
            "use bullet points",
            "- The plan is ready.\n- It costs 40 euros.\n\n- Snow is a risk.\n- Ann leads.",
        ),
        ("shorten to one sentence", "The plan is ready."),
    ] {
        assert_eq!(wished(PLAN, wish), (result.to_owned(), Vec::new()), "{wish}");
    }
}

#[test]
fn several_wishes_in_one_sentence_are_all_obeyed() {
    let wish = "Replace \"Ann\" with \"Bob, the mayor\", remove the sentence about snow \
        and add a heading Plan.";
    let (text, unmet) = wished(PLAN, wish);
    assert_eq!(text, "# Plan\n\nThe plan is ready. It costs 40 euros.\n\nBob, the mayor leads.");
    assert!(unmet.is_empty(), "{unmet:?}");
}

#[test]
fn what_cannot_be_obeyed_is_said() {
    let (text, unmet) = wished(PLAN, "Sing it. Replace Zoe with Bob. Remove the ninth paragraph.");
    assert_eq!(text, PLAN);
    assert_eq!(unmet, ["Sing it", "Replace Zoe with Bob", "Remove the ninth paragraph"]);
}

#[test]
fn the_author_s_words_are_not_corrected() {
    let (text, _) = wished("We met Ann.", "replace Ann with \"teh Band\"");
    assert_eq!(text, "We met teh Band.");
}

#[test]
fn a_wish_that_would_leave_nothing_is_not_obeyed() {
    assert_eq!(
        wished("Gone.", "remove the first sentence"),
        ("Gone.".to_owned(), vec!["remove the first sentence".to_owned()])
    );
}
