//! Words as something that can be drawn: numbers after their names, and arrows.

use office::deck::{Diagram, Series};

use super::{Numbers, Shape, graph};

/// Signs of an arrow.
const ARROWS: [&str; 3] = ["->", "→", "=>"];

/// What a description says: `North 10, South 20`, or `wash -> dry -> fold`.
///
/// # Errors
/// That it says neither.
pub(super) fn shape(words: &str) -> Result<Shape, String> {
    let mut diagram = Diagram::default();
    for line in words.split(['\n', ';']) {
        let line = ARROWS.iter().fold(line.to_owned(), |line, sign| line.replace(sign, "\u{1}"));
        let boxes: Vec<_> = line.split('\u{1}').map(|name| name.trim().to_owned()).collect();
        for pair in boxes.windows(2).filter(|pair| pair.iter().all(|name| !name.is_empty())) {
            graph::arrow(&mut diagram, pair[0].clone(), pair[1].clone());
        }
    }
    if !diagram.edges.is_empty() {
        return Ok(Shape::Graph(diagram));
    }
    let named = words.split(['\n', ';', ',']).filter_map(number);
    let (categories, values): (Vec<_>, Vec<_>) = named.unzip();
    if categories.is_empty() {
        return Err("it names no numbers, and no arrows such as `wash -> dry`".to_owned());
    }
    let series = vec![Series { values, ..Series::default() }];
    Ok(Shape::Numbers(Numbers { categories, series }))
}

/// The last number of a piece, and what stands around it.
fn number(piece: &str) -> Option<(String, Option<f64>)> {
    let words: Vec<&str> = piece.split_whitespace().collect();
    let value = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_digit() && c != '-' && c != '.');
        bare.trim_end_matches('.').parse::<f64>().ok().filter(|number| number.is_finite())
    };
    let at = words.iter().rposition(|word| value(word).is_some())?;
    let number = value(words[at]);
    let name = words[..at].join(" ");
    let name = name.trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
    let name = if name.is_empty() { words[at + 1..].join(" ") } else { name.to_owned() };
    (!name.is_empty()).then_some((name, number))
}
