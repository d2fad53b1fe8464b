use super::super::graph::laid;
use super::{Diagram, Direction, diagram};

const ROOM: [f64; 4] = [10.0, 20.0, 800.0, 400.0];

fn apart(one: [f64; 4], other: [f64; 4]) -> bool {
    let [x, y, wide, high] = one;
    let [u, v, broad, tall] = other;
    x + wide <= u || u + broad <= x || y + high <= v || v + tall <= y
}

fn sound(diagram: &Diagram) -> Vec<[f64; 4]> {
    let laid = laid(diagram, ROOM);
    assert_eq!(laid, super::super::graph::laid(diagram, ROOM));
    assert_eq!((laid.boxes.len(), laid.arrows.len()), (diagram.nodes.len(), diagram.edges.len()));
    for (at, one) in laid.boxes.iter().enumerate() {
        let [x, y, wide, high] = *one;
        assert!(x >= ROOM[0] && y >= ROOM[1], "{one:?}");
        assert!(x + wide <= ROOM[0] + ROOM[2] && y + high <= ROOM[1] + ROOM[3], "{one:?}");
        assert!(laid.boxes[..at].iter().all(|other| apart(*one, *other)), "{:?}", laid.boxes);
    }
    laid.boxes
}

#[test]
fn boxes_stand_one_after_the_other_along_the_arrows() {
    let edges = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "e")];
    let boxes = sound(&diagram(Direction::Right, &edges));
    assert!(boxes[0][0] < boxes[1][0] && boxes[1][0] < boxes[2][0] && boxes[2][0] < boxes[3][0]);
    let boxes = sound(&diagram(Direction::Down, &edges));
    assert!(boxes[0][1] < boxes[1][1] && boxes[1][1] < boxes[2][1] && boxes[2][1] < boxes[3][1]);
}

#[test]
fn circles_and_arrows_to_themselves_are_laid_out() {
    let boxes = sound(&diagram(Direction::Right, &[("a", "b"), ("b", "a"), ("b", "b")]));
    assert!(boxes[0][0] < boxes[1][0]);
    let circle: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    let around: Vec<(&str, &str)> = circle
        .iter()
        .zip(circle.iter().cycle().skip(1))
        .map(|(one, next)| (one.as_str(), next.as_str()))
        .collect();
    sound(&diagram(Direction::Down, &around));
    assert_eq!(sound(&Diagram::default()), Vec::<[f64; 4]>::new());
}

#[test]
fn an_arrow_passes_the_boxes_between_its_ends() {
    let diagram = diagram(Direction::Right, &[("a", "b"), ("b", "c"), ("a", "c")]);
    let laid = laid(&diagram, ROOM);
    let [_, middle, _] = laid.boxes[..] else { panic!("three boxes") };
    let [_, (x, y), _] = laid.arrows[2][..] else { panic!("a bend: {:?}", laid.arrows) };
    let around = [x - 0.5, y - 0.5, 1.0, 1.0];
    assert!(apart(middle, around), "{middle:?} {around:?}");
}
