//! Runs: what stands in a paragraph.

use std::collections::BTreeMap;

use super::super::super::file::Error;
use super::super::super::{Change, Image, Inline, Manner, Raised, Source, leads, push};
use super::body::skip;
use super::paragraph::source_of;
use super::styles::on;
use super::{Reader, moment, said, unended};
use crate::package::{Piece, Xml};

/// A field that has not ended.
#[derive(Debug, Default)]
pub struct Field {
    told: String,
    result: bool,
}

/// What a paragraph says, as it grows: a part for each page.
#[derive(Debug)]
pub struct Words {
    parts: Vec<Vec<Inline>>,
    /// Whether a table of contents began in it.
    contents: bool,
    /// The elements around what comes next that change how it is shown, with what they say.
    around: Vec<(String, Manner)>,
    /// Whether what comes next is not shown.
    pub hidden: bool,
}

impl Default for Words {
    fn default() -> Self {
        Self { parts: vec![Vec::new()], contents: false, around: Vec::new(), hidden: false }
    }
}

impl Words {
    fn push(&mut self, inline: Inline) {
        if let Some(part) = self.parts.last_mut() {
            push(part, inline);
        }
    }

    fn text(&mut self, text: &str, manner: &Manner) {
        self.push(Inline::Text(text.to_owned(), manner.clone()));
    }

    fn around(&self) -> Manner {
        self.around.last().map(|(_, manner)| manner.clone()).unwrap_or_default()
    }

    /// What an element said of all in it ends with it.
    pub fn ends(&mut self, name: &str) {
        if self.around.last().is_some_and(|(open, _)| open == name) {
            self.around.pop();
        }
    }

    /// Its parts, and whether a table of contents begins with it.
    pub fn done(self) -> (Vec<Vec<Inline>>, bool) {
        (self.parts, self.contents)
    }
}

type Attributes = BTreeMap<String, String>;

impl Reader {
    /// Takes an element of a paragraph. Answers how many elements it leaves open.
    pub(super) fn within(
        &mut self,
        xml: &mut Xml<'_>,
        name: &str,
        of: &Attributes,
        words: &mut Words,
    ) -> Result<usize, Error> {
        let mut manner = words.around();
        match name {
            "r" => {
                self.run(xml, words)?;
                return Ok(0);
            }
            "hyperlink" => {
                if let Some(place) = said(of, "anchor").and_then(source_of).map(|(place, _)| place)
                {
                    if self.sources.len() <= place {
                        self.sources.resize(place + 1, Source::default());
                    }
                    words.push(Inline::Cite(place));
                    skip(xml)?;
                    return Ok(0);
                }
                let relation = said(of, "id").and_then(|id| self.relations.get(id));
                let to = relation.filter(|it| it.outside).map(|it| it.target.clone());
                match to.filter(|to| leads(to)) {
                    Some(to) => manner.link = Some(to),
                    None if said(of, "anchor").is_none() => self.losses.add("links"),
                    None => {}
                }
            }
            "fldSimple" => {
                let told = said(of, "instr").unwrap_or_default();
                manner.link = link(told).or(manner.link);
            }
            "ins" | "moveTo" | "del" | "moveFrom" => {
                manner.change = Some(change(name, of));
            }
            "commentRangeStart" => {
                self.quoting.extend(said(of, "id").map(str::to_owned));
                return Ok(1);
            }
            "commentRangeEnd" => {
                let id = said(of, "id").unwrap_or_default();
                self.quoting.retain(|open| open != id);
                return Ok(1);
            }
            "bookmarkStart" => {
                self.marked(said(of, "name").unwrap_or_default());
                return Ok(1);
            }
            "oMath" | "oMathPara" => {
                self.losses.add("formulas");
                skip(xml)?;
                return Ok(0);
            }
            "Fallback" | "sdtPr" => {
                skip(xml)?;
                return Ok(0);
            }
            _ => return Ok(1),
        }
        words.around.push((name.to_owned(), manner));
        Ok(1)
    }

    fn run(&mut self, xml: &mut Xml<'_>, words: &mut Words) -> Result<(), Error> {
        self.count()?;
        let (mut manner, mut depth, mut text) = (words.around(), 0_usize, false);
        let by_style = words.hidden;
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, of) => match name.as_str() {
                    "rPr" => words.hidden = self.shown(xml, &mut manner)?.unwrap_or(by_style),
                    "drawing" | "pict" | "object" if words.hidden => {
                        self.losses.add("hidden_text");
                        skip(xml)?;
                    }
                    "drawing" | "pict" | "object" => self.drawn(xml, &name, words)?,
                    "Fallback" => skip(xml)?,
                    _ => {
                        text = matches!(name.as_str(), "t" | "delText" | "instrText");
                        depth += 1;
                        self.sign(&name, &of, &manner, words);
                    }
                },
                Piece::Close(_) if depth == 0 => {
                    words.hidden = by_style;
                    return Ok(());
                }
                Piece::Close(_) => {
                    depth -= 1;
                    text = false;
                }
                Piece::Text(said) if text => self.said(&said, &manner, words),
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }

    /// Whether what comes next is no part of the text.
    fn hidden(&self) -> bool {
        self.fields.iter().any(|field| {
            let told = field.told.trim_start();
            !field.result || told.starts_with("TOC")
        })
    }

    fn said(&mut self, text: &str, manner: &Manner, words: &mut Words) {
        if let Some(field) = self.fields.last_mut().filter(|field| !field.result) {
            return field.told.push_str(text);
        }
        if self.hidden() {
            return;
        }
        if words.hidden {
            return self.losses.add("hidden_text");
        }
        let mut manner = manner.clone();
        if let Some(link) = self.fields.iter().rev().find_map(|field| link(&field.told)) {
            manner.link = Some(link);
        }
        let text: String = text.chars().filter(|it| !it.is_control() || *it == '\t').collect();
        // What shall go is still what is talked about; what shall come is not there yet.
        if manner.change.as_ref().is_none_or(|change| !change.added || !change.is_suggested()) {
            for id in &self.quoting {
                self.quoted.entry(id.clone()).or_default().push_str(&text);
            }
        }
        words.text(&text, &manner);
    }

    /// A sign that is no text.
    fn sign(&mut self, name: &str, of: &Attributes, manner: &Manner, words: &mut Words) {
        if name == "fldChar" {
            return self.field(said(of, "fldCharType").unwrap_or_default(), words);
        }
        if self.hidden() || words.hidden {
            return;
        }
        match name {
            "tab" => words.text("\t", manner),
            "cr" => words.push(Inline::Break),
            "noBreakHyphen" => words.text("\u{2011}", manner),
            "softHyphen" => words.text("\u{ad}", manner),
            "sym" => self.losses.add("symbols"),
            "br" => match said(of, "type") {
                Some("page") => words.parts.push(Vec::new()),
                _ => words.push(Inline::Break),
            },
            "footnoteReference" | "endnoteReference" => {
                let id = said(of, "id").unwrap_or_default();
                let id = if name.starts_with('e') { format!("e{id}") } else { id.to_owned() };
                let place = placed(&mut self.note_order, &id);
                words.push(Inline::Note(place));
            }
            "commentReference" => {
                let id = said(of, "id").unwrap_or_default();
                let place = placed(&mut self.remark_order, id);
                words.push(Inline::Comment(place));
            }
            _ => {}
        }
    }

    fn field(&mut self, sort: &str, words: &mut Words) {
        match sort {
            "begin" => self.fields.push(Field::default()),
            "separate" => {
                let hidden = self.hidden_but_last();
                if let Some(field) = self.fields.last_mut() {
                    field.result = true;
                    words.contents |= !hidden && field.told.trim_start().starts_with("TOC");
                }
            }
            "end" => {
                self.fields.pop();
            }
            _ => {}
        }
    }

    fn hidden_but_last(&self) -> bool {
        let before = self.fields.len().saturating_sub(1);
        self.fields.iter().take(before).any(|field| field.told.trim_start().starts_with("TOC"))
    }

    /// How a run is shown, and whether it is, where it says so.
    fn shown(&mut self, xml: &mut Xml<'_>, manner: &mut Manner) -> Result<Option<bool>, Error> {
        let (mut depth, mut hidden) = (0_usize, None);
        while let Some(piece) = xml.next() {
            let (name, of) = match piece? {
                Piece::Open(name, of) => (name, of),
                Piece::Close(_) if depth == 0 => return Ok(hidden),
                Piece::Close(_) => {
                    depth -= 1;
                    continue;
                }
                Piece::Text(_) => continue,
            };
            let value = said(&of, "val");
            depth += 1;
            if let Some(look) = look(&name, &of) {
                self.losses.once(look);
            }
            match name.as_str() {
                "vanish" => hidden = Some(on(value)),
                "rStyle" => {
                    if self.styles.hidden(value.unwrap_or_default()) {
                        hidden = hidden.or(Some(true));
                    }
                    let of_style = self.styles.manner(value.unwrap_or_default());
                    manner.bold |= of_style.bold;
                    manner.italic |= of_style.italic;
                    manner.struck |= of_style.struck;
                    manner.code |= of_style.code;
                    manner.change = manner.change.take().or(of_style.change);
                }
                "b" => manner.bold = on(value),
                "i" => manner.italic = on(value),
                "strike" | "dstrike" => manner.struck = on(value),
                "u" => manner.underlined = on(value) && manner.link.is_none(),
                "vertAlign" => {
                    manner.raised = match value {
                        Some("superscript") => Raised::Above,
                        Some("subscript") => Raised::Below,
                        _ => Raised::No,
                    }
                }
                "rPrChange" => {
                    self.losses.add("format_changes");
                    skip(xml)?;
                    depth -= 1;
                }
                _ => {}
            }
        }
        Err(unended())
    }

    /// A drawing: its picture, where it is one that is at hand.
    fn drawn(&mut self, xml: &mut Xml<'_>, sort: &str, words: &mut Words) -> Result<(), Error> {
        let (mut depth, mut image, mut alt) = (0_usize, None, String::new());
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, of) => match name.as_str() {
                    "txbxContent" => {
                        self.losses.add("text_boxes");
                        skip(xml)?;
                    }
                    _ => {
                        depth += 1;
                        if name == "docPr" {
                            alt = said(&of, "descr").unwrap_or_default().to_owned();
                        }
                        let id = match name.as_str() {
                            "blip" => said(&of, "embed").or_else(|| said(&of, "link")),
                            "imagedata" => said(&of, "id"),
                            _ => None,
                        };
                        let relation = id.and_then(|id| self.relations.get(id));
                        image = image.or(relation.map(|it| it.target.clone()));
                    }
                },
                Piece::Close(_) if depth == 0 => {
                    let known = image.as_ref().and_then(|part| self.pictures.get(part)).cloned();
                    match (known, image) {
                        (Some(source), _) => words.push(Inline::Image(Image { source, alt })),
                        (None, Some(part)) => self.losses.at("pictures", &part, 1),
                        (None, None) if sort == "object" => self.losses.add("embedded"),
                        (None, None) => self.losses.add("drawings"),
                    }
                    return Ok(());
                }
                Piece::Close(_) => depth -= 1,
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }
}

/// What a run says of its look that no document of ours has.
fn look(name: &str, of: &Attributes) -> Option<&'static str> {
    let value = said(of, "val");
    match name {
        "color" if !matches!(value, None | Some("auto" | "000000")) => Some("colours"),
        "highlight" if value != Some("none") => Some("highlights"),
        "shd" if !matches!(said(of, "fill"), None | Some("auto" | "FFFFFF")) => Some("highlights"),
        "sz" => Some("sizes"),
        "rFonts" if said(of, "ascii").is_some() => Some("fonts"),
        "caps" | "smallCaps" if on(value) => Some("capitals"),
        _ => None,
    }
}

/// The place of an id, which is added where it is new.
fn placed(order: &mut Vec<String>, id: &str) -> usize {
    order.iter().position(|known| known == id).unwrap_or_else(|| {
        order.push(id.to_owned());
        order.len() - 1
    })
}

/// Where a field leads, if it is a link.
fn link(told: &str) -> Option<String> {
    let rest = told.trim_start().strip_prefix("HYPERLINK")?;
    let to = rest.split('"').nth(1)?;
    leads(to).then(|| to.to_owned())
}

/// What an element suggests about the words in it.
fn change(name: &str, of: &Attributes) -> Change {
    let (by, at_s) = (said(of, "author").unwrap_or_default(), moment(of));
    let by = match (by, at_s) {
        ("unknown", Some(_)) => "",
        // Somebody suggests it, whoever it was and whenever.
        ("", None) => "unknown",
        (by, _) => by,
    };
    Change { added: matches!(name, "ins" | "moveTo"), by: by.to_owned(), at_s }
}
