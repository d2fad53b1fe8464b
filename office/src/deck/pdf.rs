//! A deck as a `.pdf` file: a page for each slide, by the same rules as documents.

use std::collections::BTreeMap;

use krilla::Document as File;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};

use super::file::Error;
use super::fit::says;
use super::model::{Content, Deck, Slide};
use super::scene::{Ink, Link, Scene, scene, whole};
use crate::document::Meta;
use crate::document::pdf::font::{Face, Shaper, font};
use crate::document::pdf::paint::{fill, letters, pictures};
use crate::document::pdf::tag::Tags;
use crate::document::pdf::{followed, ruled, stamp};
use crate::draw::{Anchor, At, Color, Mark, Step};
use crate::losses::Losses;

/// The file of a deck.
///
/// # Errors
/// When what is in it cannot be written.
pub(super) fn write(deck: &Deck, meta: &Meta) -> Result<(Vec<u8>, Losses), Error> {
    let unwritten = |error: crate::document::Error| Error::Unsupported(error.to_string());
    followed(|archival, accessible| written(deck, meta, archival, accessible)).map_err(unwritten)
}

fn written(
    deck: &Deck,
    meta: &Meta,
    archival: bool,
    accessible: bool,
) -> Result<(Vec<u8>, Losses), KrillaError> {
    let mut file = ruled(archival, accessible);
    let (mut losses, mut tags) = (Losses::new(), Tags::default());
    let mut shaper = Shaper::default();
    let shown = shown(deck);
    let pictures = pictures(&shown, &mut losses);
    let mut outline = Outline::new();
    let slides = deck.slides.iter().enumerate().filter(|(_, slide)| !slide.hidden);
    let mut page = 0;
    for (number, slide) in slides {
        let scene = scene(deck, slide, number, &mut shaper, &mut tags);
        for (_, reason) in &scene.undrawn {
            losses.at("undrawn", reason, 1);
        }
        let size = (whole(deck.size.wide), whole(deck.size.high));
        let Some(settings) = PageSettings::from_wh(size.0, size.1) else { continue };
        let mut sheet = file.start_page_with(settings);
        let mut surface = sheet.surface();
        let mut painter = Painter { pictures: &pictures, shaper: &mut shaper, tags: &mut tags };
        painter.slide(&mut surface, &scene, size);
        surface.finish();
        for link in scene.links {
            annotated(&mut sheet, link, &mut tags);
        }
        sheet.finish();
        let there = XyzDestination::new(page, Point::from_xy(0.0, 0.0));
        outline.push_child(OutlineNode::new(title(deck, slide), there));
        page += 1;
        if says(&slide.notes) {
            losses.at("notes", &slide.id, 1);
        }
    }
    let hidden = deck.slides.iter().filter(|slide| slide.hidden);
    hidden.for_each(|slide| losses.at("hidden_slides", &slide.id, 1));
    if page == 0 {
        blank(&mut file, deck);
    } else {
        file.set_outline(outline);
    }
    let language = meta.language.clone().unwrap_or_else(|| "en".to_owned());
    file.set_tag_tree(tags.tree(&language));
    let name = deck.title.clone().filter(|title| !title.is_empty());
    let mut metadata = Metadata::new()
        .title(name.unwrap_or_else(|| "Deck".to_owned()))
        .language(language)
        .creation_date(stamp(meta.at_s))
        .producer("Cambium".to_owned());
    if let Some(author) = &meta.author {
        metadata = metadata.authors(vec![author.clone()]);
    }
    file.set_metadata(metadata);
    losses.extend(&shaper.losses);
    Ok((file.finish()?, losses))
}

/// A file has at least a page.
fn blank(file: &mut File, deck: &Deck) {
    let settings = PageSettings::from_wh(whole(deck.size.wide), whole(deck.size.high));
    if let Some(settings) = settings {
        file.start_page_with(settings).finish();
    }
}

/// The pictures that slides show.
fn shown(deck: &Deck) -> BTreeMap<String, Vec<u8>> {
    let parts = deck.slides.iter().flat_map(|slide| &slide.parts);
    let known = parts.filter_map(|part| match &part.content {
        Content::Picture(picture) => {
            Some((picture.source.clone(), deck.media.get(&picture.source)?.clone()))
        }
        _ => None,
    });
    known.collect()
}

/// What a slide is called: its title, or its id where it has none.
fn title(deck: &Deck, slide: &Slide) -> String {
    let place = deck.layout(&slide.layout).and_then(|layout| layout.title());
    let titled = slide.parts.iter().find_map(|part| match &part.content {
        Content::Text(words) if part.place.is_some() && part.place == place.map(|it| it.number) => {
            let words: Vec<String> = words.iter().map(super::Paragraph::text).collect();
            Some(words.join(" ").replace('\n', " "))
        }
        _ => None,
    });
    titled.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| slide.id.clone())
}

fn annotated(sheet: &mut krilla::page::Page<'_>, link: Link, tags: &mut Tags) {
    let [left, top, right, bottom] = link.area;
    let Some(area) = Rect::from_ltrb(left, top, right, bottom) else { return };
    let target = Target::Action(Action::Link(LinkAction::new(link.to)));
    let text = if link.text.trim().is_empty() { "link".to_owned() } else { link.text };
    let annotation = Annotation::new_link(LinkAnnotation::new(area, target), Some(text));
    let known = sheet.add_tagged_annotation(annotation);
    tags.drawn(link.slot, known);
}

struct Painter<'a> {
    pictures: &'a BTreeMap<String, Image>,
    shaper: &'a mut Shaper,
    tags: &'a mut Tags,
}

impl Painter<'_> {
    fn slide(&mut self, surface: &mut Surface<'_>, scene: &Scene, (wide, high): (f32, f32)) {
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        let ground = (f64::from(wide), f64::from(high));
        let ground = Mark::Box((0.0, 0.0), ground, 0.0, Some(scene.ground), None);
        self.mark(surface, &ground, (0.0, 0.0));
        surface.end_tagged();
        let spare = self.tags.spare();
        let slot = |ink: &Ink| match ink {
            Ink::Mark(_) => (spare, false),
            Ink::Piece(_, _, piece) => (piece.look.slot, false),
            Ink::Drawing(_, _, slot) | Ink::Picture(_, _, slot) => (*slot, true),
        };
        for inks in scene.inks.chunk_by(|one, other| slot(one) == slot(other)) {
            let Some((slot, figure)) = inks.first().map(slot) else { continue };
            let tag = match (slot == spare, figure) {
                (true, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                (false, true) => ContentTag::Other,
                (false, false) => ContentTag::Span(SpanTag::empty()),
            };
            let known = surface.start_tagged(tag);
            inks.iter().for_each(|ink| self.ink(surface, ink));
            surface.end_tagged();
            if slot != spare {
                self.tags.drawn(slot, known);
            }
        }
    }

    fn ink(&mut self, surface: &mut Surface<'_>, ink: &Ink) {
        match ink {
            Ink::Mark(mark) => self.mark(surface, mark, (0.0, 0.0)),
            Ink::Piece(x, y, piece) => letters(surface, piece, *x, *y, self.pictures),
            Ink::Drawing(at, marks, _) => {
                marks.iter().for_each(|mark| self.mark(surface, mark, *at));
            }
            Ink::Picture([x, y, wide, high], key, _) => {
                let size = Size::from_wh(*wide as f32, *high as f32);
                if let (Some(image), Some(size)) = (self.pictures.get(key), size) {
                    surface.push_transform(&Transform::from_translate(*x as f32, *y as f32));
                    surface.draw_image(image.clone(), size);
                    surface.pop();
                }
            }
        }
    }

    fn mark(&mut self, surface: &mut Surface<'_>, mark: &Mark, (left, top): At) {
        let moved = |(x, y): At| (left + x, top + y);
        match mark {
            Mark::Box(at, (wide, high), round, filled, edge) => {
                let steps = boxed(moved(*at), (*wide, *high), *round);
                drawn(surface, &steps, *filled, edge.map(|edge| (edge, 1.0)));
            }
            Mark::Line(from, to, color, thick) => {
                let steps = [Step::Move(moved(*from)), Step::Line(moved(*to))];
                drawn(surface, &steps, None, Some((*color, *thick)));
            }
            Mark::Dot(at, radius, color) => {
                let (x, y) = moved(*at);
                let (above, below) = ((x, y - radius), (x, y + radius));
                let steps = [
                    Step::Move(above),
                    Step::Arc(*radius, false, below),
                    Step::Arc(*radius, false, above),
                    Step::Close,
                ];
                drawn(surface, &steps, Some(*color), None);
            }
            Mark::Path(steps, filled, line) => {
                let steps: Vec<Step> = steps
                    .iter()
                    .map(|step| match step {
                        Step::Move(at) => Step::Move(moved(*at)),
                        Step::Line(at) => Step::Line(moved(*at)),
                        Step::Arc(radius, large, at) => Step::Arc(*radius, *large, moved(*at)),
                        Step::Close => Step::Close,
                    })
                    .collect();
                drawn(surface, &steps, *filled, *line);
            }
            Mark::Text(at, anchor, size, color, text) => {
                let shaped = self.shaper.shape(text, Face::Sans, false);
                let wide = f64::from(shaped.width) * size;
                let (x, y) = moved(*at);
                let x = match anchor {
                    Anchor::Start => x,
                    Anchor::Middle => x - wide / 2.0,
                    Anchor::End => x - wide,
                };
                let Some(font) = font(Face::Sans) else { return };
                surface.set_fill(Some(fill(*color)));
                let start = Point::from_xy(x as f32, y as f32);
                surface.draw_glyphs(start, &shaped.glyphs, font, text, *size as f32, false);
            }
        }
    }
}

/// The outline of a box, as a clock goes.
fn boxed((x, y): At, (wide, high): At, round: f64) -> Vec<Step> {
    let (right, bottom) = (x + wide, y + high);
    let round = round.min(wide / 2.0).min(high / 2.0);
    if round <= 0.0 {
        let corners =
            [Step::Line((right, y)), Step::Line((right, bottom)), Step::Line((x, bottom))];
        return [Step::Move((x, y))].into_iter().chain(corners).chain([Step::Close]).collect();
    }
    vec![
        Step::Move((x + round, y)),
        Step::Line((right - round, y)),
        Step::Arc(round, false, (right, y + round)),
        Step::Line((right, bottom - round)),
        Step::Arc(round, false, (right - round, bottom)),
        Step::Line((x + round, bottom)),
        Step::Arc(round, false, (x, bottom - round)),
        Step::Line((x, y + round)),
        Step::Arc(round, false, (x + round, y)),
        Step::Close,
    ]
}

fn drawn(
    surface: &mut Surface<'_>,
    steps: &[Step],
    filled: Option<Color>,
    line: Option<(Color, f64)>,
) {
    let mut path = PathBuilder::new();
    let mut here = (0.0, 0.0);
    for step in steps {
        match *step {
            Step::Move((x, y)) => path.move_to(x as f32, y as f32),
            Step::Line((x, y)) => path.line_to(x as f32, y as f32),
            Step::Arc(radius, large, to) => {
                for [(ax, ay), (bx, by), (x, y)] in curves(here, radius, large, to) {
                    path.cubic_to(ax as f32, ay as f32, bx as f32, by as f32, x as f32, y as f32);
                }
            }
            Step::Close => path.close(),
        }
        if let Step::Move(at) | Step::Line(at) | Step::Arc(_, _, at) = *step {
            here = at;
        }
    }
    let Some(path) = path.finish() else { return };
    surface.set_fill(filled.map(fill));
    surface.set_stroke(line.map(|(color, thick)| Stroke {
        paint: fill(color).paint,
        width: thick as f32,
        ..Stroke::default()
    }));
    surface.draw_path(&path);
    surface.set_stroke(None);
}

/// A part of a circle, as a clock goes, as curves of at most a quarter.
fn curves(from: At, radius: f64, large: bool, to: At) -> Vec<[At; 3]> {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let chord = across.hypot(down);
    if chord == 0.0 || radius <= 0.0 {
        return Vec::new();
    }
    let radius = radius.max(chord / 2.0);
    let height = (radius * radius - chord * chord / 4.0).max(0.0).sqrt();
    // The middle is on the right of the way for the smaller part, as a clock goes.
    let side = if large { -1.0 } else { 1.0 };
    let middle = (
        f64::midpoint(from.0, to.0) - side * height * down / chord,
        f64::midpoint(from.1, to.1) + side * height * across / chord,
    );
    let angle = |(x, y): At| (y - middle.1).atan2(x - middle.0);
    let begin = angle(from);
    let mut sweep = angle(to) - begin;
    if sweep <= 0.0 {
        sweep += std::f64::consts::TAU;
    }
    let count = (sweep / std::f64::consts::FRAC_PI_2 - 1e-9).ceil().max(1.0);
    let step = sweep / count;
    let reach = 4.0 / 3.0 * (step / 4.0).tan() * radius;
    let at = |angle: f64| (middle.0 + radius * angle.cos(), middle.1 + radius * angle.sin());
    let mut curves = Vec::new();
    for number in 0..count as usize {
        let (one, other) = (begin + step * number as f64, begin + step * (number as f64 + 1.0));
        let (start, end) = (at(one), at(other));
        let out = (start.0 - reach * one.sin(), start.1 + reach * one.cos());
        let back = (end.0 + reach * other.sin(), end.1 - reach * other.cos());
        curves.push([out, back, end]);
    }
    curves
}
