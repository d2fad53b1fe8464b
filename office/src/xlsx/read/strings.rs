//! Texts that cells share.

use std::sync::Arc;

use crate::package::{Hostile, Piece, Xml};

/// The texts, in order. How parts of them look is left out, and so is how they are pronounced.
pub(super) fn read(text: &str, depth_max: usize) -> Result<Vec<Arc<str>>, Hostile> {
    let mut strings = Vec::new();
    let (mut current, mut within, mut spoken) = (String::new(), false, false);
    for piece in Xml::new(text, depth_max) {
        match piece? {
            Piece::Open(element, _) => match element.as_str() {
                "si" => current.clear(),
                "t" => within = !spoken,
                "rPh" => spoken = true,
                _ => {}
            },
            Piece::Close(element) => match element.as_str() {
                "si" => strings.push(current.as_str().into()),
                "t" => within = false,
                "rPh" => spoken = false,
                _ => {}
            },
            Piece::Text(text) if within => current.push_str(&text),
            Piece::Text(_) => {}
        }
    }
    Ok(strings)
}
