//! The blocks of a text.

use super::super::super::file::Error;
use super::super::super::{Aligned, Block, Inline, Table, push};
use super::flow::Flow;
use super::{Reader, said, unended};
use crate::package::{Piece, Xml};

impl Reader {
    /// The blocks of the main part.
    pub(super) fn body(&mut self, text: &str) -> Result<Vec<Block>, Error> {
        let mut xml = Xml::new(text, self.limits.bounds.depth_max);
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, _) if name == "body" => {
                    let mut flow = Flow::default();
                    self.blocks(&mut xml, &mut flow)?;
                    return Ok(flow.done());
                }
                _ => {}
            }
        }
        Ok(Vec::new())
    }

    /// The notes of a part.
    pub(super) fn notes(&mut self, text: &str, at_end: bool) -> Result<(), Error> {
        let mut xml = Xml::new(text, self.limits.bounds.depth_max);
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, of) if matches!(name.as_str(), "footnote" | "endnote") => {
                    let id = said(&of, "id").unwrap_or_default();
                    let id = if at_end { format!("e{id}") } else { id.to_owned() };
                    let own = matches!(said(&of, "type"), None | Some("normal"));
                    let mut flow = Flow::default();
                    self.blocks(&mut xml, &mut flow)?;
                    if own {
                        let mut blocks = flow.done();
                        // A space parts the sign of a note from what it says.
                        if let Some(Block::Paragraph(words)) = blocks.first_mut()
                            && let Some(Inline::Text(text, _)) = words.first_mut()
                        {
                            *text = text.trim_start().to_owned();
                        }
                        self.noted.insert(id, blocks);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Blocks up to the end of the element that is open.
    fn blocks(&mut self, xml: &mut Xml<'_>, flow: &mut Flow) -> Result<(), Error> {
        let mut depth = 0_usize;
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, _) => match name.as_str() {
                    "p" => {
                        self.stands = Aligned::Start;
                        self.paragraph(xml, flow)?;
                        // Only tables tell where their texts stand.
                        if self.stands != Aligned::Start {
                            self.losses.once("alignment");
                        }
                    }
                    "tbl" => {
                        let table = self.table(xml)?;
                        if !table.aligned.is_empty() {
                            flow.put(Block::Table(table));
                        }
                    }
                    "sdt" => self.control(xml, flow)?,
                    "sectPr" | "sdtPr" | "Fallback" | "tcPr" => skip(xml)?,
                    "altChunk" => {
                        self.losses.add("embedded");
                        skip(xml)?;
                    }
                    "oMathPara" => {
                        self.losses.add("formulas");
                        skip(xml)?;
                    }
                    _ => depth += 1,
                },
                Piece::Close(_) if depth == 0 => return Ok(()),
                Piece::Close(_) => depth -= 1,
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }

    /// What a control holds; a table of contents is made anew.
    fn control(&mut self, xml: &mut Xml<'_>, flow: &mut Flow) -> Result<(), Error> {
        let (mut depth, mut contents) = (0_usize, false);
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, of) => match name.as_str() {
                    "docPartGallery" => {
                        contents |= said(&of, "val") == Some("Table of Contents");
                        depth += 1;
                    }
                    "sdtContent" if contents => {
                        skip(xml)?;
                        flow.put(Block::Contents);
                    }
                    "sdtContent" => self.blocks(xml, flow)?,
                    _ => depth += 1,
                },
                Piece::Close(_) if depth == 0 => return Ok(()),
                Piece::Close(_) => depth -= 1,
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }

    fn table(&mut self, xml: &mut Xml<'_>) -> Result<Table, Error> {
        let mut table = Table::default();
        let (mut depth, mut headed, mut rows) = (0_usize, false, Vec::new());
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, of) => match name.as_str() {
                    "tblLook" => {
                        let bits = said(&of, "val").and_then(|it| u32::from_str_radix(it, 16).ok());
                        let first = said(&of, "firstRow").map(|it| it == "1" || it == "true");
                        headed |= first.unwrap_or(bits.is_some_and(|bits| bits & 0x20 != 0));
                        depth += 1;
                    }
                    "tr" => {
                        let (cells, head) = self.row(xml, &mut table.aligned)?;
                        headed |= head && rows.is_empty();
                        rows.push(cells);
                    }
                    _ => depth += 1,
                },
                Piece::Close(_) if depth == 0 => {
                    if headed && !rows.is_empty() {
                        table.head = rows.remove(0);
                    }
                    table.rows = rows;
                    return Ok(table.squared());
                }
                Piece::Close(_) => depth -= 1,
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }

    /// The cells of a row, and whether it is a head.
    fn row(
        &mut self,
        xml: &mut Xml<'_>,
        aligned: &mut Vec<Aligned>,
    ) -> Result<(Vec<Vec<Inline>>, bool), Error> {
        let (mut depth, mut head, mut cells) = (0_usize, false, Vec::new());
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, of) => match name.as_str() {
                    "tblHeader" => {
                        head = super::styles::on(said(&of, "val"));
                        depth += 1;
                    }
                    "tc" => {
                        self.count()?;
                        let (words, stands, wide) = self.cell(xml)?;
                        if cells.len() == aligned.len() {
                            aligned.push(stands);
                        }
                        cells.push(words);
                        cells.extend((1..wide).map(|_| Vec::new()));
                    }
                    _ => depth += 1,
                },
                Piece::Close(_) if depth == 0 => return Ok((cells, head)),
                Piece::Close(_) => depth -= 1,
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }

    /// What a cell says, where its text stands, and how many columns it takes.
    fn cell(&mut self, xml: &mut Xml<'_>) -> Result<(Vec<Inline>, Aligned, usize), Error> {
        let mut flow = Flow::default();
        let (mut depth, mut wide) = (0_usize, 1_usize);
        self.stands = Aligned::Start;
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, of) => match name.as_str() {
                    "gridSpan" => {
                        let span = said(&of, "val").and_then(|it| it.parse().ok()).unwrap_or(1);
                        wide = usize::clamp(span, 1, 1_000);
                        self.losses.at("merged_cells", "", u64::from(wide > 1));
                        depth += 1;
                    }
                    "vMerge" => {
                        let goes_on = said(&of, "val") != Some("restart");
                        self.losses.at("merged_cells", "", u64::from(goes_on));
                        depth += 1;
                    }
                    "p" => self.paragraph(xml, &mut flow)?,
                    "tbl" => {
                        self.losses.add("nested_tables");
                        let inner = self.table(xml)?;
                        let all = std::iter::once(inner.head).chain(inner.rows).flatten();
                        all.for_each(|words| flow.put(Block::Paragraph(words)));
                    }
                    "sdt" => self.control(xml, &mut flow)?,
                    _ => depth += 1,
                },
                Piece::Close(_) if depth == 0 => {
                    let words = self.joined(flow.done());
                    return Ok((words, self.stands, wide));
                }
                Piece::Close(_) => depth -= 1,
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }

    /// Blocks as what stands in one cell.
    fn joined(&mut self, blocks: Vec<Block>) -> Vec<Inline> {
        let mut words = Vec::new();
        for block in blocks {
            let said = match block {
                Block::Paragraph(said) | Block::Heading(_, said) => said,
                Block::List(_, items) => {
                    self.losses.add("cell_blocks");
                    let items = items.into_iter().map(|item| self.joined(item.blocks));
                    let items: Vec<_> = items.collect();
                    items.join(&Inline::Break)
                }
                _ => {
                    self.losses.add("cell_blocks");
                    continue;
                }
            };
            if !words.is_empty() && !said.is_empty() {
                words.push(Inline::Break);
            }
            said.into_iter().for_each(|word| push(&mut words, word));
        }
        words
    }
}

/// Passes by what is left of the element that is open.
pub(super) fn skip(xml: &mut Xml<'_>) -> Result<(), Error> {
    let mut depth = 0_usize;
    for piece in xml.by_ref() {
        match piece? {
            Piece::Open(..) => depth += 1,
            Piece::Close(_) if depth == 0 => return Ok(()),
            Piece::Close(_) => depth -= 1,
            Piece::Text(_) => {}
        }
    }
    Err(unended())
}
