//! Paragraphs.

use std::collections::BTreeMap;

use super::super::super::model::{LEVEL_MAX, Paragraph, Raised, Run, Sign};
use crate::document::leads;
use crate::losses::Losses;
use crate::package::{Element, Relation};

/// Where texts lead, what they lost and where they stand.
pub struct Around<'a> {
    /// Where links lead.
    pub ways: &'a BTreeMap<String, Relation>,
    /// What is lost.
    pub losses: &'a mut Losses,
    /// The id of the slide.
    pub slide: &'a str,
}

/// The paragraphs of a text; none where it says nothing at all.
pub fn paragraphs(text: &Element, around: &mut Around<'_>) -> Vec<Paragraph> {
    let mut all: Vec<Paragraph> = Vec::new();
    for paragraph in text.all("p") {
        all.push(self::paragraph(paragraph, around));
    }
    if all.len() == 1 && all.iter().all(|it| it.words.is_empty() && it.sign == Sign::Own) {
        all.clear();
    }
    all
}

/// A paragraph.
pub fn paragraph(paragraph: &Element, around: &mut Around<'_>) -> Paragraph {
    let mut out = Paragraph::default();
    if let Some(look) = paragraph.child("pPr") {
        out.level = look.number("lvl").unwrap_or(0).min(LEVEL_MAX);
        if look.child("buNone").is_some() {
            out.sign = Sign::Bare;
        } else if look.child("buAutoNum").is_some() {
            out.sign = Sign::Number;
        } else if look.child("buChar").is_some() || look.child("buBlip").is_some() {
            out.sign = Sign::Bullet;
        }
    }
    for piece in &paragraph.children {
        match piece.name.as_str() {
            "r" | "fld" => {
                let text = piece.child("t").map(|it| it.text.clone()).unwrap_or_default();
                push(&mut out.words, run(piece, text, around));
            }
            "br" => push(&mut out.words, run(piece, "\n".to_owned(), around)),
            "pPr" | "endParaRPr" => {}
            _ => around.losses.at("formulas", around.slide, 1),
        }
    }
    out
}

fn push(words: &mut Vec<Run>, run: Run) {
    match words.last_mut() {
        _ if run.text.is_empty() => {}
        Some(last) if last.looks_as(&run) => last.text.push_str(&run.text),
        _ => words.push(run),
    }
}

fn run(piece: &Element, text: String, around: &mut Around<'_>) -> Run {
    let mut run = Run { text, ..Run::default() };
    let Some(look) = piece.child("rPr") else { return run };
    run.bold = look.is("b");
    run.italic = look.is("i");
    run.underlined = look.says("u").is_some_and(|it| it != "none");
    run.struck = look.says("strike").is_some_and(|it| it != "noStrike");
    let raised = look.says("baseline").and_then(|it| it.trim_end_matches('%').parse::<i32>().ok());
    run.raised = match raised.unwrap_or(0) {
        0 => None,
        above if above > 0 => Some(Raised::Above),
        _ => Some(Raised::Below),
    };
    let font = look.child("latin").and_then(|it| it.says("typeface")).unwrap_or_default();
    run.code = ["Mono", "Courier", "Consolas", "Menlo"].iter().any(|it| font.contains(it));
    if look.child("solidFill").is_some()
        || (!run.code && !font.is_empty() && !font.starts_with('+'))
    {
        around.losses.at("text_looks", around.slide, 1);
    }
    if let Some(link) = look.child("hlinkClick") {
        let way = link.relates("id").and_then(|id| around.ways.get(id));
        let to = way.filter(|way| way.outside && leads(&way.target)).map(|way| way.target.clone());
        if to.is_none() {
            around.losses.at("links", around.slide, 1);
        }
        run.link = to;
    }
    run
}
