//! A `.pptx` file as a deck.

mod chart;
mod diagram;
mod layout;
mod slide;
mod text;
mod theme;

use std::collections::{BTreeMap, BTreeSet};

use super::super::area::Size;
use super::super::file::Error;
use super::super::model::Deck;
use super::super::{Limits, layout as layouts};
use crate::document::{picture, reference};
use crate::losses::Losses;
use crate::package::{Element, Hostile, Package, Relation, part_of, relations};
use slide::Sheets;

/// Reads a file. Nothing outside it is fetched, and nothing in it is run.
///
/// # Errors
/// When it is broken, hostile or larger than its limits.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<(Deck, Losses), Error> {
    let mut package = Package::open(bytes, limits.bounds)?;
    let mut losses = Losses::new();
    left_out(&package.names(), &mut losses);
    let root = relations(&mut package, "")?;
    let main = part_of(&root, "/officeDocument");
    let main = main.unwrap_or_else(|| "ppt/presentation.xml".to_owned());
    let mut reader = Reader {
        package,
        limits: *limits,
        losses,
        media: BTreeMap::new(),
        pictures: BTreeMap::new(),
        media_bytes: 0,
    };
    let title = match part_of(&root, "/core-properties") {
        Some(name) => reader.element(&name)?.and_then(|core| titled(&core)),
        None => None,
    };
    let mut deck = reader.deck(&main)?;
    deck.title = title;
    deck.media = reader.media;
    Ok((deck, reader.losses))
}

/// Parts that no deck of ours has.
fn left_out(names: &[String], losses: &mut Losses) {
    for name in names {
        let what = match name.as_str() {
            name if name.ends_with("vbaProject.bin") => "macros",
            name if name.starts_with("ppt/embeddings/") && name.ends_with(".bin") => "embedded",
            name if name.starts_with("ppt/comments/") => "comments",
            name if name.starts_with("ppt/activeX/activeX") => "controls",
            name if name.starts_with("ppt/diagrams/data") => "smart_art",
            name if name.starts_with("ppt/handoutMasters/handout") => "handouts",
            name if [".mp4", ".mp3", ".m4a", ".mov", ".wav", ".wmv", ".avi"]
                .iter()
                .any(|ending| name.ends_with(ending)) =>
            {
                "films_and_sounds"
            }
            _ => continue,
        };
        losses.at(what, name, 1);
    }
}

fn titled(core: &Element) -> Option<String> {
    let title = core.child("title")?.text.trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// What is known while a file is read.
struct Reader<'a> {
    package: Package<'a>,
    limits: Limits,
    losses: Losses,
    /// The pictures by their references.
    media: BTreeMap<String, Vec<u8>>,
    /// The references of pictures by the names of their parts; none where it is no picture.
    pictures: BTreeMap<String, Option<String>>,
    media_bytes: usize,
}

impl Reader<'_> {
    /// A part as an element; none where there is none.
    fn element(&mut self, name: &str) -> Result<Option<Element>, Error> {
        let Some(text) = self.package.part(name)? else { return Ok(None) };
        let most = self.limits.xml_bytes_max;
        if text.len() > most {
            return Err(Hostile::TooLarge(most as u64).into());
        }
        let depth_max = self.limits.bounds.depth_max;
        Ok(Some(Element::read(&text, depth_max)?))
    }

    fn needed(&mut self, name: &str) -> Result<Element, Error> {
        let element = self.element(name)?;
        element.ok_or_else(|| Hostile::Broken(format!("it has no {name}")).into())
    }

    fn relations(&mut self, name: &str) -> Result<BTreeMap<String, Relation>, Error> {
        Ok(relations(&mut self.package, name)?)
    }

    fn deck(&mut self, main: &str) -> Result<Deck, Error> {
        let root = self.needed(main)?;
        let ways = self.relations(main)?;
        let mut deck = Deck { size: Size::WIDE, ..Deck::default() };
        if let Some(size) = root.child("sldSz")
            && let (Some(wide), Some(high)) = (size.number("cx"), size.number("cy"))
        {
            deck.size = Size { wide, high };
        }
        let masters = root.child("sldMasterIdLst");
        let masters: Vec<String> =
            masters.into_iter().flat_map(|list| targets(list, "sldMasterId", &ways)).collect();
        let mut layouts = BTreeMap::new();
        for (at, name) in masters.iter().enumerate() {
            self.master(name, at == 0, &mut deck, &mut layouts)?;
        }
        if masters.len() > 1 {
            self.losses.at("masters", "", masters.len() as u64 - 1);
        }
        let slides = root.child("sldIdLst");
        let slides: Vec<String> =
            slides.into_iter().flat_map(|list| targets(list, "sldId", &ways)).collect();
        if slides.len() > self.limits.slides_max {
            return Err(Error::TooMany("slides", self.limits.slides_max));
        }
        if deck.layouts.is_empty() {
            (deck.master, deck.layouts) = layouts::standard();
        }
        let mut sheets = Sheets { layouts, ids: BTreeSet::new() };
        for (number, name) in slides.iter().enumerate() {
            let slide = self.slide(name, number, &deck, &mut sheets)?;
            deck.slides.push(slide);
        }
        Ok(deck)
    }

    /// The reference of the picture in a part; none where it is none that is taken.
    fn picture(&mut self, name: &str) -> Result<Option<String>, Error> {
        if let Some(known) = self.pictures.get(name) {
            return Ok(known.clone());
        }
        let bytes = self.package.bytes(name)?.unwrap_or_default();
        let room = self.limits.media_bytes_max.saturating_sub(self.media_bytes);
        let taken = picture::size(&bytes).is_some() && picture::kind(&bytes).is_some();
        let key = (taken && bytes.len() <= room).then(|| reference(&bytes));
        if let Some(key) = &key {
            self.media_bytes += bytes.len();
            self.media.insert(key.clone(), bytes);
        }
        self.pictures.insert(name.to_owned(), key.clone());
        Ok(key)
    }
}

/// The parts that the items of a list lead to, in order.
fn targets(list: &Element, item: &str, ways: &BTreeMap<String, Relation>) -> Vec<String> {
    let way = |item: &Element| ways.get(item.relates("id")?).filter(|way| !way.outside);
    list.all(item).filter_map(|item| Some(way(item)?.target.clone())).collect()
}
