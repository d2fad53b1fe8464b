//! Pages as they are written into the file.

use std::collections::BTreeMap;

use krilla::Document as File;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::{Destination, XyzDestination};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};

use super::super::picture::{self, Kind};
use super::flow::Flow;
use super::font::{Shaper, font};
use super::line::{Goto, Piece, Span, lines};
use super::page::{HEIGHT, Ink, Link, MARGIN, Page, WIDTH};
use super::tag::Tags;
use super::words::{BODY, Base, MUTED, look};
use crate::losses::Losses;

/// How far letters lean: a share of how high they are.
const LEAN: f32 = 0.21;

/// Draws all pages.
pub fn paint(file: &mut File, flow: &mut Flow<'_>) {
    let pictures = pictures(&flow.document.media, &mut flow.losses);
    let pages = std::mem::take(&mut flow.pages);
    let targets = Targets { flow, count: pages.len() };
    let mut resolved: Vec<Vec<(Link, Target)>> = Vec::with_capacity(pages.len());
    for page in &pages {
        let known =
            page.links.iter().filter_map(|link| Some((link.clone(), targets.of(&link.goes)?)));
        resolved.push(known.collect());
    }
    for (number, (page, links)) in pages.into_iter().zip(resolved).enumerate() {
        let Some(settings) = PageSettings::from_wh(WIDTH, HEIGHT) else { continue };
        let mut sheet = file.start_page_with(settings);
        let mut surface = sheet.surface();
        drawn(&mut surface, page, &pictures, &mut flow.tags);
        numbered(&mut surface, number + 1);
        surface.finish();
        for (link, target) in links {
            let [left, top, right, bottom] = link.area;
            let Some(area) = Rect::from_ltrb(left, top, right, bottom) else { continue };
            let annotation = LinkAnnotation::new(area, target);
            let text = if link.text.trim().is_empty() { "link".to_owned() } else { link.text };
            let known = sheet.add_tagged_annotation(Annotation::new_link(annotation, Some(text)));
            flow.tags.drawn(link.slot, known);
        }
        sheet.finish();
    }
}

struct Targets<'a, 'b> {
    flow: &'a Flow<'b>,
    count: usize,
}

impl Targets<'_, '_> {
    fn of(&self, goes: &Goto) -> Option<Target> {
        let (page, top) = match goes {
            Goto::Address(to) => {
                return Some(Target::Action(Action::Link(LinkAction::new(to.clone()))));
            }
            Goto::Heading(number) => {
                let heading = self.flow.headings.get(*number)?;
                (heading.page, heading.top)
            }
            Goto::Source(number) => *self.flow.sources.get(*number)?,
        };
        let point = Point::from_xy(0.0, (top - 8.0).max(0.0));
        let there = XyzDestination::new(page, point);
        (page < self.count).then_some(Target::Destination(Destination::Xyz(there)))
    }
}

/// The pictures that can be drawn, by their references.
pub(crate) fn pictures(
    media: &BTreeMap<String, Vec<u8>>,
    losses: &mut Losses,
) -> BTreeMap<String, Image> {
    let mut out = BTreeMap::new();
    for (key, bytes) in media {
        let data = bytes.clone().into();
        let read = match picture::kind(bytes) {
            Some(Kind::Png) => Image::from_png(data, false),
            Some(Kind::Jpeg) => Image::from_jpeg(data, false),
            Some(Kind::Gif) => Image::from_gif(data, false),
            Some(Kind::Webp) => Image::from_webp(data, false),
            None => Err("no picture".to_owned()),
        };
        match read {
            Ok(image) => {
                out.insert(key.clone(), image);
            }
            Err(_) => losses.at("pictures", key, 1),
        }
    }
    out
}

/// Draws a page: what stands next to each other in one part of the tree at once.
fn drawn(
    surface: &mut Surface<'_>,
    page: Page,
    pictures: &BTreeMap<String, Image>,
    tags: &mut Tags,
) {
    let spare = tags.spare();
    let slot = |ink: &Ink| match ink {
        Ink::Piece(_, _, piece) => piece.look.slot,
        Ink::Box(..) => spare,
    };
    for inks in page.inks.chunk_by(|one, other| slot(one) == slot(other)) {
        let Some(first) = inks.first() else { continue };
        let (slot, image) = match first {
            Ink::Piece(_, _, piece) => (piece.look.slot, piece.look.image.is_some()),
            Ink::Box(..) => (spare, false),
        };
        let tag = match (slot == spare, image) {
            (true, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            (false, true) => ContentTag::Other,
            (false, false) => ContentTag::Span(SpanTag::empty()),
        };
        let known = surface.start_tagged(tag);
        for ink in inks {
            match ink {
                Ink::Piece(x, y, piece) => letters(surface, piece, *x, *y, pictures),
                Ink::Box(x, y, width, height, color) => {
                    filled(surface, [*x, *y, *width, *height], *color);
                }
            }
        }
        surface.end_tagged();
        if slot != spare {
            tags.drawn(slot, known);
        }
    }
}

/// A colour as what paths and letters are filled with.
pub(crate) fn fill([red, green, blue]: [u8; 3]) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

fn filled(surface: &mut Surface<'_>, [x, y, width, height]: [f32; 4], color: [u8; 3]) {
    let mut path = PathBuilder::new();
    let Some(area) = Rect::from_xywh(x, y, width, height) else { return };
    path.push_rect(area);
    if let Some(path) = path.finish() {
        surface.set_fill(Some(fill(color)));
        surface.draw_path(&path);
    }
}

/// Draws a piece whose letters stand here.
pub(crate) fn letters(
    surface: &mut Surface<'_>,
    piece: &Piece,
    x: f32,
    y: f32,
    pictures: &BTreeMap<String, Image>,
) {
    let look = &piece.look;
    if let Some((key, width, height)) = &look.image {
        let size = Size::from_wh(*width, *height);
        if let (Some(image), Some(size)) = (pictures.get(key), size) {
            surface.push_transform(&Transform::from_translate(x, y - height));
            surface.draw_image(image.clone(), size);
            surface.pop();
        }
        return;
    }
    let Some(font) = font(look.face) else { return };
    surface.set_fill(Some(fill(look.color)));
    if look.slanted {
        let leaning = Transform::from_row(1.0, 0.0, -LEAN, 1.0, LEAN * y, 0.0);
        surface.push_transform(&leaning);
    }
    let start = Point::from_xy(x, y);
    surface.draw_glyphs(start, &piece.shaped.glyphs, font, &piece.text, look.size, false);
    if look.slanted {
        surface.pop();
    }
    let thick = (look.size * 0.06).max(0.4);
    if look.underlined {
        filled(surface, [x, y + look.size * 0.13, piece.width, thick], look.color);
    }
    if look.struck {
        filled(surface, [x, y - look.size * 0.28, piece.width, thick], look.color);
    }
}

/// The number of a page, below its text.
fn numbered(surface: &mut Surface<'_>, number: usize) {
    let base = Base { size: 8.5, color: MUTED, ..BODY };
    let span = Span { text: number.to_string(), look: look(base, 0) };
    let mut shaper = Shaper::default();
    let Some(line) = lines(&[span], WIDTH, &mut shaper).pop() else { return };
    let (mut x, y) = ((WIDTH - line.width) / 2.0, HEIGHT - MARGIN / 2.0);
    let artifact = Artifact::with_kind(ArtifactType::PaginationOther);
    surface.start_tagged(ContentTag::Artifact(artifact));
    for piece in &line.pieces {
        letters(surface, piece, x, y, &BTreeMap::new());
        x += piece.width;
    }
    surface.end_tagged();
}
