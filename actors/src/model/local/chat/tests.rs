//! Conversations.

use contracts::model::{Role, Turn};

use super::answer;
use crate::model::local::LocalConfig;

const SYSTEM: &str = "You are Ada, a member of a conversation called \"Launch\". What others say \
    begins with their name and a colon; your words do not. Answer the last message. Say plainly \
    when you do not know something.\n\nThe office opens at nine.";

const TALK: &[&str] = &[
    "Ann: The deadline for the launch is Friday. I will send the slides tomorrow.",
    "Bob: Who books the room? I think the budget of 500 euros is too small.",
    "Ann: Carol must check the contract before 3 May 2026.",
];

fn turn(role: Role, content: &str) -> Turn {
    Turn::new(role, content)
}

fn group(last: &str) -> String {
    let mut turns = vec![turn(Role::System, SYSTEM)];
    turns.extend(TALK.iter().map(|said| turn(Role::User, said)));
    turns.push(turn(Role::User, last));
    answer(&turns, &LocalConfig::default())
}

fn private(messages: &[&str]) -> String {
    let turns: Vec<_> = messages.iter().map(|said| turn(Role::User, said)).collect();
    answer(&turns, &LocalConfig::default())
}

#[test]
fn it_finds_who_said_what() {
    assert_eq!(
        group("Bob: @Ada what did Ann say about the deadline?"),
        "Ann said: \u{201c}The deadline for the launch is Friday.\u{201d}"
    );
    assert_eq!(
        group("Carol: how big is the budget?"),
        "Bob said: \u{201c}I think the budget of 500 euros is too small.\u{201d}"
    );
    assert_eq!(
        group("Bob: when does the office open?"),
        "My instructions say: \u{201c}The office opens at nine.\u{201d}"
    );
    assert_eq!(
        private(&["My sister Ida lives in Bern.", "Where does my sister live?"]),
        "You said: \u{201c}My sister Ida lives in Bern.\u{201d}"
    );
}

#[test]
fn it_says_when_it_does_not_know() {
    let answer = group("Bob: what is the capital of France?");
    assert!(
        answer.starts_with("I do not know about \u{201c}capital of France\u{201d}"),
        "{answer}"
    );
    assert!(answer.contains("3 earlier messages"));
    assert!(private(&["What is love?"]).contains("I do not know"));
}

#[test]
fn it_lists_what_is_open_to_do_and_dated() {
    let questions = group("Bob: which questions are still open?");
    assert!(questions.ends_with("- Bob: \u{201c}Who books the room?\u{201d}"), "{questions}");
    let tasks = group("Bob: any action items?");
    assert!(
        tasks.contains("I will send the slides tomorrow.") && tasks.contains("Carol must check")
    );
    assert!(!tasks.contains("Who books"));
    let dates = group("Bob: list the dates");
    assert!(dates.contains("Friday") && dates.contains("3 May 2026"), "{dates}");
}

#[test]
fn a_question_that_was_answered_is_not_open() {
    let turns = [
        turn(Role::System, SYSTEM),
        turn(Role::User, "Bob: Who books the room?"),
        turn(Role::User, "Ann: Carol books the room."),
        turn(Role::User, "Bob: what questions are open?"),
    ];
    let answer = answer(&turns, &LocalConfig::default());
    assert_eq!(answer, "I find no question here that waits for an answer.");
}

#[test]
fn it_summarises_the_talk_or_a_text() {
    let recap = group("Bob: please summarise");
    assert!(recap.contains("- Ann: \u{201c}The deadline for the launch is Friday.\u{201d}"));
    assert!(recap.ends_with("Still open: Bob: \u{201c}Who books the room?\u{201d}"), "{recap}");
    let text = "Storage lowers the load. Storage lowers costs. It rained. The load fell by half.";
    let recap = private(&[&format!("Summarise this: {text}")]);
    assert!(recap.split(". ").all(|sentence| text.contains(sentence.trim_end_matches('.'))));
    assert!(private(&["summarise"]).contains("nothing to summarise"));
}

#[test]
fn it_is_plain_about_what_it_is() {
    let who = group("Bob: who are you?");
    assert!(who.starts_with("I am Ada,") && who.contains("`local/rules`"), "{who}");
    assert!(who.contains("not a large language model"));
    assert!(group("Bob: hi").starts_with("Hello, Bob. I am Ada."));
    assert_eq!(group("Bob: thanks!"), "You are welcome.");
}

#[test]
fn it_calculates_and_edits() {
    assert_eq!(group("Bob: What's 15% of 80?"), "15% of 80 = 12");
    assert_eq!(
        private(&["Shorten this: Basically the plan is really very good and it is simply done."]),
        "The plan is good and it is done."
    );
}

#[test]
fn a_statement_is_given_back_with_what_it_holds() {
    let answer = group("Bob: I moved the meeting to Monday because the room was taken.");
    assert!(answer.starts_with("I have read: \u{201c}I moved the meeting to Monday"), "{answer}");
    assert!(answer.contains("It names Monday."));
    assert!(answer.contains("cannot judge"));
}

#[test]
fn it_is_brief_when_it_is_told_to() {
    let turns =
        [turn(Role::System, "Your name is Ada. Be brief."), turn(Role::User, "Hello there")];
    assert_eq!(answer(&turns, &LocalConfig::default()), "Hello. I am Ada.");
}

#[test]
fn without_a_message_there_is_nothing_to_answer() {
    assert_eq!(private(&[]), "There is no message to answer yet.");
    assert_eq!(private(&["  "]), "There is no message to answer yet.");
}
