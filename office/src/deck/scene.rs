//! A slide as it is seen: what is drawn where, in points, and how well it fits.

use super::area::{Area, points};
use super::flow::{INSET_X, INSET_Y, Row, Stands, Style, Text, text};
use super::graph::laid;
use super::grid::{BESIDE, Grid, grid};
use super::layout::{Anchor, Letters, Place, Role as PlaceRole};
use super::model::{Chart, ChartSort, Content, Deck, Diagram, Paragraph, Part, Slide};
use super::theme::{Colors, Slot};
use crate::chart;
use crate::document::pdf::font::Shaper;
use crate::document::pdf::line::{Goto, Piece};
use crate::document::pdf::tag::{Role, Tags};
use crate::document::picture;
use crate::draw::{At, Color, Mark, Step};

/// How much smaller letters become at once so that a text fits, in hundredths.
const SHRINK_STEP: usize = 5;
/// How large the letters of a diagram are, in hundredths of a point.
const LABEL_SIZE: u32 = 1_400;
/// How small they may become, in hundredths of a point.
const LABEL_SIZE_MIN: u32 = 800;
/// What is free around the label of a box, in points.
const LABEL_INSET: f64 = 6.0;
/// How round the corners of a box are, in points.
pub(super) const ROUND: f64 = 6.0;
/// How thick an arrow is, in points.
const ARROW_THICK: f64 = 1.5;
/// How long its tip is, in points.
const TIP: f64 = 9.0;
/// How thick the lines of a table are, in points.
const HAIR: f64 = 0.75;

/// Something that is drawn.
#[derive(Debug, Clone)]
pub(super) enum Ink {
    /// What says nothing.
    Mark(Mark),
    /// A text, and where its letters stand.
    Piece(f32, f32, Box<Piece>),
    /// What is one picture: from where it is drawn, what, and its leaf in the tree of tags.
    Drawing(At, Vec<Mark>, usize),
    /// A picture: where, which, and its leaf.
    Picture([f64; 4], String, usize),
}

/// A part of a slide that leads elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// Left, top, right and bottom.
    pub area: [f32; 4],
    /// Where it leads.
    pub to: String,
    /// What it says.
    pub text: String,
    /// Its leaf in the tree of tags.
    pub slot: usize,
}

/// How well a part fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    /// How large its letters are, in hundredths of what they should be.
    pub percent: u32,
    /// How large the letters of a table or the labels of a diagram are, in hundredths of a point.
    pub size: u32,
    /// How much higher than its box it is all the same, in points.
    pub over: f32,
    /// How many words are wider than their line.
    pub split: usize,
}

impl Default for Fit {
    fn default() -> Self {
        Self { percent: 100, size: 0, over: 0.0, split: 0 }
    }
}

/// A slide that is drawn.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// What it stands on.
    pub ground: Color,
    /// What is on it.
    pub inks: Vec<Ink>,
    /// What leads elsewhere.
    pub links: Vec<Link>,
    /// How well each part fits, in their order.
    pub fits: Vec<Fit>,
    /// The parts that cannot be drawn, by their places in the slide, and why.
    pub undrawn: Vec<(usize, String)>,
}

/// Where a part stands: its own area or that of its place.
pub(super) fn area(part: &Part, place: Option<&Place>) -> Area {
    part.area.or_else(|| place.map(|place| place.area)).unwrap_or_default()
}

/// The slide of a deck with this number, from 0.
pub(super) fn scene(
    deck: &Deck,
    slide: &Slide,
    number: usize,
    shaper: &mut Shaper,
    tags: &mut Tags,
) -> Scene {
    let mut drawer = Drawer { deck, shaper, tags, scene: Scene::default(), parent: 0 };
    drawer.behind(slide);
    for (at, part) in slide.parts.iter().enumerate() {
        drawer.part(slide, part, at);
    }
    drawer.number(slide, number);
    drawer.scene
}

struct Drawer<'a> {
    deck: &'a Deck,
    shaper: &'a mut Shaper,
    tags: &'a mut Tags,
    scene: Scene,
    /// The part of the tree of tags where everything stands.
    parent: usize,
}

impl Drawer<'_> {
    fn color(&self, slot: Slot) -> Color {
        self.deck.theme.colors.at(slot)
    }

    fn behind(&mut self, slide: &Slide) {
        let master = &self.deck.master;
        let layout = self.deck.layout(&slide.layout);
        let ground = layout.and_then(|layout| layout.ground).unwrap_or(master.ground);
        let bands = layout.and_then(|layout| layout.bands.as_ref()).unwrap_or(&master.bands);
        self.scene.ground = self.color(ground);
        for band in bands {
            let [x, y, wide, high] = band.area.in_points();
            let fill = Some(self.color(band.color));
            self.scene.inks.push(Ink::Mark(Mark::Box((x, y), (wide, high), 0.0, fill, None)));
        }
    }

    fn part(&mut self, slide: &Slide, part: &Part, at: usize) {
        let layout = self.deck.layout(&slide.layout);
        let place = part.place.and_then(|number| layout?.place(number));
        let area = area(part, place);
        let fit = match &part.content {
            Content::Text(paragraphs) => self.text(paragraphs, area, place),
            Content::Table(table) => {
                let [x, y, wide, high] = area.in_points();
                let colors = &self.deck.theme.colors;
                let room = (wide as f32, high as f32);
                let grid = grid(table, room, colors, self.shaper, self.tags);
                let over = (grid.high - high as f32).max(0.0);
                let fit = Fit { size: grid.size, over, split: grid.split, ..Fit::default() };
                self.grid(grid, (x, y));
                fit
            }
            Content::Picture(picture) => {
                let size = self.deck.media.get(&picture.source).and_then(|it| picture::size(it));
                let slot = self.figure(&picture.alt);
                match size {
                    Some((wide, high)) => {
                        let area = area.holding(wide, high).in_points();
                        self.scene.inks.push(Ink::Picture(area, picture.source.clone(), slot));
                    }
                    None => self.scene.undrawn.push((at, picture.source.clone())),
                }
                Fit::default()
            }
            Content::Chart(chart) => {
                let [x, y, wide, high] = area.in_points();
                match chart::marks(&drawn(chart, (wide, high), &self.deck.theme.colors)) {
                    Ok(marks) => {
                        let slot = self.figure(&chart.alt);
                        self.scene.inks.push(Ink::Drawing((x, y), marks, slot));
                    }
                    Err(reason) => self.scene.undrawn.push((at, reason.to_string())),
                }
                Fit::default()
            }
            Content::Diagram(diagram) => self.diagram(diagram, area),
        };
        self.scene.fits.push(fit);
    }

    /// A leaf of the tree of tags for a picture.
    fn figure(&mut self, alt: &str) -> usize {
        let alt = if alt.is_empty() { "picture" } else { alt };
        let figure = self.tags.node(self.parent, Role::Figure(alt.to_owned()));
        self.tags.slot(figure)
    }

    fn text(&mut self, paragraphs: &[Paragraph], area: Area, place: Option<&Place>) -> Fit {
        let [x, y, wide, high] = area.in_points().map(|length| length as f32);
        let default = Letters::default();
        let letters = place.map_or(&default, |place| &place.letters);
        let title = place.is_some_and(|place| place.role == PlaceRole::Title);
        let stands = if title { Stands::Title } else { Stands::In(self.parent) };
        let colors = &self.deck.theme.colors;
        let width = (wide - 2.0 * INSET_X).max(1.0);
        let room = (high - 2.0 * INSET_Y).max(1.0);
        let least = (letters.size_min * 100).div_ceil(letters.size.max(1)).clamp(1, 100);
        let mut fit = Fit::default();
        for percent in (least..=100).rev().step_by(SHRINK_STEP).chain([least]) {
            let style = Style { letters, colors, percent };
            let own = &mut Tags::default();
            let tried =
                self.shaper.measured(|shaper| text(paragraphs, &style, width, shaper, own, stands));
            let over = (tried.high - room).max(0.0);
            fit = Fit { percent, size: 0, over, split: tried.split };
            // What half a point is too high does not stand out.
            if over <= 0.5 && tried.split == 0 {
                fit.over = 0.0;
                break;
            }
        }
        let style = Style { letters, colors, percent: fit.percent };
        let text = text(paragraphs, &style, width, self.shaper, self.tags, stands);
        let free = room - text.high;
        let aside = match letters.anchor {
            Anchor::Top => 0.0,
            Anchor::Middle => free / 2.0,
            Anchor::Bottom => free,
        };
        self.rows(text, x + INSET_X, y + INSET_Y + aside);
        fit
    }

    fn rows(&mut self, text: Text, x: f32, y: f32) {
        for row in text.rows {
            self.row(row, x, y);
        }
    }

    fn row(&mut self, row: Row, x: f32, y: f32) {
        let (mut x, base) = (x + row.x, y + row.base);
        let (top, bottom) = (y + row.top, y + row.top + row.high);
        for piece in row.line.pieces {
            let wide = piece.width;
            if let Some(Goto::Address(to)) = &piece.look.goes {
                let (to, text, slot) = (to.clone(), piece.text.clone(), piece.look.slot);
                let area = [x, top, x + wide, bottom];
                match self.scene.links.last_mut().filter(|last| last.slot == slot) {
                    Some(last) if (last.area[1] - top).abs() < 0.5 => {
                        last.area[2] = area[2];
                        last.text.push_str(&text);
                    }
                    _ => self.scene.links.push(Link { area, to, text, slot }),
                }
            }
            self.scene.inks.push(Ink::Piece(x, base - piece.look.rise, Box::new(piece)));
            x += wide;
        }
    }

    fn grid(&mut self, grid: Grid, (x, y): At) {
        let wide: f32 = grid.columns.iter().sum();
        let (head, soft) = (self.color(Slot::Accent1), self.color(Slot::Soft));
        let line = self.color(Slot::Accent1);
        let mut top = y;
        for (number, (high, cells)) in grid.rows.into_iter().enumerate() {
            let high = f64::from(high);
            let fill = match number {
                0 => Some(head),
                number if number % 2 == 0 => Some(soft),
                _ => None,
            };
            if fill.is_some() {
                let size = (f64::from(wide), high);
                self.scene.inks.push(Ink::Mark(Mark::Box((x, top), size, 0.0, fill, None)));
            }
            let mut left = x as f32;
            for (text, column) in cells.into_iter().zip(&grid.columns) {
                self.rows(text, left + BESIDE, top as f32 + grid.above);
                left += column;
            }
            top += high;
            let (from, to) = ((x, top), (x + f64::from(wide), top));
            self.scene.inks.push(Ink::Mark(Mark::Line(from, to, line, HAIR)));
        }
    }

    fn diagram(&mut self, diagram: &Diagram, area: Area) -> Fit {
        let laid = laid(diagram, area.in_points());
        let (edge, soft) = (self.color(Slot::Accent1), self.color(Slot::Soft));
        let mut marks = Vec::new();
        for corners in &laid.arrows {
            arrow(&mut marks, corners, self.color(Slot::Ink));
        }
        for [x, y, wide, high] in &laid.boxes {
            marks.push(Mark::Box((*x, *y), (*wide, *high), ROUND, Some(soft), Some(edge)));
        }
        let slot = self.figure(&diagram.alt);
        self.scene.inks.push(Ink::Drawing((0.0, 0.0), marks, slot));
        let (size, fit) = self.label_size(diagram, &laid.boxes);
        let letters = label_letters(size);
        for (node, [x, y, wide, high]) in diagram.nodes.iter().zip(&laid.boxes) {
            let label = [Paragraph::plain(&node.label)];
            let colors = &self.deck.theme.colors;
            let style = Style { letters: &letters, colors, percent: 100 };
            let width = (wide - 2.0 * LABEL_INSET).max(1.0) as f32;
            let stands = Stands::In(self.parent);
            let text = text(&label, &style, width, self.shaper, self.tags, stands);
            let top = y + (high - f64::from(text.high)) / 2.0;
            self.rows(text, (x + LABEL_INSET) as f32, top as f32);
        }
        fit
    }

    /// The largest letters with which all labels fit.
    fn label_size(&mut self, diagram: &Diagram, boxes: &[[f64; 4]]) -> (u32, Fit) {
        let (mut size, mut fit) = (LABEL_SIZE, Fit::default());
        loop {
            let letters = label_letters(size);
            let colors = &self.deck.theme.colors;
            let style = Style { letters: &letters, colors, percent: 100 };
            (fit.size, fit.over, fit.split) = (size, 0.0, 0);
            for (node, [_, _, wide, high]) in diagram.nodes.iter().zip(boxes) {
                let label = [Paragraph::plain(&node.label)];
                let width = (wide - 2.0 * LABEL_INSET).max(1.0) as f32;
                let (own, stands) = (&mut Tags::default(), Stands::In(0));
                let tried =
                    self.shaper.measured(|shaper| text(&label, &style, width, shaper, own, stands));
                fit.over = fit.over.max(tried.high - *high as f32);
                fit.split += tried.split;
            }
            if (fit.over <= 0.0 && fit.split == 0) || size <= LABEL_SIZE_MIN {
                return (size, fit);
            }
            size -= 100;
        }
    }

    /// The number of the slide, where its layout has a place for it.
    fn number(&mut self, slide: &Slide, number: usize) {
        let deck = self.deck;
        let Some(layout) = deck.layout(&slide.layout) else { return };
        let Some(place) = layout.places.iter().find(|it| it.role == PlaceRole::Number) else {
            return;
        };
        let said = [Paragraph::plain(&(number + 1).to_string())];
        let before = self.scene.inks.len();
        let spare = self.tags.spare();
        self.text(&said, place.area, Some(place));
        // It is no part of what the slide says.
        for ink in self.scene.inks.iter_mut().skip(before) {
            if let Ink::Piece(_, _, piece) = ink {
                piece.look.slot = spare;
            }
        }
    }
}

/// How the labels of a diagram look.
fn label_letters(size: u32) -> Letters {
    let aligned = super::layout::Aligned::Center;
    Letters { size, size_min: size, aligned, ..Letters::default() }
}

fn arrow(marks: &mut Vec<Mark>, corners: &[At], color: Color) {
    let Some((tip, before)) = corners.split_last() else { return };
    let Some(last) = before.last() else { return };
    let (across, down) = (tip.0 - last.0, tip.1 - last.1);
    let long = across.hypot(down).max(0.001);
    let (along, aside) = ((across / long, down / long), (-down / long, across / long));
    let neck = (tip.0 - along.0 * TIP, tip.1 - along.1 * TIP);
    let wing = |side: f64| {
        let half = side * TIP * 0.45;
        (neck.0 + aside.0 * half, neck.1 + aside.1 * half)
    };
    let mut steps: Vec<Step> = before.iter().copied().map(Step::Line).collect();
    if let Some(Step::Line(first)) = steps.first().copied() {
        steps[0] = Step::Move(first);
    }
    steps.push(Step::Line(neck));
    marks.push(Mark::Path(steps, None, Some((color, ARROW_THICK))));
    let head = vec![Step::Move(*tip), Step::Line(wing(1.0)), Step::Line(wing(-1.0)), Step::Close];
    marks.push(Mark::Path(head, Some(color), None));
}

/// A chart as it is drawn in a box of these points, in the colours of its deck.
fn drawn(chart: &Chart, (wide, high): (f64, f64), colors: &Colors) -> chart::Chart {
    let series = chart.series.iter().map(|series| chart::Series {
        name: series.name.clone(),
        along: series.along.clone(),
        values: series.values.clone(),
    });
    chart::Chart {
        sort: match chart.sort {
            ChartSort::Bar => chart::Sort::Bar,
            ChartSort::Line => chart::Sort::Line,
            ChartSort::Scatter => chart::Sort::Scatter,
            ChartSort::Pie => chart::Sort::Pie,
        },
        title: chart.title.clone(),
        categories: chart.categories.clone(),
        series: series.collect(),
        colors: colors.accents().to_vec(),
        width: (wide as u32).max(1),
        height: (high as u32).max(1),
    }
}

/// How large a length is on a slide, in whole points.
pub(super) fn whole(length: i64) -> f32 {
    points(length) as f32
}
