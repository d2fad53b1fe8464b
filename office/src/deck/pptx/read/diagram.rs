//! Groups of boxes and arrows that hold on to them, as diagrams.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::model::{Diagram, Direction, Edge, Node};
use super::layout::holder;
use super::slide::alt;
use crate::package::Element;

/// The diagram that a group is; none where it is something else.
pub fn read(group: &Element) -> Option<Diagram> {
    let mut diagram = Diagram { alt: alt(group), ..Diagram::default() };
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for shape in &group.children {
        match shape.name.as_str() {
            "nvGrpSpPr" | "grpSpPr" | "extLst" | "cxnSp" => {}
            "sp" if holder(shape).is_none() => {
                let about = shape.at(&["nvSpPr", "cNvPr"])?;
                let mut id = about.says("name").unwrap_or_default().to_owned();
                let mut count = diagram.nodes.len();
                while id.is_empty() || taken.contains(&id) {
                    count += 1;
                    id = format!("n{count}");
                }
                taken.insert(id.clone());
                ids.insert(about.says("id")?, id.clone());
                diagram.nodes.push(Node { id, label: label(shape) });
            }
            _ => return None,
        }
    }
    let mut direction = None;
    for arrow in group.all("cxnSp") {
        let joined = arrow.at(&["nvCxnSpPr", "cNvCxnSpPr"])?;
        let (from, to) = (joined.child("stCxn")?, joined.child("endCxn")?);
        let known = |end: &Element| ids.get(end.says("id")?).cloned();
        diagram.edges.push(Edge { from: known(from)?, to: known(to)? });
        let side = from.number::<u32>("idx").unwrap_or(0);
        direction.get_or_insert(match side {
            0 | 2 => Direction::Down,
            _ => Direction::Right,
        });
    }
    diagram.direction = direction.unwrap_or_default();
    (!diagram.edges.is_empty()).then_some(diagram)
}

/// What stands in a box.
fn label(shape: &Element) -> String {
    let text = shape.child("txBody");
    let line = |paragraph: &Element| {
        let runs = paragraph.all("r").filter_map(|run| run.child("t"));
        runs.map(|text| text.text.as_str()).collect::<String>()
    };
    let lines: Vec<String> = text.into_iter().flat_map(|text| text.all("p")).map(line).collect();
    lines.join(" ").trim().to_owned()
}
