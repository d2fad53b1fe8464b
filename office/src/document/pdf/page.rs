//! Pages as they fill.

use super::line::{Goto, Line, Piece};

/// How wide a page is, in points: A4.
pub const WIDTH: f32 = 595.28;
/// How high a page is, in points: A4.
pub const HEIGHT: f32 = 841.89;
/// What is left free at each edge of a page, in points.
pub const MARGIN: f32 = 68.0;
/// Where the text of a page ends, in points from its top.
pub const BOTTOM: f32 = HEIGHT - MARGIN;

/// What is drawn, with where it stands: points from the left and top of the page.
#[derive(Debug, Clone)]
pub enum Ink {
    /// A text or picture, and where its letters stand.
    Piece(f32, f32, Box<Piece>),
    /// A box of one colour that says nothing: left, top, width and height.
    Box(f32, f32, f32, f32, [u8; 3]),
}

/// A part of a page that leads elsewhere.
#[derive(Debug, Clone)]
pub struct Link {
    /// Left, top, right and bottom.
    pub area: [f32; 4],
    /// Where it leads.
    pub goes: Goto,
    /// What it says.
    pub text: String,
    /// The leaf of the tree of tags that it belongs to.
    pub slot: usize,
}

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// What is drawn, in this order.
    pub inks: Vec<Ink>,
    /// What leads elsewhere.
    pub links: Vec<Link>,
    /// The lines of its notes, and how high they are together.
    notes: Vec<Line>,
    notes_height: f32,
}

/// What is left free above the notes of a page, in points.
const NOTES_GAP: f32 = 14.0;
/// The line above the notes of a page.
const NOTES_RULE: [u8; 3] = [150, 160, 155];

impl Page {
    /// Where the text of the page ends, with so much more for notes.
    pub fn bottom(&self, more: f32) -> f32 {
        let notes = self.notes_height + more;
        BOTTOM - if notes > 0.0 { notes + NOTES_GAP } else { 0.0 }
    }

    /// Draws a line at this place.
    pub fn line(&mut self, line: Line, x: f32, top: f32) {
        let base = top + line.ascent;
        let mut x = x;
        for piece in line.pieces {
            let width = piece.width;
            if let Some(goes) = &piece.look.goes {
                let area = [x, top, x + width, top + line.height];
                self.link(area, goes, &piece.text, piece.look.slot);
            }
            self.inks.push(Ink::Piece(x, base - piece.look.rise, Box::new(piece)));
            x += width;
        }
    }

    /// What leads to one place stands in one area for each line.
    fn link(&mut self, area: [f32; 4], goes: &Goto, text: &str, slot: usize) {
        let text = text.to_owned();
        if let Some(last) = self.links.last_mut() {
            let beside =
                (last.area[2] - area[0]).abs() < 0.5 && (last.area[1] - area[1]).abs() < 0.5;
            if beside && last.slot == slot && last.goes == *goes {
                last.area[2] = area[2];
                last.text.push_str(&text);
                return;
            }
        }
        self.links.push(Link { area, goes: goes.clone(), text, slot });
    }

    /// Keeps lines for the end of the page.
    pub fn note(&mut self, lines: Vec<Line>) {
        self.notes_height += lines.iter().map(|line| line.height).sum::<f32>();
        self.notes.extend(lines);
    }

    /// Draws the notes of the page.
    pub fn done(&mut self) {
        let notes = std::mem::take(&mut self.notes);
        if notes.is_empty() {
            return;
        }
        let mut top = BOTTOM - self.notes_height;
        self.inks.push(Ink::Box(MARGIN, top - 6.0, 140.0, 0.6, NOTES_RULE));
        for line in notes {
            let height = line.height;
            self.line(line, MARGIN, top);
            top += height;
        }
    }
}
