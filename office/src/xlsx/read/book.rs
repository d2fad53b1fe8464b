//! Which sheets a workbook has and in which parts they stand.

use crate::package::{Hostile, Package, Piece, Xml, part_of, relations};

/// What the workbook's own part says.
pub(super) struct Said {
    /// The sheets: name and part.
    pub sheets: Vec<(String, String)>,
    /// The names: what each means.
    pub names: Vec<(String, String)>,
    /// The part of shared texts.
    pub strings: String,
    /// The part of styles.
    pub styles: String,
}

/// Reads it.
pub(super) fn read(package: &mut Package<'_>) -> Result<Said, Hostile> {
    let root = part_of(&relations(package, "")?, "/officeDocument");
    let root = root.unwrap_or_else(|| "xl/workbook.xml".to_owned());
    let relations = relations(package, &root)?;
    let text = package.needed(&root)?;
    let mut said = Said {
        sheets: Vec::new(),
        names: Vec::new(),
        strings: part_of(&relations, "/sharedStrings").unwrap_or_default(),
        styles: part_of(&relations, "/styles").unwrap_or_default(),
    };
    let mut name: Option<(String, String)> = None;
    for piece in Xml::new(&text, package.bounds().depth_max) {
        match piece? {
            Piece::Open(element, mut of) if element == "sheet" => {
                let id = of.iter().find(|(key, _)| key.ends_with(":id")).map(|(_, id)| id.clone());
                let part = id.and_then(|id| relations.get(&id)).filter(|it| !it.outside);
                let (Some(part), Some(name)) = (part, of.remove("name")) else {
                    return Err(Hostile::Broken("a sheet has no part".to_owned()));
                };
                // Sheets that are a chart have no cells.
                if part.sort.ends_with("/worksheet") {
                    said.sheets.push((name, part.target.clone()));
                }
            }
            Piece::Open(element, mut of) if element == "definedName" => {
                let own = of.contains_key("localSheetId");
                name = of.remove("name").filter(|_| !own).map(|name| (name, String::new()));
            }
            Piece::Text(text) => {
                if let Some((_, means)) = &mut name {
                    means.push_str(&text);
                }
            }
            Piece::Close(element) if element == "definedName" => said.names.extend(name.take()),
            _ => {}
        }
    }
    Ok(said)
}
