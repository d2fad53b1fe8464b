mod fits;
mod graph;
mod hostile;
mod pages;
mod rounds;
mod texts;

use super::{
    Area, Chart, ChartSort, Content, Deck, Diagram, Direction, Edge, Error, Finding, Flaw, Format,
    Limits, Node, Paragraph, Part, Picture, Raised, Run, Series, Sign, Slide, Table, Theme, check,
    read, svg, write,
};
use crate::document::{Meta, reference};
use crate::losses::Losses;

const PNG: &[u8] = include_bytes!("../../document/tests/pixel.png");

fn meta() -> Meta {
    Meta { author: Some("Ann".to_owned()), at_s: 1_700_000_000, ..Meta::default() }
}

fn file(format: Format, deck: &Deck) -> (Vec<u8>, Losses) {
    write(format, deck, &meta(), &Limits::default()).expect("written")
}

fn opened(format: Format, bytes: &[u8]) -> (Deck, Losses) {
    read(format, bytes, &Limits::default()).expect("read")
}

fn said(text: &str) -> Content {
    Content::Text(text.lines().map(Paragraph::plain).collect())
}

fn at(place: u32, content: Content) -> Part {
    Part { place: Some(place), area: None, content }
}

fn slide(id: &str, layout: &str, parts: Vec<Part>) -> Slide {
    Slide { id: id.to_owned(), layout: layout.to_owned(), parts, ..Slide::default() }
}

fn chart(sort: ChartSort) -> Content {
    let series = |name: &str, values: &[f64]| Series {
        name: name.to_owned(),
        along: if sort == ChartSort::Scatter { vec![0.5, 2.25, 3.0] } else { Vec::new() },
        values: values.iter().copied().map(Some).collect(),
    };
    let mut series = vec![series("Tiles & more", &[420.5, 480.0, -30.0])];
    if sort != ChartSort::Pie {
        series.push(Series { values: vec![Some(1.0), None, Some(0.1)], ..series[0].clone() });
        series[1].name = "Slates".to_owned();
    } else {
        series[0].values[2] = Some(100.0);
    }
    let categories = ["North", "<South>", "West"].map(str::to_owned);
    Content::Chart(Chart {
        sort,
        title: "Costs \"2026\"".to_owned(),
        categories: if sort == ChartSort::Scatter { Vec::new() } else { categories.to_vec() },
        series,
        alt: "Costs by side".to_owned(),
    })
}

fn diagram(direction: Direction, edges: &[(&str, &str)]) -> Diagram {
    let mut nodes: Vec<Node> = Vec::new();
    for id in edges.iter().flat_map(|(from, to)| [from, to]) {
        if !nodes.iter().any(|node| node.id == **id) {
            nodes.push(Node { id: (*id).to_owned(), label: format!("Step {id}") });
        }
    }
    let edge = |(from, to): &(&str, &str)| Edge { from: (*from).into(), to: (*to).into() };
    let alt = "From water to roof".to_owned();
    Diagram { direction, nodes, edges: edges.iter().map(edge).collect(), alt }
}

fn words() -> Vec<Paragraph> {
    let run = |text: &str| Run::plain(text);
    let looks = vec![
        run("Plain, "),
        Run { bold: true, ..run("bold") },
        run(" "),
        Run { italic: true, underlined: true, ..run("slanted") },
        run(" "),
        Run { struck: true, ..run("gone") },
        Run { code: true, ..run("code") },
        Run { raised: Some(Raised::Above), ..run("2") },
        Run { raised: Some(Raised::Below), ..run("3") },
        Run { link: Some("https://example.org/a?b=c&d".to_owned()), ..run("a link") },
    ];
    let level = |level, sign, text: &str| Paragraph { level, sign, ..Paragraph::plain(text) };
    vec![
        Paragraph { words: looks, ..Paragraph::default() },
        level(1, Sign::Own, "deeper,\nin two lines"),
        level(2, Sign::Own, "and deeper & <deeper>"),
        level(0, Sign::Number, "counted"),
        level(0, Sign::Number, "counted again"),
        level(0, Sign::Bare, "bare"),
        Paragraph::default(),
        level(0, Sign::Bullet, "שלום עולם"),
    ]
}

/// A deck with one of everything.
fn all() -> Deck {
    let mut deck = Deck::new(Some("Roof & wall".to_owned()), Theme::default());
    let key = reference(PNG);
    deck.media.insert(key.clone(), PNG.to_vec());
    let picture = Content::Picture(Picture { source: key, alt: "A \"dot\"".to_owned() });
    let cell = |text: &str| vec![Run::plain(text)];
    let head = vec![cell("Item"), cell("Price")];
    let rows = vec![vec![cell("Tiles"), cell("420.5")], vec![cell("Slates"), Vec::new()]];
    let table = Content::Table(Table { head, rows, alt: "Prices".to_owned() });
    let steps = diagram(Direction::Right, &[("a", "b"), ("b", "c"), ("a", "c"), ("c", "a")]);
    let area = Some(Area::points(100, 120, 300, 80));
    let free = Part { place: None, area, content: said("anywhere") };
    deck.slides = vec![
        slide("start", "title", vec![at(0, said("Roof & wall")), at(1, said("What it costs"))]),
        slide(
            "words",
            "title_and_content",
            vec![at(0, said("Words")), at(1, Content::Text(words()))],
        ),
        slide(
            "halves",
            "two_columns",
            vec![at(0, said("Two")), at(1, said("left\nmore")), at(2, Content::Diagram(steps))],
        ),
        slide("part", "section", vec![at(0, said("A part"))]),
        slide("seen", "picture", vec![at(0, said("Seen")), at(1, picture), at(2, said("A dot"))]),
        slide("bars", "chart", vec![at(0, said("Bars")), at(1, chart(ChartSort::Bar))]),
        slide("lines", "chart", vec![at(0, said("Lines")), at(1, chart(ChartSort::Line))]),
        slide("points", "chart", vec![at(0, said("Points")), at(1, chart(ChartSort::Scatter))]),
        slide("shares", "chart", vec![at(0, said("Shares")), at(1, chart(ChartSort::Pie))]),
        slide("prices", "table", vec![at(0, said("Prices")), at(1, table)]),
        slide("said", "quote", vec![at(1, said("Water comes in.")), at(2, said("The owner"))]),
        slide("free", "blank", vec![free]),
    ];
    deck.slides[1].notes = vec![Paragraph::plain("Say it slowly."), Paragraph::plain("Twice.")];
    deck
}
