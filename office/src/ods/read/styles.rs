//! How cells look, by the names of their styles.

use std::collections::BTreeMap;

use super::format::Told;
use super::names::Of;
use crate::package::{Hostile, Piece, Xml};
use crate::sheet::{Align, Style};

/// How many styles a style may follow, each of which follows the next.
const PARENTS_MAX: usize = 16;

/// The styles of a file.
#[derive(Default)]
pub(super) struct Styles {
    formats: BTreeMap<String, Told>,
    cells: BTreeMap<String, Named>,
}

/// A style of cells.
#[derive(Default)]
struct Named {
    parent: Option<String>,
    format: Option<String>,
    style: Style,
}

impl Styles {
    /// Adds those of a part. What stands in its sheets is passed over.
    pub fn read(&mut self, text: &str, depth_max: usize) -> Result<(), Hostile> {
        let mut named: Option<(String, Named)> = None;
        let mut format: Option<(String, Told)> = None;
        let mut says = false;
        for piece in Xml::new(text, depth_max) {
            match piece? {
                Piece::Open(element, _) if element == "body" => break,
                Piece::Open(element, of) => {
                    let of = Of(&of);
                    if let Some((_, told)) = &mut format {
                        told.element(&element, &of);
                        says = matches!(element.as_str(), "text" | "currency-symbol");
                    } else if let Some((_, named)) = &mut named {
                        look(&mut named.style, &element, &of);
                    } else if let Some(name) = of.says("style:name") {
                        let name = name.to_owned();
                        if of.says("style:family") == Some("table-cell") {
                            let said = |key: &str| of.says(key).map(str::to_owned);
                            let parent = said("style:parent-style-name");
                            let format = said("style:data-style-name");
                            named = Some((name, Named { parent, format, style: Style::default() }));
                        } else if let Some(told) = Told::begin(&element, &of) {
                            format = Some((name, told));
                        }
                    }
                }
                Piece::Text(text) if says => {
                    if let Some((_, told)) = &mut format {
                        told.text(&text);
                    }
                }
                Piece::Text(_) => {}
                Piece::Close(element) => {
                    says = false;
                    if element == "style" {
                        self.cells.extend(named.take());
                    } else if format.is_some() && element.ends_with("-style") {
                        self.formats.extend(format.take());
                    }
                }
            }
        }
        Ok(())
    }

    /// What the style of this name says, with those that it follows; an error where its format
    /// cannot be said.
    pub fn style(&self, name: &str) -> Result<Style, ()> {
        let (mut style, mut at) = (Style::default(), Some(name));
        let mut code = None;
        for _ in 0..PARENTS_MAX {
            let Some(named) = at.and_then(|name| self.cells.get(name)) else {
                break;
            };
            style = named.style.clone().with(&style);
            code = code.or(named.format.as_ref());
            at = named.parent.as_deref();
        }
        let told = code.and_then(|name| self.formats.get(name));
        style.number = told.map_or(Ok(None), |told| told.code(&self.formats))?;
        Ok(style)
    }
}

fn look(style: &mut Style, element: &str, of: &Of<'_>) {
    let color = |name: &str| {
        let hex = of.says(name)?.strip_prefix('#')?;
        let six = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        six.then(|| hex.to_ascii_uppercase())
    };
    match element {
        "text-properties" => {
            let heavy = |said: &str| said == "bold" || matches!(said.parse(), Ok(600..=999_u32));
            style.bold = of.says("fo:font-weight").map(heavy);
            style.italic = of.says("fo:font-style").map(|said| said != "normal");
            style.color = color("fo:color");
        }
        "table-cell-properties" => style.fill = color("fo:background-color"),
        "paragraph-properties" => {
            style.align = match of.says("fo:text-align") {
                Some("start" | "left") => Some(Align::Left),
                Some("center") => Some(Align::Center),
                Some("end" | "right") => Some(Align::Right),
                _ => None,
            };
        }
        _ => {}
    }
}
