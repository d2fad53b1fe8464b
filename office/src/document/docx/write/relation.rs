//! Where a part leads: links, and the pictures that it shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::super::picture;
use super::parts::Extra;
use super::run::escaped;

/// Where a part leads.
#[derive(Debug, Default)]
pub struct Relations<'a> {
    links: BTreeMap<String, usize>,
    pictures: BTreeMap<String, usize>,
    /// The pictures by the names of their files.
    pub media: BTreeMap<String, &'a [u8]>,
}

/// How many relations every part of text may have before its own.
const FIXED: usize = 10;

impl<'a> Relations<'a> {
    /// The id of a link.
    pub fn link(&mut self, to: &str) -> String {
        let next = self.links.len() + self.pictures.len() + FIXED;
        let id = *self.links.entry(to.to_owned()).or_insert(next);
        format!("rId{id}")
    }

    /// The id of a picture, where it is one.
    pub fn picture(&mut self, source: &str, bytes: &'a [u8]) -> Option<String> {
        let kind = picture::kind(bytes)?;
        let name = file(source, kind.ending());
        let next = self.links.len() + self.pictures.len() + FIXED;
        let id = *self.pictures.entry(name.clone()).or_insert(next);
        self.media.insert(name, bytes);
        Some(format!("rId{id}"))
    }
}

/// The file of a picture: the first letters of its hash.
fn file(source: &str, ending: &str) -> String {
    let name: String =
        source.chars().filter(char::is_ascii_alphanumeric).skip(4).take(32).collect();
    format!("{name}.{ending}")
}

const OPEN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships \
    xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
const TYPE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";

/// The relations of the document itself.
pub fn part(relations: &Relations<'_>, extra: Extra) -> String {
    let mut fixed = vec!["styles", "settings", "numbering"];
    fixed.extend(extra.footnotes.then_some("footnotes"));
    fixed.extend(extra.comments.then_some("comments"));
    let mut out = OPEN.to_owned();
    for (place, name) in fixed.into_iter().enumerate() {
        let id = place + 1;
        let _ = write!(
            out,
            "<Relationship Id=\"rId{id}\" Type=\"{TYPE}{name}\" Target=\"{name}.xml\"/>"
        );
    }
    let _ = write!(
        out,
        "<Relationship Id=\"rIdFooter\" Type=\"{TYPE}footer\" Target=\"footer1.xml\"/>"
    );
    own(&mut out, relations);
    out
}

/// The relations of a part that has only its own.
pub fn bare(relations: &Relations<'_>) -> String {
    let mut out = OPEN.to_owned();
    own(&mut out, relations);
    out
}

fn own(out: &mut String, relations: &Relations<'_>) {
    for (to, id) in &relations.links {
        let to = escaped(to);
        let _ = write!(
            out,
            "<Relationship Id=\"rId{id}\" Type=\"{TYPE}hyperlink\" Target=\"{to}\" \
             TargetMode=\"External\"/>"
        );
    }
    for (name, id) in &relations.pictures {
        let _ = write!(
            out,
            "<Relationship Id=\"rId{id}\" Type=\"{TYPE}image\" Target=\"media/{name}\"/>"
        );
    }
    out.push_str("</Relationships>");
}
