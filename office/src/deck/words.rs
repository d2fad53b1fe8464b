//! Texts of slides as CommonMark, and CommonMark as texts of slides.

use super::model::{LEVEL_MAX, Paragraph, Raised, Run, Sign};
use crate::document::{
    self, Block, Error, Format, Inline, Item, Limits, Manner, Raised as Stands, plain,
};
use crate::losses::Losses;

/// The paragraphs that a text in CommonMark comes to, with what of it no slide can say.
///
/// # Errors
/// When it is larger than the limits of documents.
pub fn from_markdown(text: &str) -> Result<(Vec<Paragraph>, Losses), Error> {
    let (read, mut losses) = document::read(Format::Markdown, text.as_bytes(), &Limits::default())?;
    let mut told = Vec::new();
    taken(&read.blocks, 0, Sign::Own, &mut told, &mut losses);
    losses.at("notes", "", read.notes.len() as u64);
    losses.at("citations", "", read.sources.len() as u64);
    Ok((told, losses))
}

fn taken(blocks: &[Block], level: u8, sign: Sign, told: &mut Vec<Paragraph>, lost: &mut Losses) {
    for (at, block) in blocks.iter().enumerate() {
        // Only the first block of an item has its sign.
        let sign = if at == 0 || sign == Sign::Own { sign } else { Sign::Bare };
        let mut add = |words: Vec<Run>| told.push(Paragraph { level, sign, words });
        match block {
            Block::Heading(_, words) => {
                add(runs(words, lost).into_iter().map(|run| Run { bold: true, ..run }).collect());
            }
            Block::Paragraph(words) => add(runs(words, lost)),
            Block::Code(_, code) => {
                let text = code.trim_end_matches('\n').to_owned();
                add(vec![Run { text, code: true, ..Run::default() }]);
            }
            Block::Quote(blocks) => {
                let from = told.len();
                taken(blocks, level, sign, told, lost);
                let quoted = told[from..].iter_mut().flat_map(|paragraph| &mut paragraph.words);
                quoted.for_each(|run| run.italic = true);
            }
            Block::List(first, items) => {
                let sign = if first.is_some() { Sign::Number } else { Sign::Bullet };
                for Item { blocks, .. } in items {
                    let (own, inner) = split(blocks);
                    taken(own, level, sign, told, lost);
                    let deeper = (level + 1).min(LEVEL_MAX);
                    taken(inner, deeper, Sign::Own, told, lost);
                }
            }
            Block::Table(_) => lost.add("tables"),
            Block::Rule | Block::PageBreak | Block::Contents => lost.add("rules"),
        }
    }
}

/// What stands in an item itself, and the lists below it.
fn split(blocks: &[Block]) -> (&[Block], &[Block]) {
    let list = |block: &Block| matches!(block, Block::List(..));
    blocks.split_at(blocks.iter().position(list).unwrap_or(blocks.len()))
}

/// Inlines as runs.
fn runs(words: &[Inline], lost: &mut Losses) -> Vec<Run> {
    let mut told: Vec<Run> = Vec::new();
    for word in words {
        let run = match word {
            Inline::Text(text, manner) => Run { text: text.clone(), ..look(manner) },
            Inline::Break => Run { text: "\n".to_owned(), ..Run::default() },
            Inline::Image(image) => {
                lost.add("images");
                Run { text: image.alt.clone(), italic: true, ..Run::default() }
            }
            Inline::Note(_) | Inline::Cite(_) | Inline::Comment(_) => continue,
        };
        match told.last_mut() {
            Some(last) if last.looks_as(&run) => last.text.push_str(&run.text),
            _ => told.push(run),
        }
    }
    told
}

fn look(manner: &Manner) -> Run {
    Run {
        text: String::new(),
        bold: manner.bold,
        italic: manner.italic,
        underlined: manner.underlined,
        struck: manner.struck,
        code: manner.code,
        raised: match manner.raised {
            Stands::No => None,
            Stands::Above => Some(Raised::Above),
            Stands::Below => Some(Raised::Below),
        },
        link: manner.link.clone(),
    }
}

/// Paragraphs as blocks of a document. What has its place's sign is an item of a list where
/// `bullets` says that the place has bullets.
pub(super) fn blocks(paragraphs: &[Paragraph], bullets: bool) -> Vec<Block> {
    let mut done = Vec::new();
    let mut rest = paragraphs;
    while let Some(first) = rest.first() {
        let sign = sign(first, bullets);
        if sign == Sign::Bare && first.level == 0 {
            done.push(Block::Paragraph(inlines(&first.words)));
            rest = &rest[1..];
            continue;
        }
        let level = first.level;
        let ends = |it: &Paragraph| {
            it.level < level
                || it.level == level && self::sign(it, bullets) != sign
                || it.level == 0 && self::sign(it, bullets) == Sign::Bare
        };
        let end = rest.iter().skip(1).position(ends).map_or(rest.len(), |at| at + 1);
        done.push(list(&rest[..end], level, sign, bullets));
        rest = &rest[end..];
    }
    done
}

/// Paragraphs of one level as a list, with what is deeper below each.
fn list(paragraphs: &[Paragraph], level: u8, sign: Sign, bullets: bool) -> Block {
    let mut items: Vec<Item> = Vec::new();
    let mut rest = paragraphs;
    while let Some(first) = rest.first() {
        let end = rest.iter().skip(1).position(|it| it.level <= level);
        let end = end.map_or(rest.len(), |at| at + 1);
        let mut item = vec![Block::Paragraph(inlines(&first.words))];
        item.extend(blocks(&rest[1..end], bullets));
        items.push(Item { done: None, blocks: item });
        rest = &rest[end..];
    }
    Block::List((sign == Sign::Number).then_some(1), items)
}

/// What stands before a paragraph in the end.
fn sign(paragraph: &Paragraph, bullets: bool) -> Sign {
    match paragraph.sign {
        Sign::Own if bullets => Sign::Bullet,
        Sign::Own => Sign::Bare,
        sign => sign,
    }
}

/// Runs as inlines.
pub(super) fn inlines(words: &[Run]) -> Vec<Inline> {
    let mut done = Vec::new();
    for run in words {
        let manner = Manner {
            bold: run.bold,
            italic: run.italic,
            struck: run.struck,
            underlined: run.underlined,
            code: run.code,
            raised: match run.raised {
                None => Stands::No,
                Some(Raised::Above) => Stands::Above,
                Some(Raised::Below) => Stands::Below,
            },
            link: run.link.clone(),
            change: None,
        };
        for (at, line) in run.text.split('\n').enumerate() {
            if at > 0 {
                done.push(Inline::Break);
            }
            document::push(&mut done, Inline::Text(line.to_owned(), manner.clone()));
        }
    }
    if plain(&done).trim().is_empty() { Vec::new() } else { done }
}
