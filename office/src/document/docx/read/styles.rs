//! What the styles and numbers of a file mean.

use std::collections::BTreeMap;

use super::super::super::{Change, Manner};
use super::super::{
    CODE, CODE_RUN, CONTINUED, DELETED, DELETED_CODE, INSERTED, INSERTED_CODE, QUOTE, RULE, SOURCE,
    TITLE,
};
use super::said;
use crate::package::{Hostile, Piece, Xml};

/// What a paragraph of a style is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// A paragraph.
    #[default]
    Text,
    /// The title.
    Title,
    /// A heading of a level.
    Heading(u8),
    /// What somebody else said.
    Quote,
    /// A text as it is, whose lines may be paragraphs each.
    Code,
    /// A line across.
    Rule,
    /// What goes on in an item of a list.
    Continued,
    /// A source.
    Source,
    /// A line of a table of contents.
    Contents,
}

/// A style.
#[derive(Debug, Clone, Default)]
struct Style {
    name: String,
    base: Option<String>,
    level: Option<u8>,
    /// The list that its paragraphs are items of; `0` = of none.
    list: Option<String>,
    /// How deep they stand in it.
    depth: Option<usize>,
    manner: Manner,
    /// Whether it is not shown.
    hidden: Option<bool>,
}

/// The styles of a file.
#[derive(Debug, Default)]
pub struct Styles(BTreeMap<String, Style>);

/// How many styles a style may be based on, one by another.
const BASES_MAX: usize = 12;

impl Styles {
    /// Reads them.
    pub fn read(text: &str, depth_max: usize) -> Result<Self, Hostile> {
        let mut styles = BTreeMap::new();
        let mut open: Option<(String, Style)> = None;
        for piece in Xml::new(text, depth_max) {
            match (piece?, &mut open) {
                (Piece::Open(name, of), _) if name == "style" => {
                    let id = said(&of, "styleId").unwrap_or_default().to_owned();
                    open = Some((id, Style::default()));
                }
                (Piece::Close(name), _) if name == "style" => styles.extend(open.take()),
                (Piece::Open(name, of), Some((_, style))) => {
                    let value = said(&of, "val").map(str::to_owned);
                    match name.as_str() {
                        "name" => style.name = value.unwrap_or_default().to_lowercase(),
                        "basedOn" => style.base = value,
                        "outlineLvl" => style.level = value.and_then(|it| it.parse().ok()),
                        "numId" => style.list = value,
                        "ilvl" => style.depth = value.and_then(|it| it.parse().ok()),
                        "vanish" => style.hidden = Some(on(value.as_deref())),
                        "b" => style.manner.bold = on(value.as_deref()),
                        "i" => style.manner.italic = on(value.as_deref()),
                        "strike" | "dstrike" => style.manner.struck = on(value.as_deref()),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(Self(styles))
    }

    /// A style and those that it is based on, the nearest first.
    fn chain(&self, id: &str) -> impl Iterator<Item = (&str, &Style)> {
        let mut next = self.0.get_key_value(id);
        let chain = std::iter::from_fn(move || {
            let (id, style) = next?;
            next = style.base.as_ref().and_then(|base| self.0.get_key_value(base));
            Some((id.as_str(), style))
        });
        chain.take(BASES_MAX)
    }

    /// What a paragraph of a style is.
    pub fn role(&self, id: &str) -> Role {
        let known = self.chain(id).find_map(|(id, style)| {
            let level = style.level.filter(|level| *level < 9).map(|level| level.min(5) + 1);
            let role = role(id, &style.name).or(level.map(Role::Heading));
            role.filter(|_| id != "Normal")
        });
        known.or_else(|| role(id, "")).unwrap_or_default()
    }

    /// The list and level of a paragraph of a style. A style that says how deep, and nowhere of
    /// which list, is of none.
    pub fn number(&self, id: &str) -> Option<(String, usize)> {
        let list = self.chain(id).find_map(|(_, style)| style.list.clone())?;
        if list == "0" || list.is_empty() {
            return None;
        }
        let level = self.chain(id).find_map(|(_, style)| style.depth).unwrap_or_default();
        let named = self.chain(id).find_map(|(_, style)| level_of(&style.name));
        Some((list, level.max(named.unwrap_or_default())))
    }

    /// Whether what has a style is not shown.
    pub fn hidden(&self, id: &str) -> bool {
        self.chain(id).find_map(|(_, style)| style.hidden).unwrap_or_default()
    }

    /// How a run of a style is shown.
    pub fn manner(&self, id: &str) -> Manner {
        let mut manner = Manner::default();
        for (id, style) in self.chain(id) {
            manner.bold |= style.manner.bold;
            manner.italic |= style.manner.italic;
            let stands = match id {
                INSERTED | INSERTED_CODE => Some(true),
                DELETED | DELETED_CODE => Some(false),
                _ => None,
            };
            if let Some(added) = stands {
                manner.change = Some(Change { added, ..Change::default() });
            }
            // A line through it is how words look that stand there as deleted ones.
            manner.struck |= style.manner.struck && stands.is_none();
            let name = style.name.as_str();
            manner.code |= id == CODE_RUN || matches!(name, "html code" | "source text" | "code");
        }
        manner
    }
}

fn role(id: &str, name: &str) -> Option<Role> {
    if let Some(level) = name.strip_prefix("heading ").and_then(|it| it.parse::<u8>().ok()) {
        return Some(Role::Heading(level.clamp(1, 6)));
    }
    match (id, name) {
        (TITLE, _) | (_, "title") => Some(Role::Title),
        (QUOTE, _) | (_, "quote" | "intense quote" | "block text" | "quotations") => {
            Some(Role::Quote)
        }
        (CODE, _) | (_, "html preformatted" | "preformatted text" | "plain text" | "code") => {
            Some(Role::Code)
        }
        (RULE, _) | (_, "horizontal line") => Some(Role::Rule),
        (SOURCE, _) => Some(Role::Source),
        (_, "toc heading") => Some(Role::Contents),
        _ if id == CONTINUED || name.starts_with("list continue") => Some(Role::Continued),
        _ if name.starts_with("toc ") => Some(Role::Contents),
        _ => None,
    }
}

/// Whether a switch is on: where it is there and says nothing else.
pub fn on(value: Option<&str>) -> bool {
    !matches!(value, Some("0" | "false" | "off" | "none"))
}

/// From where the levels of lists count; none where they have no numbers.
#[derive(Debug, Default)]
pub struct Lists {
    /// By abstract list: what each level counts from.
    sorts: BTreeMap<String, BTreeMap<usize, Option<u64>>>,
    /// By list: its abstract one, and from where it counts instead.
    lists: BTreeMap<String, (String, BTreeMap<usize, u64>)>,
}

impl Lists {
    /// Reads them.
    pub fn read(text: &str, depth_max: usize) -> Result<Self, Hostile> {
        let mut lists = Self::default();
        let (mut sort, mut list) = (None::<String>, None::<String>);
        let mut level = 0;
        for piece in Xml::new(text, depth_max) {
            let (name, of) = match piece? {
                Piece::Open(name, of) => (name, of),
                Piece::Close(name) => {
                    match name.as_str() {
                        "abstractNum" => sort = None,
                        "num" => list = None,
                        _ => {}
                    }
                    continue;
                }
                Piece::Text(_) => continue,
            };
            let value = said(&of, "val");
            match name.as_str() {
                "abstractNum" => sort = said(&of, "abstractNumId").map(str::to_owned),
                "num" => list = said(&of, "numId").map(str::to_owned),
                "lvl" | "lvlOverride" => {
                    level = said(&of, "ilvl").and_then(|it| it.parse().ok()).unwrap_or_default();
                }
                "start" | "numFmt" => {
                    let Some(sort) = sort.clone().filter(|_| list.is_none()) else { continue };
                    let levels = lists.sorts.entry(sort).or_default();
                    let first = levels.entry(level).or_insert(Some(1));
                    if name == "start" {
                        *first = value.and_then(|it| it.parse().ok());
                    } else if matches!(value, Some("bullet" | "none")) {
                        *first = None;
                    }
                }
                "abstractNumId" => {
                    if let (Some(list), Some(sort)) = (&list, value) {
                        lists.lists.entry(list.clone()).or_default().0 = sort.to_owned();
                    }
                }
                "startOverride" => {
                    let first = value.and_then(|it| it.parse().ok());
                    if let (Some(list), Some(first)) = (&list, first) {
                        lists.lists.entry(list.clone()).or_default().1.insert(level, first);
                    }
                }
                _ => {}
            }
        }
        Ok(lists)
    }

    /// From where a level of a list counts; none where it has no numbers.
    pub fn first(&self, list: &str, level: usize) -> Option<u64> {
        let (sort, other) = self.lists.get(list)?;
        let first = self.sorts.get(sort)?.get(&level).copied().flatten()?;
        Some(other.get(&level).copied().unwrap_or(first))
    }
}

/// Word's own styles of lists say in their names how deep they are: `list bullet 2` has a list of
/// its own, and stands within `list bullet`.
fn level_of(name: &str) -> Option<usize> {
    let (sort, number) = name.strip_prefix("list ")?.rsplit_once(' ')?;
    let number: usize = number.parse().ok()?;
    matches!(sort, "bullet" | "number").then_some(number.checked_sub(1)?)
}
