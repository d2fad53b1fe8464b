//! A deck as CommonMark: a heading for each slide, and below it what is said there.

use super::layout::Role;
use super::model::{Chart, Content, Deck, Diagram, Node, Slide};
use super::words::{blocks, inlines};
use crate::document::{
    self, Aligned, Block, Document, Error, Format, Image, Inline, Manner, Meta, Table,
};
use crate::losses::Losses;

/// The text of a deck, with what of it no text can say. Charts are tables of their numbers, arrows
/// are items of lists, and notes are quotes.
///
/// # Errors
/// When there is no text for it.
pub(super) fn write(deck: &Deck) -> Result<(Vec<u8>, Losses), Error> {
    let mut losses = Losses::new();
    let mut whole = Document::default();
    if let Some(title) = &deck.title {
        whole.blocks.push(Block::Heading(1, said(title)));
    }
    for (number, slide) in (1..).zip(&deck.slides) {
        let title = title(deck, slide).unwrap_or_else(|| format!("Slide {number}"));
        whole.blocks.push(Block::Heading(2, said(&title)));
        below(deck, slide, &mut whole.blocks, &mut losses);
    }
    losses.at("layouts", "", u64::from(!deck.slides.is_empty()));
    losses.at("theme", "", 1);
    let (bytes, lost) = document::write(Format::Markdown, &whole, &Meta::default())?;
    losses.extend(&lost);
    Ok((bytes, losses))
}

/// What stands in the place of a slide's title.
pub(super) fn title(deck: &Deck, slide: &Slide) -> Option<String> {
    let place = deck.layout(&slide.layout)?.title()?.number;
    let part = slide.parts.iter().find(|part| part.place == Some(place))?;
    let Content::Text(words) = &part.content else { return None };
    let words: Vec<String> = words.iter().map(super::model::Paragraph::text).collect();
    let title = words.join(" ").replace('\n', " ").trim().to_owned();
    (!title.is_empty()).then_some(title)
}

fn below(deck: &Deck, slide: &Slide, told: &mut Vec<Block>, losses: &mut Losses) {
    let layout = deck.layout(&slide.layout);
    for part in &slide.parts {
        let place = part.place.and_then(|number| layout?.place(number));
        if place.is_some_and(|place| place.role == Role::Title) {
            continue;
        }
        match &part.content {
            Content::Text(words) => {
                let bullets = place.is_some_and(|place| place.letters.bullets);
                told.extend(blocks(words, bullets));
            }
            Content::Picture(picture) => {
                let image = Image { source: picture.source.clone(), alt: picture.alt.clone() };
                losses.at("pictures", &slide.id, 1);
                told.push(Block::Paragraph(vec![Inline::Image(image)]));
            }
            Content::Table(table) => {
                let row =
                    |row: &Vec<super::model::Cell>| row.iter().map(|it| inlines(it)).collect();
                let rows = table.rows.iter().map(row).collect();
                let table = Table { head: row(&table.head), rows, ..Table::default() };
                told.push(Block::Table(table.squared()));
            }
            Content::Chart(chart) => {
                losses.at("charts", &slide.id, 1);
                told.extend(of_chart(chart));
            }
            Content::Diagram(diagram) => {
                losses.at("diagrams", &slide.id, 1);
                told.extend(of_diagram(diagram));
            }
        }
    }
    if !slide.notes.is_empty() {
        told.push(Block::Quote(blocks(&slide.notes, false)));
    }
    losses.at("hidden", &slide.id, u64::from(slide.hidden));
}

fn of_chart(chart: &Chart) -> Vec<Block> {
    let mut told = Vec::new();
    if !chart.title.is_empty() {
        let bold = Manner { bold: true, ..Manner::default() };
        told.push(Block::Paragraph(vec![Inline::Text(chart.title.clone(), bold)]));
    }
    let names = chart.series.iter().map(|series| said(&series.name));
    let head: Vec<Vec<Inline>> = std::iter::once(Vec::new()).chain(names).collect();
    let long = chart.series.iter().map(|series| series.values.len()).max().unwrap_or_default();
    let row = |at: usize| {
        let along = chart.series.first().and_then(|series| series.along.get(at));
        let named = chart.categories.get(at).cloned();
        let first = named.or_else(|| along.map(f64::to_string));
        let first = first.unwrap_or_else(|| (at + 1).to_string());
        let value = |series: &super::model::Series| {
            let value = series.values.get(at).copied().flatten();
            value.map_or_else(Vec::new, |value| said(&value.to_string()))
        };
        std::iter::once(said(&first)).chain(chart.series.iter().map(value)).collect()
    };
    let rows = (0..long).map(row).collect();
    let mut aligned = vec![Aligned::Start];
    aligned.resize(head.len(), Aligned::End);
    told.push(Block::Table(Table { aligned, head, rows }.squared()));
    told
}

fn of_diagram(diagram: &Diagram) -> Vec<Block> {
    let label = |id: &String| {
        let node = diagram.nodes.iter().find(|node| node.id == *id);
        node.map_or_else(|| id.clone(), |node| node.label.clone())
    };
    let arrow = |from: &String, to: &String| said(&format!("{} → {}", label(from), label(to)));
    let alone =
        |node: &&Node| !diagram.edges.iter().any(|edge| edge.from == node.id || edge.to == node.id);
    let arrows = diagram.edges.iter().map(|edge| arrow(&edge.from, &edge.to));
    let others = diagram.nodes.iter().filter(alone).map(|node| said(&node.label));
    let item = |words| document::Item { done: None, blocks: vec![Block::Paragraph(words)] };
    let items: Vec<_> = arrows.chain(others).map(item).collect();
    if items.is_empty() { Vec::new() } else { vec![Block::List(None, items)] }
}

fn said(text: &str) -> Vec<Inline> {
    let mut words = Vec::new();
    document::push(&mut words, Inline::Text(text.to_owned(), Manner::default()));
    words
}
