//! The master, the layouts and their places.

use std::collections::BTreeMap;

use super::super::super::area::Area;
use super::super::super::file::Error;
use super::super::super::layout::{Aligned, Anchor, Band, Layout, Letters, Place, Role, id};
use super::super::super::model::Deck;
use super::super::super::theme::Slot;
use super::super::LETTERS;
use super::{Reader, targets, theme};
use crate::package::{Element, part_of};

/// How small letters may become where nobody says, in hundredths of what they should be.
const SHRINK_MIN_PERCENT: u32 = 60;
/// How small they may become then at most, in hundredths of a point.
const SIZE_MIN: u32 = 1_000;

impl Reader<'_> {
    /// Reads a master with its layouts; the first one is that of the deck.
    pub(super) fn master(
        &mut self,
        name: &str,
        first: bool,
        deck: &mut Deck,
        layouts: &mut BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let root = self.needed(name)?;
        let ways = self.relations(name)?;
        if let (true, Some(part)) = (first, part_of(&ways, "/theme")) {
            deck.theme = self.element(&part)?.map(|root| theme::read(&root)).unwrap_or_default();
        }
        let styles = Styles { root: &root };
        let mut places = Vec::new();
        let mut bands = Vec::new();
        self.places(&root, name, &styles, &[], &mut places, &mut bands);
        if first {
            let ground = self.ground(&root, name);
            deck.master.ground = ground.unwrap_or(Slot::Ground);
            (deck.master.bands, deck.master.places) = (bands, places.clone());
        }
        let list = root.child("sldLayoutIdLst");
        for part in list.into_iter().flat_map(|list| targets(list, "sldLayoutId", &ways)) {
            if deck.layouts.len() >= self.limits.layouts_max {
                return Err(Error::TooMany("layouts", self.limits.layouts_max));
            }
            let Some(root) = self.element(&part)? else { continue };
            let layout = self.layout(&root, &part, &styles, &places, deck);
            layouts.insert(part, layout.id.clone());
            deck.layouts.push(layout);
        }
        Ok(())
    }

    fn layout(
        &mut self,
        root: &Element,
        part: &str,
        styles: &Styles<'_>,
        master: &[Place],
        deck: &Deck,
    ) -> Layout {
        let name = root.child("cSld").and_then(|it| it.says("name")).unwrap_or_default();
        let mut layout = Layout { name: name.to_owned(), id: id(name), ..Layout::default() };
        let mut number = deck.layouts.len();
        while deck.layout(&layout.id).is_some() {
            number += 1;
            layout.id = format!("layout_{number}");
        }
        let mut bands = Vec::new();
        self.places(root, part, styles, master, &mut layout.places, &mut bands);
        layout.ground = self.ground(root, part);
        let alone = matches!(root.says("showMasterSp"), Some("0" | "false"));
        if alone {
            layout.bands = Some(bands);
        } else if !bands.is_empty() {
            // What the master draws goes on behind what the layout draws.
            layout.bands = Some(deck.master.bands.iter().copied().chain(bands).collect());
        }
        layout
    }

    fn ground(&mut self, root: &Element, part: &str) -> Option<Slot> {
        let ground = root.at(&["cSld", "bg"])?;
        let properties = ground.child("bgPr");
        let own = properties.and_then(theme::slot);
        let by_style = || {
            let named = ground.child("bgRef")?.child("schemeClr")?.says("val")?;
            (named == "bg1").then_some(Slot::Ground)
        };
        let slot = own.or_else(by_style);
        if slot.is_none() {
            self.losses.at("backgrounds", part, 1);
        }
        slot
    }

    fn places(
        &mut self,
        root: &Element,
        part: &str,
        styles: &Styles<'_>,
        master: &[Place],
        places: &mut Vec<Place>,
        bands: &mut Vec<Band>,
    ) {
        let Some(tree) = root.at(&["cSld", "spTree"]) else { return };
        for shape in &tree.children {
            match shape.name.as_str() {
                "nvGrpSpPr" | "grpSpPr" | "extLst" => continue,
                _ => {}
            }
            let Some(holder) = holder(shape) else {
                match band(shape) {
                    Some(band) if bands.len() < self.limits.places_max => bands.push(band),
                    _ => self.losses.at("decorations", part, 1),
                }
                continue;
            };
            // Dates and feet of pages are not on slides of ours.
            let Some(role) = holder.role(styles.is_master(root)) else { continue };
            let of_master = kin(role, master);
            let area = area(shape).or_else(|| of_master.map(|place| place.area));
            let letters = styles.letters(shape, role, of_master);
            let taken = places.iter().any(|place: &Place| place.number == holder.number);
            if taken || places.len() >= self.limits.places_max {
                continue;
            }
            let area = area.unwrap_or_default();
            places.push(Place { number: holder.number, role, area, letters });
        }
    }
}

/// The place of a master that a place of a layout follows.
fn kin(role: Role, master: &[Place]) -> Option<&Place> {
    let like = match role {
        Role::Title | Role::Number => role,
        _ => Role::Content,
    };
    master.iter().find(|place| place.role == like)
}

/// How a shape says that it stands in a place.
pub struct Holder {
    /// The sort of place.
    pub sort: String,
    /// Its number.
    pub number: u32,
}

impl Holder {
    fn role(&self, master: bool) -> Option<Role> {
        Some(match self.sort.as_str() {
            "title" | "ctrTitle" => Role::Title,
            "subTitle" => Role::Subtitle,
            "body" if !master => Role::Text,
            "body" | "obj" | "" => Role::Content,
            "pic" => Role::Picture,
            "chart" => Role::Chart,
            "tbl" => Role::Table,
            "sldNum" => Role::Number,
            "dt" | "ftr" | "hdr" | "sldImg" => return None,
            _ => Role::Content,
        })
    }
}

/// The place that a shape stands in.
pub fn holder(shape: &Element) -> Option<Holder> {
    let about = shape.children.iter().find(|child| child.name.starts_with("nv"))?;
    let holder = about.at(&["nvPr", "ph"])?;
    let sort = holder.says("type").unwrap_or_default().to_owned();
    Some(Holder { sort, number: holder.number("idx").unwrap_or(0) })
}

/// Where a shape stands.
pub fn area(shape: &Element) -> Option<Area> {
    let look = shape.children.iter().find(|it| matches!(it.name.as_str(), "spPr" | "grpSpPr"));
    let frame = look.and_then(|look| look.child("xfrm")).or_else(|| shape.child("xfrm"))?;
    let (off, ext) = (frame.child("off")?, frame.child("ext")?);
    let area = Area {
        x: off.number("x")?,
        y: off.number("y")?,
        wide: ext.number("cx")?,
        high: ext.number("cy")?,
    };
    area.is_sane().then_some(area)
}

/// A box of one colour of the theme that says nothing.
fn band(shape: &Element) -> Option<Band> {
    let look = shape.child("spPr").filter(|_| shape.name == "sp")?;
    let plain = look.child("prstGeom")?.says("prst") == Some("rect");
    let silent = shape.child("txBody").is_none_or(|text| text.count("r") == 0);
    let color = theme::slot(look)?;
    (plain && silent).then_some(Band { area: area(shape)?, color })
}

/// How the texts of a master look.
struct Styles<'a> {
    root: &'a Element,
}

impl Styles<'_> {
    fn is_master(&self, root: &Element) -> bool {
        std::ptr::eq(self.root, root)
    }

    fn letters(&self, shape: &Element, role: Role, master: Option<&Place>) -> Letters {
        let style = match role {
            Role::Title => "titleStyle",
            Role::Number => "otherStyle",
            _ => "bodyStyle",
        };
        let mut letters = master.map(|place| place.letters.clone()).unwrap_or_default();
        if master.is_none() {
            letters.bullets = false;
            self.level(self.root.at(&["txStyles", style, "lvl1pPr"]), &mut letters);
        }
        let size = letters.size;
        self.level(shape.at(&["txBody", "lstStyle", "lvl1pPr"]), &mut letters);
        let box_of = shape.at(&["txBody", "bodyPr"]);
        match box_of.and_then(|it| it.says("anchor")) {
            Some("t") => letters.anchor = Anchor::Top,
            Some("ctr") => letters.anchor = Anchor::Middle,
            Some("b") => letters.anchor = Anchor::Bottom,
            _ => {}
        }
        letters.size = letters.size.clamp(100, 400_000);
        match smallest(shape) {
            Some(least) => letters.size_min = least.clamp(100, letters.size),
            None if master.is_some() && size == letters.size => {}
            None => {
                let least = (letters.size * SHRINK_MIN_PERCENT / 100).max(SIZE_MIN);
                letters.size_min = least.min(letters.size);
            }
        }
        letters
    }

    fn level(&self, level: Option<&Element>, letters: &mut Letters) {
        let Some(level) = level else { return };
        match level.says("algn") {
            Some("ctr") => letters.aligned = Aligned::Center,
            Some("r") => letters.aligned = Aligned::End,
            Some(_) => letters.aligned = Aligned::Start,
            None => {}
        }
        if level.child("buNone").is_some() {
            letters.bullets = false;
        } else if level.child("buChar").is_some() || level.child("buAutoNum").is_some() {
            letters.bullets = true;
        }
        let Some(look) = level.child("defRPr") else { return };
        if let Some(size) = look.number("sz") {
            letters.size = size;
        }
        if look.says("b").is_some() {
            letters.bold = look.is("b");
        }
        if let Some(color) = theme::slot(look) {
            letters.color = color;
        }
    }
}

/// How small the letters of a place may become, as our own files say it.
fn smallest(shape: &Element) -> Option<u32> {
    let about = shape.children.iter().find(|child| child.name.starts_with("nv"))?;
    let list = about.at(&["nvPr", "extLst"])?;
    let own = list.all("ext").find(|ext| ext.says("uri") == Some(LETTERS))?;
    own.child("letters")?.number("min")
}
