//! A `.docx` file as a document.

mod body;
mod flow;
mod paragraph;
mod run;
mod styles;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime};

use super::super::file::{Error, Limits};
use super::super::{Aligned, Block, Comment, Document, Source, picture, reference};
use crate::losses::Losses;
use crate::package::{Hostile, Package, Piece, Relation, Xml, part_of, relations};
use run::Field;
use styles::{Lists, Styles};

/// How many sources a document may cite.
const SOURCES_MAX: usize = 10_000;

/// Reads a file. Nothing outside it is fetched, and nothing in it is run.
///
/// # Errors
/// When it is broken, hostile or larger than its limits.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<(Document, Losses), Error> {
    let mut package = Package::open(bytes, limits.bounds)?;
    let mut losses = Losses::new();
    left_out(&package.names(), &mut losses);
    let root = relations(&mut package, "")?;
    let main = part_of(&root, "/officeDocument");
    let main = main.unwrap_or_else(|| "word/document.xml".to_owned());
    let relations_of = relations(&mut package, &main)?;
    let text = package.needed(&main)?;
    let mut reader = Reader::new(*limits, losses);
    let depth_max = limits.bounds.depth_max;
    if let Some(text) = part(&mut package, &relations_of, "/styles")? {
        reader.styles = Styles::read(&text, depth_max)?;
    }
    if let Some(text) = part(&mut package, &relations_of, "/numbering")? {
        reader.lists = Lists::read(&text, depth_max)?;
    }
    for sort in ["/footnotes", "/endnotes"] {
        let Some(name) = part_of(&relations_of, sort) else { continue };
        let Some(text) = package.part(&name)? else { continue };
        let own = relations(&mut package, &name)?;
        reader.media(&mut package, &own)?;
        reader.relations = own;
        reader.notes(&text, sort == "/endnotes")?;
    }
    if let Some(text) = part(&mut package, &relations_of, "/comments")? {
        reader.remarks(&text)?;
    }
    for relation in relations_of.values().filter(|it| !it.outside) {
        let margin = relation.sort.ends_with("/header") || relation.sort.ends_with("/footer");
        let text = if margin { package.part(&relation.target)? } else { None };
        if let Some(text) = text {
            reader.margin(&text)?;
        }
    }
    reader.media(&mut package, &relations_of)?;
    reader.relations = relations_of;
    let blocks = reader.body(&text)?;
    let title = match part_of(&root, "/core-properties") {
        Some(name) => title(package.part(&name)?, depth_max)?,
        None => None,
    };
    Ok(reader.done(blocks, title))
}

fn part(
    package: &mut Package<'_>,
    relations: &BTreeMap<String, Relation>,
    sort: &str,
) -> Result<Option<String>, Error> {
    let Some(name) = part_of(relations, sort) else { return Ok(None) };
    Ok(package.part(&name)?)
}

/// Parts that no document of ours has.
fn left_out(names: &[String], losses: &mut Losses) {
    for name in names {
        let what = match name.as_str() {
            name if name.ends_with("vbaProject.bin") => "macros",
            name if name.starts_with("word/embeddings/") => "embedded",
            name if name.starts_with("word/charts/chart") => "charts",
            name if name.starts_with("word/diagrams/data") => "diagrams",
            name if name.starts_with("word/activeX/activeX") => "controls",
            _ => continue,
        };
        losses.at(what, name, 1);
    }
}

fn title(text: Option<String>, depth_max: usize) -> Result<Option<String>, Error> {
    let Some(text) = text else { return Ok(None) };
    let (mut within, mut title) = (false, String::new());
    for piece in Xml::new(&text, depth_max) {
        match piece? {
            Piece::Open(name, _) => within = name == "title",
            Piece::Close(_) => within = false,
            Piece::Text(text) if within => title.push_str(&text),
            Piece::Text(_) => {}
        }
    }
    let title = title.trim();
    Ok((!title.is_empty()).then(|| title.to_owned()))
}

/// An attribute, whatever stands before its name.
fn said<'a>(of: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let own = |key: &str| key.rsplit(':').next() == Some(name);
    of.iter().find(|(key, _)| own(key)).map(|(_, value)| value.as_str())
}

/// When something was said or changed, in seconds since 1970. A time without a zone is that of UTC.
fn moment(of: &BTreeMap<String, String>) -> Option<i64> {
    let date = said(of, "date")?;
    let zoned = DateTime::parse_from_rfc3339(date).map(|at| at.timestamp());
    let bare = || NaiveDateTime::parse_from_str(date, "%Y-%m-%dT%H:%M:%S%.f");
    zoned.or_else(|_| bare().map(|at| at.and_utc().timestamp())).ok()
}

/// What is known while a file is read.
struct Reader {
    limits: Limits,
    losses: Losses,
    styles: Styles,
    lists: Lists,
    relations: BTreeMap<String, Relation>,
    /// Pictures by the names of their parts: how they are referred to.
    pictures: BTreeMap<String, String>,
    media_bytes: usize,
    media: BTreeMap<String, Vec<u8>>,
    /// Notes by their ids, those at the end of the document with `e` before.
    noted: BTreeMap<String, Vec<Block>>,
    /// The ids of notes in the order in which they are referred to.
    note_order: Vec<String>,
    /// Remarks by their ids.
    remarked: BTreeMap<String, Comment>,
    remark_order: Vec<String>,
    /// What remarks are about, by their ids, as far as it has been read; and which of them go on.
    quoted: BTreeMap<String, String>,
    quoting: Vec<String>,
    sources: Vec<Source>,
    title: Option<String>,
    fields: Vec<Field>,
    /// The place of the source that the paragraph at hand tells.
    source_begun: Option<usize>,
    /// Where the text of the last paragraph stands.
    stands: Aligned,
    pieces: usize,
}

impl Reader {
    fn new(limits: Limits, losses: Losses) -> Self {
        Self {
            limits,
            losses,
            styles: Styles::default(),
            lists: Lists::default(),
            relations: BTreeMap::new(),
            pictures: BTreeMap::new(),
            media_bytes: 0,
            media: BTreeMap::new(),
            noted: BTreeMap::new(),
            note_order: Vec::new(),
            remarked: BTreeMap::new(),
            remark_order: Vec::new(),
            quoted: BTreeMap::new(),
            quoting: Vec::new(),
            sources: Vec::new(),
            title: None,
            fields: Vec::new(),
            source_begun: None,
            stands: Aligned::Start,
            pieces: 0,
        }
    }

    /// Counts one more piece of the document.
    fn count(&mut self) -> Result<(), Error> {
        self.pieces += 1;
        if self.pieces > self.limits.pieces_max {
            return Err(Error::TooManyPieces(self.limits.pieces_max));
        }
        Ok(())
    }

    /// Takes the pictures that relations lead to.
    fn media(
        &mut self,
        package: &mut Package<'_>,
        relations: &BTreeMap<String, Relation>,
    ) -> Result<(), Error> {
        for relation in relations.values().filter(|it| it.sort.ends_with("/image") && !it.outside) {
            if self.pictures.contains_key(&relation.target) {
                continue;
            }
            let Some(bytes) = package.bytes(&relation.target)? else { continue };
            let room = self.limits.media_bytes_max.saturating_sub(self.media_bytes);
            if picture::kind(&bytes).is_none() || bytes.len() > room {
                continue;
            }
            self.media_bytes += bytes.len();
            let key = reference(&bytes);
            self.pictures.insert(relation.target.clone(), key.clone());
            self.media.insert(key, bytes);
        }
        Ok(())
    }

    /// Counts the text at the edge of pages, which no document of ours has.
    fn margin(&mut self, text: &str) -> Result<(), Error> {
        let (mut field, mut within, mut said) = (0_usize, false, false);
        for piece in Xml::new(text, self.limits.bounds.depth_max) {
            match piece? {
                Piece::Open(name, of) if name == "fldChar" => {
                    match self::said(&of, "fldCharType") {
                        Some("begin") => field += 1,
                        Some("end") => field = field.saturating_sub(1),
                        _ => {}
                    }
                }
                Piece::Open(name, _) => within = name == "t",
                Piece::Close(_) => within = false,
                Piece::Text(text) => said |= within && field == 0 && !text.trim().is_empty(),
            }
        }
        if said {
            self.losses.add("page_headers");
        }
        Ok(())
    }

    fn remarks(&mut self, text: &str) -> Result<(), Error> {
        let mut open: Option<(String, Comment)> = None;
        let mut within = false;
        for piece in Xml::new(text, self.limits.bounds.depth_max) {
            match (piece?, &mut open) {
                (Piece::Open(name, of), _) if name == "comment" => {
                    let by = said(&of, "author").filter(|by| *by != "unknown");
                    let by = by.unwrap_or_default().to_owned();
                    let id = said(&of, "id").unwrap_or_default().to_owned();
                    let at_s = moment(&of);
                    open = Some((id, Comment { by, at_s, ..Comment::default() }));
                }
                (Piece::Close(name), _) if name == "comment" => self.remarked.extend(open.take()),
                (Piece::Open(name, _), Some((_, comment))) => {
                    within = name == "t";
                    if name == "p" && !comment.text.is_empty() {
                        comment.text.push('\n');
                    }
                }
                (Piece::Text(text), Some((_, comment))) if within => comment.text.push_str(&text),
                (Piece::Close(_), _) => within = false,
                _ => {}
            }
        }
        Ok(())
    }

    fn done(mut self, blocks: Vec<Block>, title: Option<String>) -> (Document, Losses) {
        let notes = self.note_order.iter().map(|id| self.noted.remove(id).unwrap_or_default());
        let notes = notes.collect();
        self.losses.at("notes", "", self.noted.len() as u64);
        let remarked = &mut self.remarked;
        let order = self.remark_order.iter();
        let quoted = &mut self.quoted;
        let comments = order.map(|id| {
            let quote = quoted.remove(id).unwrap_or_default();
            Comment { quote, ..remarked.remove(id).unwrap_or_default() }
        });
        let comments = comments.collect();
        self.losses.at("comments", "", self.remarked.len() as u64);
        let document = Document {
            title: self.title.or(title),
            blocks,
            notes,
            sources: self.sources,
            comments,
            media: self.media,
        };
        (document, self.losses)
    }
}

/// A file that does not nest as it must.
fn unended() -> Error {
    Error::Refused(Hostile::Broken("an element does not end".to_owned()))
}
