//! Texts that cells share.

use std::sync::Arc;

use crate::package::{Hostile, Token, Tokens};

/// The texts, in order. How parts of them look is left out, and so is how they are pronounced.
pub(super) fn read(text: &str, depth_max: usize) -> Result<Vec<Arc<str>>, Hostile> {
    let mut strings = Vec::new();
    let (mut current, mut within, mut spoken) = (String::new(), false, false);
    for piece in Tokens::new(text, depth_max) {
        match piece? {
            Token::Open(tag) => match tag.name() {
                "si" => current.clear(),
                "t" => within = !spoken,
                "rPh" => spoken = true,
                _ => {}
            },
            Token::Close(end) => match end.name() {
                "si" => strings.push(current.as_str().into()),
                "t" => within = false,
                "rPh" => spoken = false,
                _ => {}
            },
            Token::Text(text) if within => current.push_str(&text),
            Token::Text(_) => {}
        }
    }
    Ok(strings)
}
