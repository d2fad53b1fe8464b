//! Which sheets a workbook has and in which parts they stand.

use std::collections::BTreeMap;

use crate::package::{Hostile, Package, Piece, Xml};

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
    let roots = relations(package, "", "_rels/.rels")?;
    let root = roots.values().find(|(sort, _)| sort.ends_with("/officeDocument"));
    let root = root.map_or_else(|| "xl/workbook.xml".to_owned(), |(_, part)| part.clone());
    let (folder, file) = root.rsplit_once('/').unwrap_or(("", &root));
    let relations = relations(package, folder, &format!("{folder}/_rels/{file}.rels"))?;
    let text = package.needed(&root)?;
    let mut said = Said {
        sheets: Vec::new(),
        names: Vec::new(),
        strings: part_of(&relations, "/sharedStrings"),
        styles: part_of(&relations, "/styles"),
    };
    let mut name: Option<(String, String)> = None;
    for piece in Xml::new(&text, package.bounds().depth_max) {
        match piece? {
            Piece::Open(element, mut of) if element == "sheet" => {
                let id = of.iter().find(|(key, _)| key.ends_with(":id")).map(|(_, id)| id.clone());
                let part = id.and_then(|id| relations.get(&id));
                let (Some((sort, part)), Some(name)) = (part, of.remove("name")) else {
                    return Err(Hostile::Broken("a sheet has no part".to_owned()));
                };
                // Sheets that are a chart have no cells.
                if sort.ends_with("/worksheet") {
                    said.sheets.push((name, part.clone()));
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

fn part_of(relations: &BTreeMap<String, (String, String)>, sort: &str) -> String {
    let found = relations.values().find(|(of, _)| of.ends_with(sort));
    found.map(|(_, part)| part.clone()).unwrap_or_default()
}

/// The relations of a part: by their ids, their sort and the part they lead to.
fn relations(
    package: &mut Package<'_>,
    folder: &str,
    part: &str,
) -> Result<BTreeMap<String, (String, String)>, Hostile> {
    let Some(text) = package.part(part)? else {
        return Ok(BTreeMap::new());
    };
    let mut relations = BTreeMap::new();
    for piece in Xml::new(&text, package.bounds().depth_max) {
        let Piece::Open(element, mut of) = piece? else {
            continue;
        };
        let outside = of.get("TargetMode").is_some_and(|mode| mode == "External");
        if element != "Relationship" || outside {
            continue;
        }
        if let (Some(id), Some(sort), Some(target)) =
            (of.remove("Id"), of.remove("Type"), of.remove("Target"))
        {
            relations.insert(id, (sort, joined(folder, &target)));
        }
    }
    Ok(relations)
}

/// A target as the name of a part. It leads to a part of the same archive or to none.
fn joined(folder: &str, target: &str) -> String {
    if let Some(whole) = target.strip_prefix('/') {
        return whole.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
