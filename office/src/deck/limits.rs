//! How much a deck may be, and what none can say.

use std::collections::BTreeSet;

use super::area::SIDE_EMU;
use super::file::Error;
use super::model::{Chart, Content, Diagram, LEVEL_MAX, Paragraph, Slide, Table};
use super::{Deck, Layout, Place};
use crate::package::Bounds;

/// How much of a deck is taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How large a file is, in bytes.
    pub bytes_max: usize,
    /// How large and deep the parts of a package are.
    pub bounds: Bounds,
    /// How large a part of XML is, in bytes.
    pub xml_bytes_max: usize,
    /// How many slides it has.
    pub slides_max: usize,
    /// How many layouts it has.
    pub layouts_max: usize,
    /// How many places a layout has.
    pub places_max: usize,
    /// How many parts a slide has.
    pub parts_max: usize,
    /// How many paragraphs a text has.
    pub paragraphs_max: usize,
    /// How many letters a paragraph, a cell, a name or a label has.
    pub letters_max: usize,
    /// How many cells a table has.
    pub cells_max: usize,
    /// How many numbers and categories a chart has.
    pub points_max: usize,
    /// How many boxes a diagram has.
    pub nodes_max: usize,
    /// How many arrows a diagram has.
    pub edges_max: usize,
    /// How large all pictures are together, in bytes.
    pub media_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 64 * 1024 * 1024,
            bounds: Bounds { parts_max: 10_000, ..Bounds::default() },
            xml_bytes_max: 8 * 1024 * 1024,
            slides_max: 1_000,
            layouts_max: 100,
            places_max: 50,
            parts_max: 100,
            paragraphs_max: 1_000,
            letters_max: 20_000,
            cells_max: 2_000,
            points_max: 10_000,
            nodes_max: 200,
            edges_max: 500,
            media_bytes_max: 64 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// Says whether a deck is within these limits and says nothing that none can.
    ///
    /// # Errors
    /// When it is not.
    pub fn hold(&self, deck: &Deck) -> Result<(), Error> {
        at_most("slides", deck.slides.len(), self.slides_max)?;
        at_most("layouts", deck.layouts.len(), self.layouts_max)?;
        let media: usize = deck.media.values().map(Vec::len).sum();
        at_most("bytes of pictures", media, self.media_bytes_max)?;
        self.letters(deck.title.iter())?;
        let theme = &deck.theme;
        self.letters([&theme.name, &theme.heading_font, &theme.body_font])?;
        if !SIDE_EMU.contains(&deck.size.wide) || !SIDE_EMU.contains(&deck.size.high) {
            return impossible("no slide has this size");
        }
        if theme.colors.all().any(|text| super::theme::color(text).is_none()) {
            return impossible("a colour is six digits from 0 to F");
        }
        self.places(&deck.master.places)?;
        let mut ids = BTreeSet::new();
        for layout in &deck.layouts {
            self.layout(layout, &mut ids)?;
        }
        let mut ids = BTreeSet::new();
        for slide in &deck.slides {
            if slide.id.is_empty() || !ids.insert(slide.id.as_str()) {
                return impossible(&format!("there are two slides {:?}", slide.id));
            }
            self.letters([&slide.id])?;
            let Some(layout) = deck.layout(&slide.layout) else {
                return impossible(&format!("there is no layout {:?}", slide.layout));
            };
            self.slide(slide, layout)?;
        }
        Ok(())
    }

    fn layout<'a>(&self, layout: &'a Layout, ids: &mut BTreeSet<&'a str>) -> Result<(), Error> {
        if layout.id != super::layout::id(&layout.name) && !layout.id.starts_with("layout_") {
            return impossible(&format!("{:?} is not the id of {:?}", layout.id, layout.name));
        }
        if !ids.insert(layout.id.as_str()) {
            return impossible(&format!("there are two layouts {:?}", layout.id));
        }
        self.letters([&layout.name])?;
        let bands = layout.bands.as_ref().map_or(0, Vec::len);
        at_most("bands", bands, self.places_max)?;
        self.places(&layout.places)
    }

    fn places(&self, places: &[Place]) -> Result<(), Error> {
        at_most("places", places.len(), self.places_max)?;
        let mut numbers = BTreeSet::new();
        for place in places {
            let letters = &place.letters;
            let sizes = (100..=400_000).contains(&letters.size_min);
            if !sizes || letters.size < letters.size_min || letters.size > 400_000 {
                return impossible("letters are from 1 to 4,000 points high");
            }
            if !place.area.is_sane() || !numbers.insert(place.number) {
                return impossible("a place is on a slide and has a number of its own");
            }
        }
        Ok(())
    }

    fn slide(&self, slide: &Slide, layout: &Layout) -> Result<(), Error> {
        at_most("parts on a slide", slide.parts.len(), self.parts_max)?;
        self.paragraphs(&slide.notes)?;
        let mut taken = BTreeSet::new();
        for part in &slide.parts {
            match (part.place, part.area) {
                (Some(number), _) if layout.place(number).is_none() => {
                    let layout = &layout.id;
                    return impossible(&format!("{layout} has no place {number}"));
                }
                (Some(number), _) if !taken.insert(number) => {
                    return impossible(&format!("two parts stand in place {number}"));
                }
                (None, None) => return impossible("a part has a place or an area"),
                (_, Some(area)) if !area.is_sane() => {
                    return impossible("an area is on a slide");
                }
                _ => {}
            }
            self.content(&part.content)?;
        }
        Ok(())
    }

    fn content(&self, content: &Content) -> Result<(), Error> {
        match content {
            Content::Text(paragraphs) => self.paragraphs(paragraphs),
            Content::Picture(picture) => self.letters([&picture.source, &picture.alt]),
            Content::Table(table) => self.table(table),
            Content::Chart(chart) => self.chart(chart),
            Content::Diagram(diagram) => self.diagram(diagram),
        }
    }

    fn paragraphs(&self, paragraphs: &[Paragraph]) -> Result<(), Error> {
        at_most("paragraphs", paragraphs.len(), self.paragraphs_max)?;
        for paragraph in paragraphs {
            if paragraph.level > LEVEL_MAX {
                return impossible("paragraphs are from 0 to 8 deep");
            }
            let letters = paragraph.words.iter().map(|run| run.text.len()).sum();
            at_most("letters in a paragraph", letters, self.letters_max)?;
            self.letters(paragraph.words.iter().filter_map(|run| run.link.as_ref()))?;
        }
        Ok(())
    }

    fn table(&self, table: &Table) -> Result<(), Error> {
        let columns = table.head.len();
        at_most("cells", columns * (table.rows.len() + 1), self.cells_max)?;
        if columns == 0 || table.rows.iter().any(|row| row.len() != columns) {
            return impossible("every row of a table has as many cells as its head");
        }
        for cell in table.rows.iter().flatten().chain(&table.head) {
            let letters = cell.iter().map(|run| run.text.len()).sum();
            at_most("letters in a cell", letters, self.letters_max)?;
        }
        self.letters([&table.alt])
    }

    fn chart(&self, chart: &Chart) -> Result<(), Error> {
        let points = |sum: usize, series: &super::Series| {
            sum.saturating_add(series.values.len().max(series.along.len()))
        };
        let points = chart.series.iter().fold(chart.categories.len(), points);
        at_most("numbers in a chart", points, self.points_max)?;
        at_most("series in a chart", chart.series.len(), self.points_max)?;
        let names = chart.series.iter().map(|series| &series.name);
        self.letters(names.chain(&chart.categories).chain([&chart.title, &chart.alt]))?;
        let along = chart.series.iter().flat_map(|series| &series.along);
        let values = chart.series.iter().flat_map(|series| series.values.iter().flatten());
        if along.chain(values).any(|number| !number.is_finite()) {
            return impossible("a chart shows numbers");
        }
        Ok(())
    }

    fn diagram(&self, diagram: &Diagram) -> Result<(), Error> {
        at_most("boxes", diagram.nodes.len(), self.nodes_max)?;
        at_most("arrows", diagram.edges.len(), self.edges_max)?;
        let mut ids = BTreeSet::new();
        for node in &diagram.nodes {
            if node.id.is_empty() || !ids.insert(node.id.as_str()) {
                return impossible(&format!("there are two boxes {:?}", node.id));
            }
            self.letters([&node.id, &node.label])?;
        }
        let known = |id: &String| ids.contains(id.as_str());
        if let Some(edge) = diagram.edges.iter().find(|it| !known(&it.from) || !known(&it.to)) {
            let (from, to) = (&edge.from, &edge.to);
            return impossible(&format!("no arrow leads from {from:?} to {to:?}"));
        }
        self.letters([&diagram.alt])
    }

    fn letters<'a>(&self, texts: impl IntoIterator<Item = &'a String>) -> Result<(), Error> {
        let most = texts.into_iter().map(String::len).max().unwrap_or_default();
        at_most("letters in a text", most, self.letters_max)
    }
}

fn at_most(what: &'static str, count: usize, most: usize) -> Result<(), Error> {
    if count > most { Err(Error::TooMany(what, most)) } else { Ok(()) }
}

fn impossible(what: &str) -> Result<(), Error> {
    Err(Error::Impossible(what.to_owned()))
}
