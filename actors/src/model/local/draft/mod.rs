//! The text of sections: sentences of the material where it says something, otherwise what must
//! be settled before the section can be written.

mod compose;
mod material;
mod pick;

use contracts::model::Source;

use super::LocalConfig;
use super::goal::{self, Goal};
use super::roles::{self, Places, Role};
use super::text::casing;

/// A drafted section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its title, as asked.
    pub title: String,
    /// Its text; `[n]` is the n-th source that was given.
    pub text: String,
    /// The cited sources from 0, in order of first use.
    pub sources: Vec<usize>,
}

/// What is asked.
pub struct Asked<'a> {
    /// What the document is for.
    pub goal: &'a str,
    /// Material that needs no mark.
    pub context: Option<&'a str>,
    /// The titles.
    pub titles: &'a [String],
    /// Material that is cited.
    pub sources: &'a [Source],
    /// For whom.
    pub audience: Option<&'a str>,
}

/// Writes the sections.
pub fn draft(asked: &Asked<'_>, config: &LocalConfig) -> Vec<Section> {
    let goal = goal::read(asked.goal, asked.audience);
    let material = material::read(asked, config);
    let roles: Vec<_> = asked.titles.iter().map(|title| roles::of(title, &goal.topic)).collect();
    let picked = pick::assign(&material, asked.titles, &roles, &goal, config);
    let plain = material.is_empty();
    let mut out = Vec::with_capacity(asked.titles.len());
    for (at, title) in asked.titles.iter().enumerate() {
        let sentences: Vec<_> =
            picked[at].iter().flat_map(|place| &material[*place].sentences).collect();
        let (body, sources) = compose::paragraphs(&sentences);
        let mut parts = Vec::new();
        if at == 0 {
            parts.push(opening(&goal, asked.goal, plain));
        }
        if body.is_empty() {
            parts.push(scaffold(roles[at], &goal, title, plain));
        } else {
            parts.push(body);
        }
        out.push(Section { title: title.clone(), text: parts.join("\n\n"), sources });
    }
    out
}

/// What the document is, in the goal's words.
fn opening(goal: &Goal, asked: &str, plain: bool) -> String {
    let called = if goal.called == "readme" { "README" } else { &goal.called };
    let mut text = format!("This {called} is about {}", goal.subject);
    if let Some(readers) = &goal.audience {
        text.push_str(&format!(", for {readers}"));
    }
    text.push('.');
    if plain {
        let asked = super::text::tokens::clip(&super::text::tokens::flat(asked), 240);
        if !asked.is_empty() {
            text.push_str(&format!(" It answers the request: \u{201c}{asked}\u{201d}."));
        }
        text.push_str(
            " No material was given, so nothing is claimed here yet: each section says what \
             belongs in it and what must be settled first.",
        );
    }
    text.replace(".\u{201d}.", ".\u{201d}")
}

/// What belongs in a section about which the material says nothing.
fn scaffold(role: &Role, goal: &Goal, title: &str, plain: bool) -> String {
    let readers = goal.audience.as_deref().unwrap_or("the readers");
    let places = Places { topic: &goal.subject, readers, title };
    let mut text = String::new();
    if !plain {
        text.push_str("The material that was given says nothing on this. ");
    }
    text.push_str(&casing::capital(&roles::filled(role.lead, &places)));
    text.push_str("\n\nTo settle:\n");
    for ask in role.asks {
        text.push_str(&format!("\n- {}", roles::filled(ask, &places)));
    }
    text
}

#[cfg(test)]
mod tests;
