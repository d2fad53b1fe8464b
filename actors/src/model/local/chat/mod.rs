//! The next message of a conversation: from what was said in it, by rules, and plainly so.

mod arithmetic;
mod intent;
mod memory;
mod points;
mod writing;

use contracts::model::Turn;

use super::LocalConfig;
use super::summarize::summarize;
use super::text::moments::moments;
use super::text::sentences;
use super::text::tokens::clip;
use intent::Intent;
use memory::Memory;

/// The answer to the last message of `turns`.
pub fn answer(turns: &[Turn], config: &LocalConfig) -> String {
    let memory = Memory::of(turns, config);
    let Some(asked) = memory.asked() else {
        return "There is no message to answer yet.".to_owned();
    };
    let text = match intent::of(&asked.text) {
        Intent::Sum(sum) => arithmetic::told(&sum),
        Intent::WhoAreYou => who(&memory),
        Intent::Greeting => greeting(&memory, asked.name.as_deref()),
        Intent::Thanks => "You are welcome.".to_owned(),
        Intent::Farewell => {
            "Goodbye. This conversation is kept, so we can go on from here.".to_owned()
        }
        Intent::Summary(given) => recap(&memory, given.as_deref(), config),
        Intent::Edit(manner, text) => writing::edited(manner, &text, config),
        Intent::Write(goal) => writing::started(&goal, config),
        Intent::Questions => points::questions(&memory),
        Intent::Tasks => points::tasks(&memory),
        Intent::Dates => points::dates(&memory),
        Intent::Recall => recalled(&memory, &asked.text),
        Intent::Statement => noted(&asked.text),
    };
    if memory.brief { first_sentences(&text) } else { text }
}

/// With the instruction to be brief: two sentences, or the first block.
fn first_sentences(text: &str) -> String {
    let block = text.split("\n\n").next().unwrap_or(text);
    if block.contains('\n') || block.ends_with(':') {
        return text.to_owned();
    }
    sentences(block).into_iter().take(2).collect::<Vec<_>>().join(" ")
}

fn who(memory: &Memory) -> String {
    let name = memory
        .name
        .as_deref()
        .map(|name| format!("I am {name}, and behind the name is "))
        .unwrap_or_else(|| "I am ".to_owned());
    format!(
        "{name}the built-in rules model of Cambium (`local/rules`): text rules and extraction, not \
         a large language model. I know only what stands in this conversation.\n\n\
         What I can do:\n\n\
         - summarise this conversation or a text you paste\n\
         - say who said what about something here\n\
         - list open questions, tasks and dates\n\
         - improve, shorten, simplify or formalise a text\n\
         - start a document from a goal\n\
         - do sums, such as 15% of 80"
    )
}

fn greeting(memory: &Memory, name: Option<&str>) -> String {
    let hello = name.map_or_else(|| "Hello.".to_owned(), |name| format!("Hello, {name}."));
    let me = memory.name.as_deref().map(|name| format!(" I am {name}.")).unwrap_or_default();
    format!(
        "{hello}{me} I answer by built-in rules and from what is said here. I can summarise, look \
         up what was said, list open questions, or improve a text. What would you like?"
    )
}

fn recap(memory: &Memory, given: Option<&str>, config: &LocalConfig) -> String {
    if let Some(text) = given {
        return summarize(text, 3, config);
    }
    let said = memory.earlier();
    if said.is_empty() {
        return "Nothing has been said before this, so there is nothing to summarise yet. Paste a \
            text after \u{201c}summarise:\u{201d} and I will summarise that."
            .to_owned();
    }
    let chosen = memory::main_points(&said, 6, config);
    let lines: Vec<_> = chosen.iter().map(|one| format!("- {}", one.quoted())).collect();
    let mut out = format!("The main points so far:\n\n{}", lines.join("\n"));
    let open = points::open(&said);
    if let Some(last) = open.last() {
        out.push_str(&format!("\n\nStill open: {}", last.quoted()));
    }
    out
}

/// What was said about what the question asks.
fn recalled(memory: &Memory, question: &str) -> String {
    let search = memory.search(question);
    let about = search.about.clone();
    if search.found.is_empty() {
        let whom = search.speaker.map(|name| format!(" by {name}")).unwrap_or_default();
        let count = memory.earlier().len();
        let seen = match count {
            0 => "nothing was said before your message".to_owned(),
            1 => format!("in the one earlier message I can see there is nothing{whom} on it"),
            _ => format!("in the {count} earlier messages I can see there is nothing{whom} on it"),
        };
        let about = about.map(|about| format!(" about {about}")).unwrap_or_default();
        return format!(
            "I do not know{about}: {seen}. I am the built-in rules model and know nothing beyond \
             this conversation."
        );
    }
    let lines: Vec<_> = search.found.iter().map(|one| one.said()).collect();
    if search.sure {
        lines.join("\n")
    } else {
        format!(
            "I cannot answer that by myself. What was said here that comes nearest:\n\n{}",
            lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")
        )
    }
}

/// A statement: its point, given back, with what it holds that may be wanted later.
fn noted(text: &str) -> String {
    let all = sentences(text);
    let point = all
        .iter()
        .max_by_key(|sentence| {
            (super::text::stems(sentence).len().min(12), std::cmp::Reverse(sentence.len()))
        })
        .copied()
        .unwrap_or(text);
    let mut out = format!("I have read: \u{201c}{}\u{201d}", clip(point, 200));
    let dates: Vec<_> = moments(text, 5).into_iter().map(|one| one.words).collect();
    if !dates.is_empty() {
        out.push_str(&format!(" It names {}.", super::text::casing::listed(&dates)));
    }
    out.push_str(
        "\n\nI work by rules and cannot judge or add to it. I can find it again later, summarise \
         the conversation, or list what is open.",
    );
    out
}

#[cfg(test)]
mod tests;
