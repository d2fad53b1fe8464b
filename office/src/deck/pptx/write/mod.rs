//! A deck as a `.pptx` file.

mod chart;
mod diagram;
mod layout;
mod notes;
mod relation;
mod slide;
mod table;
mod text;
mod theme;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::DateTime;

use super::super::file::Error;
use super::super::fit::says;
use super::super::model::{Deck, Slide};
use super::{DRAWING, OFFICE};
use crate::document::Meta;
use crate::document::pdf::font::Shaper;
use crate::draw::escaped;
use crate::losses::Losses;
use crate::package::Builder;
use relation::Relations;

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/presentationml/2006/main";
const TYPES: &str = "application/vnd.openxmlformats-officedocument";
/// The first number that a layout may have.
const LAYOUT_ID: u64 = 2_147_483_649;
/// The first number that a slide may have.
const SLIDE_ID: usize = 256;

/// The file of a deck.
///
/// # Errors
/// When it is larger than archives can be.
pub fn write(deck: &Deck, meta: &Meta) -> Result<(Vec<u8>, Losses), Error> {
    let mut file = Writer {
        deck,
        meta,
        parts: Vec::new(),
        types: Vec::new(),
        media: BTreeMap::new(),
        charts: 0,
        losses: Losses::new(),
        shaper: Shaper::default(),
    };
    let noted = deck.slides.iter().any(|slide| says(&slide.notes));
    file.presentation(noted);
    file.master();
    file.layouts();
    for (number, slide) in deck.slides.iter().enumerate() {
        file.slide(slide, number)?;
    }
    if noted {
        file.notes_master();
    }
    file.done()
}

/// What is written, and what of it is known so far.
struct Writer<'a> {
    deck: &'a Deck,
    meta: &'a Meta,
    /// The parts by their names, in order.
    parts: Vec<(String, Vec<u8>)>,
    /// The types of parts.
    types: Vec<(String, String)>,
    /// Pictures by the names of their files.
    media: BTreeMap<String, &'a [u8]>,
    /// How many charts there are.
    charts: usize,
    losses: Losses,
    shaper: Shaper,
}

impl Writer<'_> {
    /// Adds a part of XML with its type and where it leads.
    fn part(&mut self, name: &str, sort: &str, text: String, relations: &Relations) {
        self.parts.push((name.to_owned(), text.into_bytes()));
        self.types.push((format!("/{name}"), format!("{TYPES}.{sort}+xml")));
        if let Some(text) = relations.part() {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            self.parts.push((format!("{folder}/_rels/{file}.rels"), text.into_bytes()));
        }
    }

    fn presentation(&mut self, noted: bool) {
        let deck = self.deck;
        let mut relations = Relations::default();
        let master = relations.to("slideMaster", "slideMasters/slideMaster1.xml");
        let mut slides = String::new();
        for number in 0..deck.slides.len() {
            let id = relations.to("slide", &format!("slides/slide{}.xml", number + 1));
            let _ = write!(slides, "<p:sldId id=\"{}\" r:id=\"{id}\"/>", SLIDE_ID + number);
        }
        let notes = noted.then(|| relations.to("notesMaster", "notesMasters/notesMaster1.xml"));
        for (sort, target) in [
            ("presProps", "presProps.xml"),
            ("viewProps", "viewProps.xml"),
            ("theme", "theme/theme1.xml"),
            ("tableStyles", "tableStyles.xml"),
        ] {
            relations.to(sort, target);
        }
        let mut out = String::new();
        let _ = write!(
            out,
            "<p:sldMasterIdLst><p:sldMasterId id=\"{}\" r:id=\"{master}\"/></p:sldMasterIdLst>",
            LAYOUT_ID - 1
        );
        if let Some(id) = notes {
            let _ = write!(
                out,
                "<p:notesMasterIdLst><p:notesMasterId r:id=\"{id}\"/></p:notesMasterIdLst>"
            );
        }
        if !slides.is_empty() {
            let _ = write!(out, "<p:sldIdLst>{slides}</p:sldIdLst>");
        }
        let _ = write!(
            out,
            "<p:sldSz cx=\"{}\" cy=\"{}\"/><p:notesSz cx=\"6858000\" cy=\"9144000\"/>",
            deck.size.wide, deck.size.high
        );
        let text = whole("presentation", &out);
        self.part("ppt/presentation.xml", "presentationml.presentation.main", text, &relations);
        let none = Relations::default();
        let text = whole("presentationPr", "");
        self.part("ppt/presProps.xml", "presentationml.presProps", text, &none);
        let text = whole("viewPr", "");
        self.part("ppt/viewProps.xml", "presentationml.viewProps", text, &none);
        let text = table::styles();
        self.part("ppt/tableStyles.xml", "presentationml.tableStyles", text, &none);
        self.part("ppt/theme/theme1.xml", "theme", theme::part(&deck.theme), &none);
    }

    fn done(mut self) -> Result<(Vec<u8>, Losses), Error> {
        let core = core(self.deck, self.meta);
        self.parts.push(("docProps/core.xml".to_owned(), core.into_bytes()));
        let core = "application/vnd.openxmlformats-package.core-properties+xml";
        self.types.push(("/docProps/core.xml".to_owned(), core.to_owned()));
        let mut archive = Builder::default();
        archive.part("[Content_Types].xml", content_types(&self.types).as_bytes())?;
        archive.part("_rels/.rels", root().as_bytes())?;
        for (name, bytes) in &self.parts {
            archive.part(name, bytes)?;
        }
        for (name, bytes) in &self.media {
            archive.part(&format!("ppt/media/{name}"), bytes)?;
        }
        Ok((archive.done()?, self.losses))
    }

    fn lose(&mut self, what: &'static str, slide: &Slide) {
        self.losses.at(what, &slide.id, 1);
    }
}

/// A part of a presentation: an element and what is in it.
fn whole(name: &str, within: &str) -> String {
    format!(
        "{XML}<p:{name} xmlns:a=\"{DRAWING}\" xmlns:r=\"{OFFICE}\" xmlns:p=\"{MAIN}\">{within}\
         </p:{name}>"
    )
}

fn content_types(types: &[(String, String)]) -> String {
    let mut out = format!(
        "{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Default Extension=\"xlsx\" ContentType=\"{TYPES}.spreadsheetml.sheet\"/>"
    );
    for ending in ["png", "jpeg", "gif", "webp"] {
        let _ = write!(out, "<Default Extension=\"{ending}\" ContentType=\"image/{ending}\"/>");
    }
    for (name, sort) in types {
        let _ = write!(out, "<Override PartName=\"{name}\" ContentType=\"{sort}\"/>");
    }
    out.push_str("</Types>");
    out
}

fn root() -> String {
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    format!(
        "{XML}<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" \
         Type=\"{OFFICE}/officeDocument\" Target=\"ppt/presentation.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"{package}/metadata/core-properties\" \
         Target=\"docProps/core.xml\"/></Relationships>"
    )
}

fn core(deck: &Deck, meta: &Meta) -> String {
    let title = escaped(deck.title.as_deref().unwrap_or_default());
    let author = escaped(meta.author.as_deref().unwrap_or_default());
    let language = escaped(meta.language.as_deref().unwrap_or("en"));
    let at = DateTime::from_timestamp(meta.at_s, 0).unwrap_or_default();
    let at = at.format("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "{XML}<cp:coreProperties \
         xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{title}</dc:title>\
         <dc:creator>{author}</dc:creator><dc:language>{language}</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:modified></cp:coreProperties>"
    )
}
