//! Blocks, as paragraphs and tables.

use std::fmt::Write as _;

use super::super::super::columns;
use super::super::super::{Aligned, Block, Inline, Item, Manner, Table, headings, plain};
use super::super::{CODE, CONTINUED, LEVEL_TWIPS, LEVELS_MAX, QUOTE, RULE, SOURCE, TASKS};
use super::run::{escaped, rightward, source_mark};
use super::{Writer, named};

/// How wide the text of a page is, in twentieths of a point.
const WIDTH_TWIPS: usize = 9_070;
/// A point, in twentieths of one.
const POINT_TWIPS: f32 = 20.0;
/// How large the letters of a table are, and what is free beside what a cell says, in points.
const SIZE: f32 = 11.0;
const BESIDE: f32 = 5.4;
/// Tables of so many rows stay on one page.
const TOGETHER_ROWS_MAX: usize = 14;

/// Where a block stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// How many items of lists are around it.
    pub level: usize,
    /// Whether somebody else said it.
    pub quoted: bool,
    /// The number of the note that it is in.
    pub note: Option<usize>,
}

impl Place {
    fn style(self) -> &'static str {
        match self {
            Self { note: Some(_), .. } => "FootnoteText",
            Self { quoted: true, .. } => QUOTE,
            Self { level: 0, .. } => "",
            _ => CONTINUED,
        }
    }

    /// How far from the edge, where its style does not say it.
    fn indent(self) -> String {
        if self.level == 0 {
            return String::new();
        }
        format!("<w:ind w:left=\"{}\"/>", self.level.min(LEVELS_MAX) * LEVEL_TWIPS)
    }
}

impl Writer<'_> {
    pub(super) fn blocks(&mut self, blocks: &[Block], place: Place) {
        for (count, block) in blocks.iter().enumerate() {
            let mark = place.note.filter(|_| count == 0);
            self.block(block, place, mark.is_some());
        }
    }

    fn block(&mut self, block: &Block, place: Place, first_of_note: bool) {
        if first_of_note {
            let words = match block {
                Block::Paragraph(words) => words.as_slice(),
                _ => &[],
            };
            self.open(place.style(), "", words);
            self.out.push_str(
                "<w:r><w:rPr><w:rStyle w:val=\"FootnoteReference\"/></w:rPr><w:footnoteRef/></w:r>\
                 <w:r><w:t xml:space=\"preserve\"> </w:t></w:r>",
            );
            self.words(words);
            self.out.push_str("</w:p>");
            if matches!(block, Block::Paragraph(_)) {
                return;
            }
        }
        match block {
            Block::Heading(level, words) => self.heading(*level, words, place),
            Block::Paragraph(words) => self.paragraph(place.style(), &place.indent(), words),
            Block::List(first, items) => self.list(*first, items, place),
            Block::Quote(blocks) => {
                if place.quoted || place.level > 0 {
                    self.losses.add("nested_quotes");
                }
                let kept = |block: &&Block| !matches!(block, Block::Paragraph(_));
                self.losses.at("quoted_blocks", "", blocks.iter().filter(kept).count() as u64);
                self.blocks(blocks, Place { quoted: true, ..place });
            }
            Block::Code(language, text) => {
                if let Some(language) = language {
                    self.losses.at("code_languages", language, 1);
                }
                let text = text.strip_suffix('\n').unwrap_or(text);
                let words = [Inline::Text(text.to_owned(), Manner::default())];
                self.paragraph(CODE, &place.indent(), &words);
            }
            Block::Table(table) => self.table(table, place),
            Block::Rule => self.paragraph(RULE, "", &[]),
            Block::PageBreak => {
                self.out.push_str("<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>");
            }
            Block::Contents => self.contents(),
        }
    }

    /// Begins a paragraph of a style; `more` is what it says of itself beyond it.
    fn open(&mut self, style: &str, more: &str, words: &[Inline]) {
        self.out.push_str("<w:p>");
        let style = match style {
            "" => String::new(),
            style => format!("<w:pStyle w:val=\"{style}\"/>"),
        };
        let bidi = if rightward(&plain(words)) { "<w:bidi/>" } else { "" };
        // Numbers come before the direction, and how far from the edge after it.
        let (numbers, after) =
            match more.strip_prefix("<w:numPr>").map(|it| it.split_once("</w:numPr>")) {
                Some(Some((numbers, after))) => (format!("<w:numPr>{numbers}</w:numPr>"), after),
                _ => (String::new(), more),
            };
        let keep = if self.keep { "<w:keepNext/>" } else { "" };
        let all = [style.as_str(), keep, numbers.as_str(), bidi, after].concat();
        if !all.is_empty() {
            let _ = write!(self.out, "<w:pPr>{all}</w:pPr>");
        }
    }

    pub(super) fn paragraph(&mut self, style: &str, more: &str, words: &[Inline]) {
        self.open(style, more, words);
        self.words(words);
        self.out.push_str("</w:p>");
    }

    fn heading(&mut self, level: u8, words: &[Inline], place: Place) {
        if place.level > 0 {
            self.losses.at("list_blocks", &named(words), 1);
        }
        let level = level.clamp(1, 6);
        self.open(&format!("Heading{level}"), "", words);
        self.headings += 1;
        let (id, number) = (self.id(), self.headings);
        let _ = write!(self.out, "<w:bookmarkStart w:id=\"{id}\" w:name=\"_Toc{number:08}\"/>");
        self.words(words);
        let _ = write!(self.out, "<w:bookmarkEnd w:id=\"{id}\"/></w:p>");
    }

    fn list(&mut self, first: Option<u64>, items: &[Item], place: Place) {
        self.lists.push(first);
        let list = self.lists.len();
        let level = place.level.min(LEVELS_MAX - 1);
        if place.level >= LEVELS_MAX {
            self.losses.add("nesting");
        }
        let inner = Place { level: place.level + 1, ..place };
        for item in items {
            let (words, rest) = match item.blocks.as_slice() {
                [Block::Paragraph(words), rest @ ..] => (words.as_slice(), rest),
                rest => (&[][..], rest),
            };
            let numbers = format!(
                "<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{list}\"/></w:numPr>"
            );
            self.open("ListParagraph", &numbers, words);
            if let Some(done) = item.done {
                let sign = TASKS[usize::from(done)];
                let _ = write!(self.out, "<w:r><w:t xml:space=\"preserve\">{sign}</w:t></w:r>");
            }
            self.words(words);
            self.out.push_str("</w:p>");
            self.blocks(rest, inner);
        }
    }

    fn contents(&mut self) {
        if self.in_note {
            return;
        }
        self.out.push_str(
            "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val=\"Table of Contents\"/>\
             <w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent>",
        );
        let begin = "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText \
            xml:space=\"preserve\"> TOC \\o \"1-3\" \\n \\h \\z \\u </w:instrText></w:r><w:r>\
            <w:fldChar w:fldCharType=\"separate\"/></w:r>";
        let mut begun = false;
        for (place, (level, words)) in headings(&self.document.blocks).into_iter().enumerate() {
            if level > 3 {
                continue;
            }
            let begin = if begun { "" } else { begin };
            let (number, words) = (place + 1, escaped(&plain(words)));
            let _ = write!(
                self.out,
                "<w:p><w:pPr><w:pStyle w:val=\"TOC{level}\"/></w:pPr>{begin}<w:hyperlink \
                 w:anchor=\"_Toc{number:08}\" w:history=\"1\"><w:r><w:t xml:space=\"preserve\">\
                 {words}</w:t></w:r></w:hyperlink></w:p>"
            );
            begun = true;
        }
        let begin = if begun { "" } else { begin };
        let _ = write!(
            self.out,
            "<w:p>{begin}<w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p></w:sdtContent></w:sdt>"
        );
    }

    pub(super) fn sources(&mut self) {
        for (place, source) in self.document.sources.iter().enumerate() {
            let apart = if place == 0 { "<w:spacing w:before=\"360\"/>" } else { "" };
            self.open(SOURCE, apart, &source.words);
            let (id, mark) = (self.id(), source_mark(place, &source.key));
            let _ = write!(
                self.out,
                "<w:bookmarkStart w:id=\"{id}\" w:name=\"{mark}\"/><w:r><w:t \
                 xml:space=\"preserve\">[S{}] </w:t></w:r><w:bookmarkEnd w:id=\"{id}\"/>",
                place + 1
            );
            self.words(&source.words);
            self.out.push_str("</w:p>");
        }
    }

    fn table(&mut self, table: &Table, place: Place) {
        if place.level > 0 {
            self.losses.at(
                "list_blocks",
                &named(table.head.first().map_or(&[][..], Vec::as_slice)),
                1,
            );
        }
        let table = table.clone().squared();
        if table.aligned.is_empty() {
            return;
        }
        let headed = table.head.iter().any(|cell| !cell.is_empty());
        let widths = widths(&table);
        let look = if headed { "04A0" } else { "0480" };
        let first = usize::from(headed);
        let _ = write!(
            self.out,
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"5000\" w:type=\"pct\"/>\
             <w:tblLook w:val=\"{look}\" w:firstRow=\"{first}\" w:lastRow=\"0\" \
             w:firstColumn=\"0\" w:lastColumn=\"0\" w:noHBand=\"1\" w:noVBand=\"1\"/></w:tblPr>\
             <w:tblGrid>"
        );
        for width in &widths {
            let _ = write!(self.out, "<w:gridCol w:w=\"{width}\"/>");
        }
        self.out.push_str("</w:tblGrid>");
        let head = headed.then_some(&table.head);
        let rows = table.rows.len() + first;
        let keep = rows <= TOGETHER_ROWS_MAX;
        for (count, row) in head.into_iter().chain(&table.rows).enumerate() {
            self.out.push_str("<w:tr><w:trPr><w:cantSplit/>");
            self.out.push_str(if headed && count == 0 { "<w:tblHeader/>" } else { "" });
            self.out.push_str("</w:trPr>");
            self.keep = keep && count + 1 < rows;
            for ((cell, aligned), width) in row.iter().zip(&table.aligned).zip(&widths) {
                let _ = write!(
                    self.out,
                    "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>"
                );
                let stands = match aligned {
                    Aligned::Start => "",
                    Aligned::Center => "<w:jc w:val=\"center\"/>",
                    Aligned::End => "<w:jc w:val=\"end\"/>",
                };
                self.paragraph("", stands, cell);
                self.out.push_str("</w:tc>");
            }
            self.out.push_str("</w:tr>");
        }
        self.keep = false;
        // Two tables with nothing between would be one, and a page may not end in one.
        self.out.push_str("</w:tbl><w:p><w:pPr><w:spacing w:after=\"0\"/></w:pPr></w:p>");
    }
}

/// How wide each column is, in twentieths of a point.
fn widths(table: &Table) -> Vec<usize> {
    let room = WIDTH_TWIPS as f32 / POINT_TWIPS;
    let widths = columns::widths(table, room, SIZE, BESIDE);
    widths.into_iter().map(|width| (width * POINT_TWIPS) as usize).collect()
}
