//! Tables.

use std::fmt::Write as _;

use super::super::super::area::emu;
use super::super::super::grid::{BESIDE, Grid, grid};
use super::super::super::layout::Aligned;
use super::super::super::model::{Cell, Table};
use super::super::super::theme::Slot;
use super::super::{DRAWING, TABLE};
use super::slide::{Sheet, Spot};
use super::text::words;
use super::theme::fill;
use super::{Writer, XML};
use crate::document::pdf::tag::Tags;

/// What the look of tables is called.
const STYLE: &str = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}";

/// The looks of tables: a head in a colour, and lines below rows.
pub fn styles() -> String {
    let line = |side: &str| {
        let fill = fill(Slot::Accent1);
        format!("<a:{side}><a:ln w=\"9525\">{fill}</a:ln></a:{side}>")
    };
    let lines: String = ["bottom", "insideH"].map(line).concat();
    let (head, soft, accent) = ("bg1", fill(Slot::Soft), fill(Slot::Accent1));
    format!(
        "{XML}<a:tblStyleLst xmlns:a=\"{DRAWING}\" def=\"{STYLE}\"><a:tblStyle \
         styleId=\"{STYLE}\" styleName=\"Deck\"><a:wholeTbl><a:tcTxStyle><a:fontRef idx=\"minor\"/>\
         <a:schemeClr val=\"tx1\"/></a:tcTxStyle><a:tcStyle><a:tcBdr>{lines}</a:tcBdr></a:tcStyle>\
         </a:wholeTbl><a:band2H><a:tcStyle><a:tcBdr/><a:fill>{soft}</a:fill></a:tcStyle></a:band2H>\
         <a:firstRow><a:tcTxStyle b=\"on\"><a:fontRef idx=\"minor\"/><a:schemeClr val=\"{head}\"/>\
         </a:tcTxStyle><a:tcStyle><a:tcBdr/><a:fill>{accent}</a:fill></a:tcStyle></a:firstRow>\
         </a:tblStyle></a:tblStyleLst>"
    )
}

impl Writer<'_> {
    pub(super) fn table(&mut self, table: &Table, spot: Spot<'_>, sheet: &mut Sheet) {
        let [_, _, wide, high] = spot.area.in_points();
        let colors = &self.deck.theme.colors;
        let room = (wide as f32, high as f32);
        let grid = grid(table, room, colors, &mut self.shaper, &mut Tags::default());
        let mut out = format!(
            "<a:tbl><a:tblPr firstRow=\"1\" bandRow=\"1\"><a:tableStyleId>{STYLE}</a:tableStyleId>\
             </a:tblPr><a:tblGrid>"
        );
        for column in &grid.columns {
            let _ = write!(out, "<a:gridCol w=\"{}\"/>", emu(f64::from(*column)));
        }
        out.push_str("</a:tblGrid>");
        let rows = std::iter::once(&table.head).chain(&table.rows);
        for (cells, (high, _)) in rows.zip(&grid.rows) {
            let _ = write!(out, "<a:tr h=\"{}\">", emu(f64::from(*high)));
            for (cell, aligned) in cells.iter().zip(&grid.aligned) {
                self.cell(&mut out, cell, (&grid, *aligned), sheet);
            }
            out.push_str("</a:tr>");
        }
        out.push_str("</a:tbl>");
        Self::framed(sheet, spot, ("Table", &table.alt), (TABLE, &out));
    }

    fn cell(
        &self,
        out: &mut String,
        cell: &Cell,
        (grid, aligned): (&Grid, Aligned),
        sheet: &mut Sheet,
    ) {
        let language = self.meta.language.as_deref().unwrap_or("en");
        let size = format!(" sz=\"{}\"", grid.size);
        out.push_str("<a:tc><a:txBody><a:bodyPr/><a:lstStyle/><a:p>");
        if aligned == Aligned::End {
            out.push_str("<a:pPr algn=\"r\"/>");
        }
        for run in cell {
            words(out, run, &size, language, &mut sheet.relations);
        }
        let (beside, above) = (emu(f64::from(BESIDE)), emu(f64::from(grid.above)));
        let _ = write!(
            out,
            "<a:endParaRPr lang=\"en\"{size}/></a:p></a:txBody><a:tcPr marL=\"{beside}\" \
             marR=\"{beside}\" marT=\"{above}\" marB=\"{above}\"/></a:tc>"
        );
    }
}
