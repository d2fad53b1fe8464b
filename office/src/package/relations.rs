//! Where the parts of a package lead.

use std::collections::BTreeMap;

use super::{Hostile, Package, Piece, Xml};

/// Where a part leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Of what sort it is: an address that only names it.
    pub sort: String,
    /// A part of the same archive, or, where it is outside, an address that nobody fetches.
    pub target: String,
    /// Whether it leads out of the archive.
    pub outside: bool,
}

/// The relations of a part, by their ids; none where it has none.
///
/// # Errors
/// When what tells them is broken.
pub fn relations(
    package: &mut Package<'_>,
    part: &str,
) -> Result<BTreeMap<String, Relation>, Hostile> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let told = format!("{folder}/_rels/{file}.rels");
    let Some(text) = package.part(&told)? else {
        return Ok(BTreeMap::new());
    };
    let mut relations = BTreeMap::new();
    for piece in Xml::new(&text, package.bounds().depth_max) {
        let Piece::Open(element, mut of) = piece? else {
            continue;
        };
        if element != "Relationship" {
            continue;
        }
        let outside = of.get("TargetMode").is_some_and(|mode| mode == "External");
        if let (Some(id), Some(sort), Some(target)) =
            (of.remove("Id"), of.remove("Type"), of.remove("Target"))
        {
            let target = if outside { target } else { joined(folder, &target) };
            relations.insert(id, Relation { sort, target, outside });
        }
    }
    Ok(relations)
}

/// The part of this sort within the archive, where there is one.
#[must_use]
pub fn part_of(relations: &BTreeMap<String, Relation>, sort: &str) -> Option<String> {
    let mut found = relations.values().filter(|it| !it.outside && it.sort.ends_with(sort));
    found.next().map(|it| it.target.clone())
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
