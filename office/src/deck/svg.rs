//! A slide as a picture to be looked at.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::file::Error;
use super::model::Deck;
use super::scene::{Ink, scene, whole};
use super::theme::{CODE_FONT, MEASURED_FONT};
use crate::document::pdf::font::{Face, Shaper};
use crate::document::pdf::line::Piece;
use crate::document::pdf::tag::Tags;
use crate::document::picture;
use crate::draw::{At, Mark, escaped, hex, length, marks};

/// The slide with this number, from 0, as SVG. Its pictures are within it.
///
/// # Errors
/// When there is no such slide.
pub fn slide(deck: &Deck, number: usize) -> Result<String, Error> {
    let slide = deck.slides.get(number);
    let slide = slide.ok_or_else(|| Error::Impossible(format!("there is no slide {number}")))?;
    let scene = scene(deck, slide, number, &mut Shaper::default(), &mut Tags::default());
    let wide = length(f64::from(whole(deck.size.wide)));
    let high = length(f64::from(whole(deck.size.high)));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" \
         height=\"{high}\" font-family=\"{MEASURED_FONT}, sans-serif\" role=\"img\">\n"
    );
    let _ = writeln!(svg, "<title>{}</title>", escaped(&slide.id));
    let ground = hex(scene.ground);
    let _ = writeln!(svg, "<rect width=\"{wide}\" height=\"{high}\" fill=\"{ground}\"/>");
    for ink in &scene.inks {
        match ink {
            Ink::Mark(mark) => marks(&mut svg, std::slice::from_ref(mark)),
            Ink::Piece(x, y, piece) => words(&mut svg, *x, *y, piece),
            Ink::Drawing(at, drawn, _) => drawing(&mut svg, *at, drawn),
            Ink::Picture(area, key, _) => {
                let bytes = deck.media.get(key);
                if let Some((bytes, kind)) = bytes.and_then(|it| Some((it, picture::kind(it)?))) {
                    let [x, y, wide, high] = area.map(length);
                    let _ = writeln!(
                        svg,
                        "<image x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" \
                         href=\"data:{};base64,{}\"/>",
                        kind.media_type(),
                        STANDARD.encode(bytes),
                    );
                }
            }
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn drawing(svg: &mut String, (x, y): At, drawn: &[Mark]) {
    let _ = writeln!(svg, "<g transform=\"translate({} {})\">", length(x), length(y));
    marks(svg, drawn);
    svg.push_str("</g>\n");
}

fn words(svg: &mut String, x: f32, y: f32, piece: &Piece) {
    let text = piece.text.trim_end();
    if text.is_empty() {
        return;
    }
    let look = &piece.look;
    let mut manner = String::new();
    match look.face {
        Face::Sans => {}
        Face::Bold => manner.push_str(" font-weight=\"bold\""),
        Face::Mono => {
            let _ = write!(manner, " font-family=\"{CODE_FONT}, monospace\"");
        }
    }
    if look.slanted {
        manner.push_str(" font-style=\"italic\"");
    }
    match (look.underlined, look.struck) {
        (true, true) => manner.push_str(" text-decoration=\"underline line-through\""),
        (true, false) => manner.push_str(" text-decoration=\"underline\""),
        (false, true) => manner.push_str(" text-decoration=\"line-through\""),
        (false, false) => {}
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{manner} \
         xml:space=\"preserve\">{}</text>",
        length(f64::from(x)),
        length(f64::from(y)),
        length(f64::from(look.size)),
        hex(look.color),
        escaped(text),
    );
}
