//! Where the boxes of a diagram stand: in layers along its arrows, the same for the same diagram.

use std::collections::BTreeMap;

use super::model::{Diagram, Direction};
use crate::draw::At;

/// How wide a box is at most, in points.
const BOX_WIDE_MAX: f64 = 190.0;
/// How high a box is at most, in points.
const BOX_HIGH_MAX: f64 = 76.0;
/// How much of the room along the arrows a box takes.
const SHARE_ALONG: f64 = 0.66;
/// How much of the room across the arrows a box takes.
const SHARE_ACROSS: f64 = 0.72;
/// How often layers are put in a better order.
const SWEEPS: usize = 8;

/// A diagram that is laid out, in points.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Laid {
    /// Left, top, width and height of each box.
    pub boxes: Vec<[f64; 4]>,
    /// The corners of each arrow, from its beginning to its tip.
    pub arrows: Vec<Vec<At>>,
}

/// What stands in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    /// A box, by its number.
    Node(usize),
    /// An arrow that passes, by its number.
    Pass(usize),
}

/// The diagram in a box of these points.
pub(super) fn laid(diagram: &Diagram, [x, y, wide, high]: [f64; 4]) -> Laid {
    let count = diagram.nodes.len();
    let numbers: BTreeMap<&str, usize> =
        diagram.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let number = |id: &String| numbers.get(id.as_str()).copied();
    let edges: Vec<(usize, usize)> = diagram
        .edges
        .iter()
        .filter_map(|edge| Some((number(&edge.from)?, number(&edge.to)?)))
        .collect();
    let back = back(count, &edges);
    // Arrows that close a circle are laid out the other way round.
    let forward: Vec<(usize, usize)> = edges
        .iter()
        .zip(&back)
        .map(|((from, to), back)| if *back { (*to, *from) } else { (*from, *to) })
        .collect();
    let layer_of = layers(count, &forward);
    let mut layers = filled(count, &layer_of, &forward);
    ordered(&mut layers, &forward);
    let across_max = layers.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let right = diagram.direction == Direction::Right;
    let (along, across) = if right { (wide, high) } else { (high, wide) };
    let step = along / layers.len().max(1) as f64;
    let lane = across / across_max as f64;
    let size = |along: f64, across: f64| if right { (along, across) } else { (across, along) };
    let (most_along, most_across) = size(BOX_WIDE_MAX, BOX_HIGH_MAX);
    let long = (step * SHARE_ALONG).min(most_along);
    let thick = (lane * SHARE_ACROSS).min(most_across);
    let mut middle = BTreeMap::new();
    for (layer, items) in layers.iter().enumerate() {
        let room = across / items.len().max(1) as f64;
        for (at, item) in items.iter().enumerate() {
            let place = ((layer as f64 + 0.5) * step, (at as f64 + 0.5) * room);
            middle.insert((layer, *item), place);
        }
    }
    let turned = |(along, across): At| {
        let (left, top) = size(along, across);
        (x + left, y + top)
    };
    let of = |node: usize| middle.get(&(layer_of[node], Item::Node(node))).copied();
    let boxes = (0..count).map(|node| {
        let (left, top) = turned(of(node).unwrap_or_default());
        let (wide, high) = size(long, thick);
        [left - wide / 2.0, top - high / 2.0, wide, high]
    });
    let mut laid = Laid { boxes: boxes.collect(), arrows: Vec::with_capacity(edges.len()) };
    for (edge, (from, to)) in forward.iter().enumerate() {
        let (Some(begin), Some(end)) = (of(*from), of(*to)) else { continue };
        let passes = (layer_of[*from] + 1)..layer_of[*to];
        let passes = passes.filter_map(|layer| middle.get(&(layer, Item::Pass(edge))).copied());
        let mut corners = if from == to {
            around(begin, (long, thick), step)
        } else {
            let (start, tip) = (begin.0 + long / 2.0, end.0 - long / 2.0);
            [(start, begin.1)].into_iter().chain(passes).chain([(tip, end.1)]).collect()
        };
        if back[edge] {
            corners.reverse();
        }
        laid.arrows.push(corners.into_iter().map(turned).collect());
    }
    laid
}

/// The corners of an arrow that leads to the box where it begins: around its corner.
fn around((along, across): At, (long, thick): At, step: f64) -> Vec<At> {
    let (out, aside) = (long / 2.0 + 8.0, thick / 2.0 + thick.min(step - long) * 0.3);
    vec![
        (along + long / 2.0, across),
        (along + out, across),
        (along + out, across + aside),
        (along, across + aside),
        (along, across + thick / 2.0),
    ]
}

/// Which arrows close a circle, as seen from the first boxes.
fn back(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut leads = vec![Vec::new(); count];
    for (edge, (from, to)) in edges.iter().enumerate() {
        leads[*from].push((edge, *to));
    }
    let mut back = vec![false; edges.len()];
    // 0 = not seen, 1 = being followed, 2 = done.
    let mut seen = vec![0_u8; count];
    for first in 0..count {
        if seen[first] != 0 {
            continue;
        }
        let mut open = vec![(first, 0_usize)];
        seen[first] = 1;
        while let Some((node, at)) = open.pop() {
            let Some((edge, to)) = leads[node].get(at).copied() else {
                seen[node] = 2;
                continue;
            };
            open.push((node, at + 1));
            match seen[to] {
                0 => {
                    seen[to] = 1;
                    open.push((to, 0));
                }
                1 => back[edge] = to != node,
                _ => {}
            }
        }
    }
    back
}

/// The layer of each box: one more than that of the last that leads to it.
fn layers(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layer = vec![0; count];
    // Without circles no way is longer than there are boxes.
    for _ in 0..count {
        let mut moved = false;
        for (from, to) in edges.iter().filter(|(from, to)| from != to) {
            if layer[*to] < layer[*from] + 1 {
                layer[*to] = layer[*from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    layer
}

/// The layers with their boxes and the arrows that pass through them.
fn filled(count: usize, layer_of: &[usize], edges: &[(usize, usize)]) -> Vec<Vec<Item>> {
    let layers = layer_of.iter().max().map_or(0, |most| most + 1);
    let mut out = vec![Vec::new(); layers];
    for node in 0..count {
        out[layer_of[node]].push(Item::Node(node));
    }
    for (edge, (from, to)) in edges.iter().enumerate() {
        let passed = (layer_of[*from] + 1)..layer_of[*to].max(layer_of[*from] + 1);
        for layer in passed {
            out[layer].push(Item::Pass(edge));
        }
    }
    out
}

/// Puts each layer in the order of the middles of what leads to it, and then of where it leads.
fn ordered(layers: &mut [Vec<Item>], edges: &[(usize, usize)]) {
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let count = layers.len();
        for step in 1..count {
            let (at, beside) =
                if down { (step, step - 1) } else { (count - 1 - step, count - step) };
            let places: BTreeMap<Item, usize> =
                layers[beside].iter().enumerate().map(|(place, item)| (*item, place)).collect();
            let room = layers[beside].len().max(1) as f64;
            let own = layers[at].len().max(1) as f64;
            let mut ranked: Vec<(f64, usize, Item)> = Vec::new();
            for (place, item) in layers[at].iter().enumerate() {
                let near = near(*item, edges, &places, down);
                let rank = if near.is_empty() {
                    (place as f64 + 0.5) / own
                } else {
                    near.iter().map(|near| (*near as f64 + 0.5) / room).sum::<f64>()
                        / near.len() as f64
                };
                ranked.push((rank, place, *item));
            }
            ranked.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
            layers[at] = ranked.into_iter().map(|(_, _, item)| item).collect();
        }
    }
}

/// The places of what is joined to an item in the layer beside it.
fn near(
    item: Item,
    edges: &[(usize, usize)],
    places: &BTreeMap<Item, usize>,
    down: bool,
) -> Vec<usize> {
    let beside = |edge: usize, there: usize| {
        let place = places.get(&Item::Pass(edge)).or_else(|| places.get(&Item::Node(there)));
        place.copied()
    };
    let ends = |(from, to): (usize, usize)| if down { (from, to) } else { (to, from) };
    match item {
        Item::Pass(edge) => {
            let end = edges.get(edge).map(|edge| ends(*edge).0);
            end.and_then(|there| beside(edge, there)).into_iter().collect()
        }
        Item::Node(node) => {
            let joined = edges.iter().enumerate().filter_map(|(edge, ends_of)| {
                let (there, here) = ends(*ends_of);
                if here == node { beside(edge, there) } else { None }
            });
            joined.collect()
        }
    }
}
