//! What the tour shows, in order.

/// One step: a sentence and the command that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to look at.
    pub say: &'static str,
    /// The words after `cambium`.
    pub words: Vec<String>,
    /// Whether an agent's answer is awaited afterwards.
    pub awaits: bool,
}

/// The conversation of the tour.
pub const CONVERSATION: &str = "conversation/tea";
/// The document of the tour.
pub const DOCUMENT: &str = "osteon/rings";

fn step(say: &'static str, words: &[&str]) -> Step {
    Step { say, words: words.iter().map(|word| (*word).to_owned()).collect(), awaits: false }
}

/// The steps up to the fork.
#[must_use]
pub fn first() -> Vec<Step> {
    let members = r#"members=[{"principal":"helper","role":"agent"}]"#;
    let question = "text=Why do trees have rings? Each ring is one year of growth.";
    let goal = "goal=A short guide to reading tree rings for gardeners";
    let sources = r#"sources=[{"title":"Field notes","text":"A tree grows fastest in spring, when the new wood is light. In late summer growth slows and the wood is dark. One light and one dark band make a ring, and each ring is one year. Wide rings tell of wet years, narrow ones of drought. A gardener can count the rings of a cut branch with a hand lens."}]"#;
    let mut steps = vec![
        step(
            "A document is an actor. A command asks it for a draft from some notes; the model that \
             comes with the program answers and cites them.",
            &["send", DOCUMENT, "draft", "--field", goal, "--field", sources],
        ),
        step(
            "A conversation is another kind of actor. This one has an agent as a member.",
            &["send", CONVERSATION, "create", "--field", "title=Tea", "--field", members],
        ),
        step(
            "Somebody says something; the agent owes an answer.",
            &["send", CONVERSATION, "post", "--field", question],
        ),
        step(
            "Why did the agent answer? One causal tree: command, verdict, commit, effect, outcome.",
            &["why", CONVERSATION, "--limit", "1"],
        ),
        step(
            "Nothing is ever overwritten. These are the commits of the document.",
            &["tail", "--kind", "osteon", "--id", "rings", "--no-follow"],
        ),
        step(
            "Replay derives the state again from them. No model is called, and nothing is paid \
             twice; the hash is the same.",
            &["replay", DOCUMENT],
        ),
    ];
    steps[2].awaits = true;
    steps
}

/// The steps from the fork on; the document had `revision` when it was drafted.
#[must_use]
pub fn second(revision: u64, export: &str) -> Vec<Step> {
    let at = revision.to_string();
    let fork = "osteon/rings-retold";
    vec![
        step(
            "The document goes on: it gets another title.",
            &["send", DOCUMENT, "rename", "--field", "title=Rings"],
        ),
        step(
            "A fork continues it from before that, without a copy.",
            &["fork", DOCUMENT, "--at", &at, "--as", "rings-retold"],
        ),
        step("The fork goes its own way.", &["send", fork, "rename", "--field", "title=A tale"]),
        step("What stands between the two?", &["diff", DOCUMENT, fork]),
        step(
            "Every commit carries the hash of the one before. The server checks all chains.",
            &["verify", "--all"],
        ),
        step("You need not trust the server: take the bytes …", &["export", "--output", export]),
        step("… and check them without it.", &["verify", "--file", export]),
    ]
}

/// A command line as one would type it.
#[must_use]
pub fn typed(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_/.=:,@".contains(c);
    let words = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    format!("cambium {}", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::{first, second, typed};
    use crate::cli::Cli;

    #[test]
    fn every_step_is_a_command_that_can_be_typed() {
        for step in first().into_iter().chain(second(2, "/tmp/all.jsonl")) {
            let words = std::iter::once("cambium".to_owned()).chain(step.words.clone());
            assert!(Cli::try_parse_from(words).is_ok(), "{}", typed(&step.words));
        }
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        let words = ["send", "--field", "text=it's me"].map(str::to_owned);
        assert_eq!(typed(&words), r"cambium send --field 'text=it'\''s me'");
    }
}
