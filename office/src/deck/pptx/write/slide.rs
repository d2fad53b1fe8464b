//! Slides and what is on them.

use std::fmt::Write as _;

use super::super::super::area::Area;
use super::super::super::file::Error;
use super::super::super::fit::says;
use super::super::super::layout::{Letters, Place, Role};
use super::super::super::model::{Content, Paragraph, Part, Picture, Slide};
use super::super::super::scene::{Fit, area, scene};
use super::layout::{FIELD, TREE, frame, holder, shown};
use super::relation::Relations;
use super::text::{anchor, levels, paragraphs};
use super::{Writer, whole};
use crate::document::pdf::tag::Tags;
use crate::document::picture;
use crate::draw::escaped;

/// A slide as it is written.
pub(super) struct Sheet {
    /// Its shapes.
    pub out: String,
    /// Where it leads.
    pub relations: Relations,
    /// How many shapes there are.
    pub ids: usize,
}

impl Sheet {
    /// A number for a shape.
    pub fn id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }
}

/// A part of a slide, and the place where it stands.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub place: Option<&'a Place>,
    pub own: Option<Area>,
    pub area: Area,
}

impl Spot<'_> {
    /// What says that it stands in its place.
    pub fn holder(&self) -> String {
        self.place.map(|place| holder(place.role, place.number, false)).unwrap_or_default()
    }

    /// What it is called where it is `otherwise` without a place.
    pub fn name(&self, otherwise: &'static str) -> &'static str {
        self.place.map_or(otherwise, |place| shown(place.role).0)
    }
}

impl Writer<'_> {
    pub(super) fn slide(&mut self, slide: &Slide, number: usize) -> Result<(), Error> {
        let layout = self.deck.layouts.iter().position(|layout| layout.id == slide.layout);
        let layout = layout.unwrap_or_default();
        let mut sheet = Sheet { out: String::new(), relations: Relations::default(), ids: 1 };
        let target = format!("../slideLayouts/slideLayout{}.xml", layout + 1);
        sheet.relations.to("slideLayout", &target);
        // What is written is as large as what was measured.
        let tags = &mut Tags::default();
        let drawn = scene(self.deck, slide, number, &mut self.shaper, tags);
        for (at, (part, fit)) in slide.parts.iter().zip(&drawn.fits).enumerate() {
            if drawn.undrawn.iter().any(|(undrawn, _)| *undrawn == at) {
                let what = part.content.sort();
                self.lose(if what == "chart" { "charts" } else { "pictures" }, slide);
                continue;
            }
            self.of_slide(part, *fit, slide, &mut sheet)?;
        }
        let places = self.deck.layouts.get(layout).map(|layout| layout.places.as_slice());
        let numbered = places.unwrap_or_default().iter().find(|it| it.role == Role::Number);
        if let Some(place) = numbered {
            number_of(place, &mut sheet);
        }
        if says(&slide.notes) {
            let target = format!("../notesSlides/notesSlide{}.xml", number + 1);
            sheet.relations.to("notesSlide", &target);
            self.notes(slide, number);
        }
        let id = escaped(&slide.id);
        let within = format!(
            "<p:cSld name=\"{id}\"><p:spTree>{TREE}{}</p:spTree></p:cSld><p:clrMapOvr>\
             <a:masterClrMapping/></p:clrMapOvr>",
            sheet.out
        );
        let mut text = whole("sld", &within);
        if let (true, Some(end)) = (slide.hidden, text.find("><p:cSld")) {
            text.insert_str(end, " show=\"0\"");
        }
        let name = format!("ppt/slides/slide{}.xml", number + 1);
        self.part(&name, "presentationml.slide", text, &sheet.relations);
        Ok(())
    }

    fn of_slide(
        &mut self,
        part: &Part,
        fit: Fit,
        slide: &Slide,
        sheet: &mut Sheet,
    ) -> Result<(), Error> {
        let layout = self.deck.layout(&slide.layout);
        let place = part.place.and_then(|number| layout?.place(number));
        let spot = Spot { place, own: part.area, area: area(part, place) };
        match &part.content {
            Content::Text(words) => self.text(words, fit, spot, sheet),
            Content::Picture(picture) => self.picture(picture, spot, sheet),
            Content::Table(table) => self.table(table, spot, sheet),
            Content::Chart(chart) => self.chart(chart, spot, sheet)?,
            Content::Diagram(diagram) => self.diagram(diagram, fit, spot, sheet),
        }
        Ok(())
    }

    fn text(&mut self, words: &[Paragraph], fit: Fit, spot: Spot<'_>, sheet: &mut Sheet) {
        let default = Letters::default();
        let letters = spot.place.map_or(&default, |place| &place.letters);
        let language = self.meta.language.as_deref().unwrap_or("en");
        let text = paragraphs(words, letters, language, &mut sheet.relations);
        let (id, name) = (sheet.id(), spot.name("Text"));
        let (locks, list) = match spot.place {
            Some(_) => ("<p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>", String::new()),
            None => ("<p:cNvSpPr txBox=\"1\"/>", levels(&default, false)),
        };
        let look = match (spot.place, spot.own) {
            (Some(_), None) => String::new(),
            _ => format!(
                "{}<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom>{}",
                frame(spot.area, "a"),
                if spot.place.is_none() { "<a:noFill/>" } else { "" }
            ),
        };
        let scale = match fit.percent {
            100 => String::new(),
            percent => format!(" fontScale=\"{}\"", percent * 1_000),
        };
        let stands = anchor(letters.anchor);
        let _ = write!(
            sheet.out,
            "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{name} {id}\"/>{locks}<p:nvPr>{}</p:nvPr>\
             </p:nvSpPr><p:spPr>{look}</p:spPr><p:txBody><a:bodyPr wrap=\"square\" \
             anchor=\"{stands}\"><a:normAutofit{scale}/></a:bodyPr><a:lstStyle>{list}</a:lstStyle>\
             {text}</p:txBody></p:sp>",
            spot.holder(),
        );
    }

    fn picture(&mut self, picture: &Picture, spot: Spot<'_>, sheet: &mut Sheet) {
        let deck = self.deck;
        let known = deck
            .media
            .get(&picture.source)
            .and_then(|bytes| Some((bytes, picture::kind(bytes)?, picture::size(bytes)?)));
        let Some((bytes, kind, (wide, high))) = known else { return };
        let hash = picture.source.chars().filter(char::is_ascii_alphanumeric).skip(4).take(32);
        let file = format!("{}.{}", hash.collect::<String>(), kind.ending());
        let relation = sheet.relations.to("image", &format!("../media/{file}"));
        self.media.insert(file, bytes);
        let (id, alt) = (sheet.id(), escaped(&picture.alt));
        let _ = write!(
            sheet.out,
            "<p:pic><p:nvPicPr><p:cNvPr id=\"{id}\" name=\"Picture {id}\" descr=\"{alt}\"/>\
             <p:cNvPicPr><a:picLocks noGrp=\"1\" noChangeAspect=\"1\"/></p:cNvPicPr><p:nvPr>{}\
             </p:nvPr></p:nvPicPr><p:blipFill><a:blip r:embed=\"{relation}\"/><a:stretch>\
             <a:fillRect/></a:stretch></p:blipFill><p:spPr>{}<a:prstGeom prst=\"rect\"><a:avLst/>\
             </a:prstGeom></p:spPr></p:pic>",
            spot.holder(),
            frame(spot.area.holding(wide, high), "a"),
        );
    }

    /// A frame around a table or a chart.
    pub(super) fn framed(
        sheet: &mut Sheet,
        spot: Spot<'_>,
        (name, alt): (&'static str, &str),
        (sort, within): (&str, &str),
    ) {
        let (id, alt) = (sheet.id(), escaped(alt));
        let _ = write!(
            sheet.out,
            "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"{id}\" name=\"{name} {id}\" \
             descr=\"{alt}\"/><p:cNvGraphicFramePr><a:graphicFrameLocks noGrp=\"1\"/>\
             </p:cNvGraphicFramePr><p:nvPr>{}</p:nvPr></p:nvGraphicFramePr>{}<a:graphic>\
             <a:graphicData uri=\"{sort}\">{within}</a:graphicData></a:graphic></p:graphicFrame>",
            spot.holder(),
            frame(spot.area, "p"),
        );
    }
}

fn number_of(place: &Place, sheet: &mut Sheet) {
    let id = sheet.id();
    let _ = write!(
        sheet.out,
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"Slide Number {id}\"/><p:cNvSpPr><a:spLocks \
         noGrp=\"1\"/></p:cNvSpPr><p:nvPr>{}</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>\
         <a:lstStyle/><a:p>{FIELD}</a:p></p:txBody></p:sp>",
        holder(place.role, place.number, false),
    );
}
