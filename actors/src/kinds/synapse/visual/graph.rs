//! Nodes and edges as a diagram. Arrows may lead in circles.

use office::deck::{Diagram, Edge, Node};
use serde_json::{Map, Value};

use super::data::shown;

/// The diagram of `nodes` and `edges`. A box that only arrows name is there, too.
///
/// # Errors
/// Why it is none.
pub(super) fn of(members: &Map<String, Value>) -> Result<Diagram, String> {
    let list = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Ok(&[][..]),
        Some(Value::Array(items)) => Ok(items.as_slice()),
        Some(_) => Err(format!("`{name}` is no list")),
    };
    let mut diagram = Diagram::default();
    for node in list("nodes")? {
        let id = match node {
            Value::Object(node) => node.get("id").or_else(|| node.get("label")).map(shown),
            other => Some(shown(other)),
        };
        let id = id.filter(|id| !id.is_empty()).ok_or("a node has no id")?;
        let label = node.get("label").map_or_else(|| id.clone(), shown);
        named(&mut diagram, &id, label);
    }
    for edge in list("edges")? {
        let end = |names: [&str; 2], place: usize| {
            let by_name = names.iter().find_map(|name| edge.get(*name));
            by_name.or_else(|| edge.get(place)).map(shown).filter(|id| !id.is_empty())
        };
        let ends = end(["from", "source"], 0).zip(end(["to", "target"], 1));
        let (from, to) = ends.ok_or("an edge does not say from where to where")?;
        arrow(&mut diagram, from, to);
    }
    if diagram.nodes.is_empty() { Err("it has no nodes".to_owned()) } else { Ok(diagram) }
}

/// An arrow, and the boxes at its ends.
pub(super) fn arrow(diagram: &mut Diagram, from: String, to: String) {
    named(diagram, &from, from.clone());
    named(diagram, &to, to.clone());
    let edge = Edge { from, to };
    if !diagram.edges.contains(&edge) {
        diagram.edges.push(edge);
    }
}

/// A box, unless it is there.
fn named(diagram: &mut Diagram, id: &str, label: String) {
    if !diagram.nodes.iter().any(|node| node.id == id) {
        diagram.nodes.push(Node { id: id.to_owned(), label });
    }
}
