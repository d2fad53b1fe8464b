//! MCP servers as sources of tools. A tool `search` of the source `docs` is called
//! `mcp__docs__search` everywhere: by models, in policies and in the log.

mod content;
mod given;
mod link;
mod listed;
mod source;

use contracts::Hash;

pub use given::Given;
pub use source::{Source, Way};

/// What the name of every tool of a source begins with.
pub const PREFIX: &str = "mcp__";

/// The longest name of a tool: what providers take.
const NAME_BYTES_MAX: usize = 64;

/// The source and the rest in a tool's name; `None` = it is no source's.
#[must_use]
pub fn parts(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(PREFIX)?.split_once("__")
}

/// What a connector's source is called: its own id where that can be one.
#[must_use]
pub fn source_of(id: &str) -> String {
    if super::config::is_source(id) {
        return id.to_owned();
    }
    let hash = Hash::of_parts("cambium tool source v1", &[id]).to_string();
    format!("c-{}", &hash[..12])
}

/// What a tool is called here: with the signs that every provider takes, and no longer.
fn called(source: &str, own: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = own.chars().map(plain).collect();
    let whole = format!("{PREFIX}{source}__{name}");
    if whole.len() <= NAME_BYTES_MAX {
        return whole;
    }
    let hash = Hash::of_parts("cambium tool name v1", &[own]).to_string();
    format!("{}-{}", &whole[..NAME_BYTES_MAX - 9], &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::{called, parts, source_of};

    #[test]
    fn a_tool_is_called_by_its_source_and_its_name_with_signs_that_all_take() {
        assert_eq!(called("docs", "search"), "mcp__docs__search");
        assert_eq!(called("docs", "files/read.all"), "mcp__docs__files_read_all");
        let long = called("docs", &"x".repeat(200));
        assert!(long.len() == 64 && long.starts_with("mcp__docs__xxx"), "{long}");
        assert_ne!(long, called("docs", &"x".repeat(199)), "told apart");
        assert_eq!(parts("mcp__docs__read__all"), Some(("docs", "read__all")));
        assert_eq!((parts("calculator"), parts("mcp__docs")), (None, None));
        assert_eq!(source_of("my-docs"), "my-docs");
        let odd = source_of("a__b@c");
        assert!(super::super::config::is_source(&odd), "{odd}");
    }
}
