//! Slides and what is on them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::area::Area;
use super::super::super::file::Error;
use super::super::super::layout::{Layout, Role};
use super::super::super::model::{Content, Deck, Part, Picture, Slide, Table};
use super::super::{CHART, TABLE};
use super::layout::{area, holder};
use super::text::{Around, paragraph, paragraphs};
use super::{Reader, chart, diagram};
use crate::document::picture;
use crate::package::{Element, Relation, part_of};

/// What is known of all slides.
pub struct Sheets {
    /// The ids of layouts by the names of their parts.
    pub layouts: BTreeMap<String, String>,
    /// The ids that slides have.
    pub ids: BTreeSet<String>,
}

/// A slide as it is read.
struct Sheet<'a> {
    id: String,
    ways: BTreeMap<String, Relation>,
    layout: Option<&'a Layout>,
    parts: Vec<Part>,
}

impl Reader<'_> {
    pub(super) fn slide(
        &mut self,
        name: &str,
        number: usize,
        deck: &Deck,
        sheets: &mut Sheets,
    ) -> Result<Slide, Error> {
        let root = self.needed(name)?;
        let ways = self.relations(name)?;
        let named = root.child("cSld").and_then(|it| it.says("name")).unwrap_or_default();
        let mut id = named.trim().to_owned();
        let mut count = number;
        while id.is_empty() || sheets.ids.contains(&id) {
            count += 1;
            id = format!("s{count}");
        }
        sheets.ids.insert(id.clone());
        let layout = part_of(&ways, "/slideLayout").and_then(|part| sheets.layouts.get(&part));
        let layout = layout.and_then(|id| deck.layout(id)).or(deck.layouts.first());
        let notes = match part_of(&ways, "/notesSlide") {
            Some(part) => self.notes(&part, &id)?,
            None => Vec::new(),
        };
        for (what, element) in [("animations", "timing"), ("transitions", "transition")] {
            let found = root.child(element).is_some();
            self.losses.at(what, &id, u64::from(found));
        }
        self.losses.at("backgrounds", &id, u64::from(root.at(&["cSld", "bg"]).is_some()));
        let mut sheet = Sheet { id, ways, layout, parts: Vec::new() };
        for shape in root.at(&["cSld", "spTree"]).iter().flat_map(|tree| &tree.children) {
            self.shape(shape, &mut sheet)?;
        }
        Ok(Slide {
            id: sheet.id,
            layout: layout.map(|layout| layout.id.clone()).unwrap_or_default(),
            hidden: matches!(root.says("show"), Some("0" | "false")),
            parts: sheet.parts,
            notes,
        })
    }

    fn notes(
        &mut self,
        part: &str,
        slide: &str,
    ) -> Result<Vec<super::super::super::Paragraph>, Error> {
        let Some(root) = self.element(part)? else { return Ok(Vec::new()) };
        let ways = self.relations(part)?;
        let tree = root.at(&["cSld", "spTree"]);
        let body = tree
            .into_iter()
            .flat_map(|tree| tree.all("sp"))
            .find(|shape| holder(shape).is_some_and(|holder| holder.sort == "body"));
        let mut around = Around { ways: &ways, losses: &mut self.losses, slide };
        let text = body.and_then(|body| body.child("txBody"));
        Ok(text.map(|text| paragraphs(text, &mut around)).unwrap_or_default())
    }

    fn shape(&mut self, shape: &Element, sheet: &mut Sheet<'_>) -> Result<(), Error> {
        let content = match shape.name.as_str() {
            "sp" => self.text(shape, sheet),
            "pic" => self.shown(shape, sheet)?,
            "graphicFrame" => self.framed(shape, sheet)?,
            "grpSp" => match diagram::read(shape) {
                Some(diagram) => Some(Content::Diagram(diagram)),
                None => {
                    self.losses.at("groups", &sheet.id, 1);
                    // What is in it stands on the slide by itself.
                    for shape in &shape.children {
                        self.shape(shape, sheet)?;
                    }
                    None
                }
            },
            "cxnSp" => self.lost("arrows", sheet),
            "AlternateContent" => {
                let other = shape.child("Fallback").or_else(|| shape.child("Choice"));
                for shape in other.into_iter().flat_map(|other| &other.children) {
                    self.shape(shape, sheet)?;
                }
                None
            }
            "contentPart" => self.lost("ink", sheet),
            _ => None,
        };
        if let Some(content) = content {
            if sheet.parts.len() >= self.limits.parts_max {
                return Err(Error::TooMany("parts on a slide", self.limits.parts_max));
            }
            self.put(shape, content, sheet);
        }
        Ok(())
    }

    fn lost(&mut self, what: &'static str, sheet: &Sheet<'_>) -> Option<Content> {
        self.losses.at(what, &sheet.id, 1);
        None
    }

    /// Puts what a shape holds where it stands.
    fn put(&mut self, shape: &Element, content: Content, sheet: &mut Sheet<'_>) {
        let own = area(shape);
        let free = |number: u32| !sheet.parts.iter().any(|part| part.place == Some(number));
        let size = match &content {
            Content::Picture(it) => self.media.get(&it.source).and_then(|it| picture::size(it)),
            _ => None,
        };
        let filled = |area: Area| size.map_or(area, |(wide, high)| area.holding(wide, high));
        let holder = holder(shape);
        let place = match (&holder, sheet.layout) {
            (Some(holder), Some(layout)) => {
                let by_number = layout.place(holder.number);
                let titles = matches!(holder.sort.as_str(), "title" | "ctrTitle");
                by_number.or_else(|| layout.title().filter(|_| titles))
            }
            // What stands exactly where a place is stands in it.
            (None, Some(layout)) if !matches!(content, Content::Text(_)) => {
                let fits = |role: Role| !matches!(role, Role::Title | Role::Number);
                let mut places = layout.places.iter().filter(|place| fits(place.role));
                places.find(|place| Some(filled(place.area)) == own)
            }
            _ => None,
        };
        let place = place.filter(|place| free(place.number));
        let other = own.filter(|own| place.is_none_or(|place| filled(place.area) != *own));
        let area = match (place, other) {
            // What has neither stands in the middle of everything.
            (None, None) => Some(Area::points(48, 122, 864, 374)),
            (_, other) => other,
        };
        sheet.parts.push(Part { place: place.map(|place| place.number), area, content });
    }

    fn text(&mut self, shape: &Element, sheet: &Sheet<'_>) -> Option<Content> {
        let sort = holder(shape).map(|holder| holder.sort).unwrap_or_default();
        if matches!(sort.as_str(), "sldNum" | "dt" | "ftr" | "hdr") {
            return None;
        }
        let mut around =
            Around { ways: &sheet.ways, losses: &mut self.losses, slide: sheet.id.as_str() };
        let text = shape.child("txBody");
        let text = text.map(|text| paragraphs(text, &mut around)).unwrap_or_default();
        let drawn = shape.at(&["spPr", "custGeom"]).is_some()
            || shape.at(&["nvSpPr", "cNvSpPr"]).is_some_and(|it| !it.is("txBox"));
        if drawn && holder(shape).is_none() {
            self.losses.at("shapes", &sheet.id, 1);
        }
        (!text.is_empty()).then_some(Content::Text(text))
    }

    fn shown(&mut self, shape: &Element, sheet: &Sheet<'_>) -> Result<Option<Content>, Error> {
        let blip = shape.at(&["blipFill", "blip"]);
        let way = blip.and_then(|it| it.relates("embed")).and_then(|id| sheet.ways.get(id));
        let key = match way.filter(|way| !way.outside) {
            Some(way) => self.picture(&way.target)?,
            None => None,
        };
        let Some(source) = key else { return Ok(self.lost("pictures", sheet)) };
        if shape.at(&["blipFill", "srcRect"]).is_some_and(|it| !it.of.is_empty()) {
            self.losses.at("cut_pictures", &sheet.id, 1);
        }
        Ok(Some(Content::Picture(Picture { source, alt: alt(shape) })))
    }

    fn framed(&mut self, shape: &Element, sheet: &Sheet<'_>) -> Result<Option<Content>, Error> {
        let Some(data) = shape.at(&["graphic", "graphicData"]) else { return Ok(None) };
        match data.says("uri") {
            Some(TABLE) => Ok(self.table(shape, data, sheet)),
            Some(CHART) => {
                let id = data.child("chart").and_then(|it| it.relates("id"));
                let way = id.and_then(|id| sheet.ways.get(id)).filter(|way| !way.outside);
                let root = match way {
                    Some(way) => self.element(&way.target)?,
                    None => None,
                };
                let read = root.and_then(|root| chart::read(&root, &sheet.id, &mut self.losses));
                let Some(mut chart) = read else { return Ok(self.lost("charts", sheet)) };
                chart.alt = alt(shape);
                Ok(Some(Content::Chart(chart)))
            }
            Some(uri) if uri.ends_with("/diagram") => Ok(None),
            _ => Ok(self.lost("objects", sheet)),
        }
    }

    fn table(&mut self, shape: &Element, data: &Element, sheet: &Sheet<'_>) -> Option<Content> {
        let mut rows = Vec::new();
        let mut merged = 0;
        for row in data.child("tbl")?.all("tr") {
            let mut cells = Vec::new();
            for cell in row.all("tc") {
                let spans = ["gridSpan", "rowSpan"];
                merged += u64::from(spans.iter().any(|span| cell.says(span).is_some()));
                let mut words = Vec::new();
                let mut around =
                    Around { ways: &sheet.ways, losses: &mut self.losses, slide: &sheet.id };
                for (at, text) in cell.child("txBody").iter().flat_map(|it| it.all("p")).enumerate()
                {
                    let said = paragraph(text, &mut around).words;
                    if at > 0 {
                        words.push(super::super::super::Run::plain("\n"));
                    }
                    words.extend(said);
                }
                cells.push(words);
            }
            rows.push(cells);
        }
        self.losses.at("merged_cells", &sheet.id, merged);
        if rows.is_empty() {
            return None;
        }
        let head = rows.remove(0);
        Some(Content::Table(Table { head, rows, alt: alt(shape) }.squared()))
    }
}

/// What a shape shows, for who cannot see it.
pub fn alt(shape: &Element) -> String {
    let about = shape.children.iter().find(|child| child.name.starts_with("nv"));
    let own = about.and_then(|about| about.child("cNvPr")).and_then(|it| it.says("descr"));
    own.unwrap_or_default().to_owned()
}
