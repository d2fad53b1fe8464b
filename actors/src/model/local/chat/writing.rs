//! Texts made inside a conversation.

use crate::model::local::LocalConfig;
use crate::model::local::edit::{Manner, edit};
use crate::model::local::outline::outline;
use crate::model::local::text::tokens::clip;

/// A text changed.
pub fn edited(manner: Manner, text: &str, config: &LocalConfig) -> String {
    let done = edit(text, manner, None, config).text;
    if done.trim() == text.trim() {
        return format!("My rules find nothing to change in it:\n\n{done}");
    }
    done
}

/// The beginning of a document.
pub fn started(goal: &str, config: &LocalConfig) -> String {
    let titles = outline(goal, None, 5, 8, config);
    let lines: Vec<_> = (1..).zip(&titles).map(|(n, title)| format!("{n}. {title}")).collect();
    format!(
        "An outline for \u{201c}{}\u{201d}:\n\n{}\n\nTo have the sections written from your \
         material, send the goal and your sources to the kind `osteon`, command `draft`.",
        clip(goal.trim_end_matches(['.', '!', ' ']), 200),
        lines.join("\n")
    )
}
