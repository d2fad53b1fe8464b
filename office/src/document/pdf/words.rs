//! What stands in a line, as spans and their lines.

use super::super::{Image, Inline, Manner, Raised, leads, picture};
use super::flow::Flow;
use super::font::Face;
use super::line::{Goto, Line, Look, Span, lines};
use super::tag::Role;

/// The colour of text.
pub const INK: [u8; 3] = [30, 34, 32];
/// The colour of what is less than text.
pub const MUTED: [u8; 3] = [110, 118, 114];
/// The colour of what leads elsewhere.
const LINK: [u8; 3] = [25, 95, 70];
/// The colour of what shall come.
const ADDED: [u8; 3] = [20, 110, 40];
/// The colour of what shall go.
const REMOVED: [u8; 3] = [160, 30, 30];
/// How high a picture may be, in points.
const PICTURE_MAX: f32 = 420.0;
/// A pixel, in points.
const PIXEL: f32 = 0.75;

/// How words are drawn where they say nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Base {
    /// Their letters.
    pub face: Face,
    /// How large they are, in points.
    pub size: f32,
    /// Their colour.
    pub color: [u8; 3],
}

/// How paragraphs are drawn.
pub const BODY: Base = Base { face: Face::Sans, size: 10.0, color: INK };

/// A text in no manner.
pub fn text(text: String) -> Inline {
    Inline::Text(text, Manner::default())
}

/// How `base` looks.
pub fn look(base: Base, slot: usize) -> Look {
    Look {
        face: base.face,
        size: base.size,
        color: base.color,
        slanted: false,
        underlined: false,
        struck: false,
        rise: 0.0,
        goes: None,
        slot,
        note: None,
        image: None,
    }
}

impl Flow<'_> {
    /// The lines of words, which belong to `node`.
    pub(super) fn lines(
        &mut self,
        words: &[Inline],
        base: Base,
        node: usize,
        width: f32,
    ) -> Vec<Line> {
        let (mut all, mut spans) = (Vec::new(), Vec::new());
        // What is drawn in one place of the tree goes on there until something else stands between.
        let mut slot = None;
        for word in words {
            match word {
                Inline::Break => {
                    let spans = std::mem::take(&mut spans);
                    all.extend(lines(&spans, width, &mut self.shaper));
                }
                Inline::Text(said, manner) => {
                    let said: String = said.chars().filter_map(shown).collect();
                    let mut look = mannered(base, manner);
                    look.slot = if look.goes.is_some() {
                        slot = None;
                        let link = self.tags.node(node, Role::Link);
                        self.tags.slot(link)
                    } else {
                        *slot.get_or_insert_with(|| self.tags.slot(node))
                    };
                    spans.push(Span { text: said, look });
                }
                Inline::Image(image) => {
                    let inner = self.image(image, base, node, width);
                    slot = None;
                    spans.push(inner);
                }
                Inline::Note(place) => {
                    let slot = *slot.get_or_insert_with(|| self.tags.slot(node));
                    let (size, rise) = (base.size * 0.68, base.size * 0.36);
                    let note = Some(*place);
                    let look = Look { size, rise, note, color: LINK, ..look(base, slot) };
                    spans.push(Span { text: (place + 1).to_string(), look });
                }
                Inline::Cite(place) => {
                    slot = None;
                    let link = self.tags.node(node, Role::Link);
                    let own = self.tags.slot(link);
                    let goes = Some(Goto::Source(*place));
                    let look = Look { goes, color: LINK, ..look(base, own) };
                    spans.push(Span { text: format!("[S{}]", place + 1), look });
                }
                Inline::Comment(place) => {
                    let comment = self.document.comments.get(*place);
                    let text = comment.map_or("", |comment| &comment.text);
                    self.losses.at("comments", text, 1);
                }
            }
        }
        all.extend(lines(&spans, width, &mut self.shaper));
        all
    }

    fn image(&mut self, image: &Image, base: Base, node: usize, width: f32) -> Span {
        let bytes = self.document.media.get(&image.source);
        let Some((wide, high)) = bytes.and_then(|bytes| picture::size(bytes)) else {
            self.losses.at("pictures", &image.source, 1);
            let alt = if image.alt.is_empty() { "picture" } else { &image.alt };
            let slot = self.tags.slot(node);
            let look = Look { color: MUTED, ..look(base, slot) };
            return Span { text: format!("[{alt}]"), look };
        };
        let (wide, high) = (wide as f32 * PIXEL, high as f32 * PIXEL);
        let scale = (width / wide).min(PICTURE_MAX / high).min(1.0);
        let alt = if image.alt.is_empty() { "picture" } else { &image.alt };
        let figure = self.tags.node(node, Role::Figure(alt.to_owned()));
        let slot = self.tags.slot(figure);
        let image = Some((image.source.clone(), wide * scale, high * scale));
        Span { text: "\u{fffc}".to_owned(), look: Look { image, ..look(base, slot) } }
    }
}

/// A letter as it is drawn; none where it is no letter.
fn shown(letter: char) -> Option<char> {
    match letter {
        '\t' | '\n' => Some(' '),
        '\u{feff}' => None,
        letter if letter.is_control() => None,
        letter => Some(letter),
    }
}

fn mannered(base: Base, manner: &Manner) -> Look {
    let mut look = look(base, 0);
    if manner.bold && look.face == Face::Sans {
        look.face = Face::Bold;
    }
    if manner.code {
        (look.face, look.size) = (Face::Mono, base.size * 0.9);
    }
    look.slanted = manner.italic;
    (look.underlined, look.struck) = (manner.underlined, manner.struck);
    match manner.raised {
        Raised::No => {}
        Raised::Above => (look.size, look.rise) = (base.size * 0.7, base.size * 0.34),
        Raised::Below => (look.size, look.rise) = (base.size * 0.7, base.size * -0.14),
    }
    if let Some(link) = manner.link.as_ref().filter(|link| leads(link)) {
        look.goes = Some(Goto::Address(link.clone()));
        look.color = LINK;
    }
    if let Some(change) = &manner.change {
        look.color = if change.added { ADDED } else { REMOVED };
        look.underlined |= change.added;
        look.struck |= !change.added;
    }
    look
}
