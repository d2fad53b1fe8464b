//! The letters of files: three faces that come with the program, and how wide what they say is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};

use crate::losses::Losses;

/// A face. Slanted letters are upright ones that are drawn aslant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// What most is written in.
    Sans,
    /// Strong.
    Bold,
    /// Every letter as wide as any.
    Mono,
}

const FILES: [&[u8]; 3] = [
    include_bytes!("../../../fonts/DejaVuSans.ttf"),
    include_bytes!("../../../fonts/DejaVuSans-Bold.ttf"),
    include_bytes!("../../../fonts/DejaVuSansMono.ttf"),
];

/// What stands for a letter that no face has.
const BOX: char = '\u{25a1}';

struct Known {
    font: Font,
    face: rustybuzz::Face<'static>,
    units: f32,
    /// The sign for what is not known, and how wide it is.
    unknown: (u32, f32),
}

fn known(face: Face) -> Option<&'static Known> {
    static KNOWN: OnceLock<Vec<Option<Known>>> = OnceLock::new();
    let all = KNOWN.get_or_init(|| FILES.iter().map(|file| load(file)).collect());
    all.get(face as usize)?.as_ref()
}

fn load(file: &'static [u8]) -> Option<Known> {
    let font = Font::new(file.into(), 0)?;
    let face = rustybuzz::Face::from_slice(file, 0)?;
    let units = f32::from(u16::try_from(face.units_per_em()).ok()?);
    let glyph = face.glyph_index(BOX)?;
    let wide = f32::from(face.glyph_hor_advance(glyph)?) / units;
    Some(Known { font, face, units, unknown: (u32::from(glyph.0), wide) })
}

/// A text in letters of one face; lengths are in shares of the size of the letters.
#[derive(Debug, Clone, Default)]
pub struct Shaped {
    /// What is drawn, from left to right.
    pub glyphs: Vec<KrillaGlyph>,
    /// How wide it is.
    pub width: f32,
}

/// The font of a face.
pub fn font(face: Face) -> Option<Font> {
    known(face).map(|known| known.font.clone())
}

/// How many texts are kept in letters, because they come again.
const KEPT_MAX: usize = 20_000;

/// Texts in letters, and the letters that no face has.
#[derive(Debug, Default)]
pub struct Shaper {
    /// The letters that were asked for and not found.
    pub losses: Losses,
    kept: BTreeMap<(Face, bool, String), Shaped>,
}

impl Shaper {
    /// What `measure` finds out; the letters that it asks for are not counted as drawn.
    pub fn measured<T>(&mut self, measure: impl FnOnce(&mut Self) -> T) -> T {
        let losses = std::mem::take(&mut self.losses);
        let found = measure(self);
        self.losses = losses;
        found
    }

    /// A text in letters of a face.
    pub fn shape(&mut self, text: &str, face: Face, rightward: bool) -> Shaped {
        let key = (face, rightward, text.to_owned());
        if let Some(shaped) = self.kept.get(&key) {
            return shaped.clone();
        }
        let mut missing = Losses::new();
        let shaped = shape(text, face, rightward, &mut missing);
        self.losses.extend(&missing);
        // What misses a letter is shaped anew each time, so that each is counted.
        if missing.is_empty() && self.kept.len() < KEPT_MAX {
            self.kept.insert(key, shaped.clone());
        }
        shaped
    }
}

fn shape(text: &str, face: Face, rightward: bool, losses: &mut Losses) -> Shaped {
    let Some(known) = known(face) else { return Shaped::default() };
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.set_direction(if rightward { Direction::RightToLeft } else { Direction::LeftToRight });
    buffer.guess_segment_properties();
    let shaped = rustybuzz::shape(&known.face, &[], buffer);
    let ends = ends(shaped.glyph_infos().iter().map(|info| info.cluster as usize), text.len());
    let mut out = Shaped::default();
    for (info, place) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
        let range = range(&ends, info.cluster as usize, text.len());
        let units = known.units;
        let share = |length: i32| length as f32 / units;
        let (glyph, wide) = if info.glyph_id == 0 {
            losses.at("letters", text.get(range.clone()).unwrap_or_default(), 1);
            known.unknown
        } else {
            (info.glyph_id, share(place.x_advance))
        };
        let (across, up) = (share(place.x_offset), share(place.y_offset));
        out.glyphs.push(KrillaGlyph::new(GlyphId::new(glyph), wide, across, up, 0.0, range, None));
        out.width += wide;
    }
    out
}

/// Where the letters of glyphs begin, and where the text ends.
fn ends(begins: impl Iterator<Item = usize>, end: usize) -> BTreeSet<usize> {
    begins.chain([end]).collect()
}

fn range(ends: &BTreeSet<usize>, begin: usize, end: usize) -> Range<usize> {
    begin..ends.range(begin + 1..).next().copied().unwrap_or(end)
}
