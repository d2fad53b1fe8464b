//! Where a part leads.

use std::fmt::Write as _;

use super::super::OFFICE;
use super::XML;
use crate::draw::escaped;

/// Where a part leads, in the order in which it was said.
#[derive(Debug, Default)]
pub struct Relations(Vec<(String, String, bool)>);

impl Relations {
    /// The id of the way to another part.
    pub fn to(&mut self, sort: &str, target: &str) -> String {
        self.id(sort, target, false)
    }

    /// The id of a link out of the file.
    pub fn link(&mut self, to: &str) -> String {
        self.id("hyperlink", to, true)
    }

    fn id(&mut self, sort: &str, target: &str, outside: bool) -> String {
        let own = (sort.to_owned(), target.to_owned(), outside);
        let known = self.0.iter().position(|relation| *relation == own);
        let at = known.unwrap_or_else(|| {
            self.0.push(own);
            self.0.len() - 1
        });
        format!("rId{}", at + 1)
    }

    /// The part that tells them; none where it leads nowhere.
    pub fn part(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut out = format!(
            "{XML}<Relationships \
             xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        );
        for (at, (sort, target, outside)) in self.0.iter().enumerate() {
            let (id, target) = (at + 1, escaped(target));
            let mode = if *outside { " TargetMode=\"External\"" } else { "" };
            let _ = write!(
                out,
                "<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/{sort}\" Target=\"{target}\"{mode}/>"
            );
        }
        out.push_str("</Relationships>");
        Some(out)
    }
}
