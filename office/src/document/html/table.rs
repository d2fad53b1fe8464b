//! Tables of pages.

use super::super::{Aligned, Inline, Manner, Table};
use super::read::Reader;
use super::tree::{Element, Node};

impl Reader {
    pub(super) fn table(&mut self, it: &Element) -> Table {
        let mut rows = Vec::new();
        rows_of(it, &mut rows);
        let mut table = Table::default();
        for (place, row) in rows.into_iter().enumerate() {
            let mut cells: Vec<Vec<Inline>> = Vec::new();
            let mut named = true;
            for cell in elements(row).filter(|it| matches!(it.name.as_str(), "td" | "th")) {
                named &= cell.name == "th";
                if cells.len() == table.aligned.len() {
                    table.aligned.push(aligned(cell));
                }
                cells.push(self.words(&cell.nodes, &Manner::default()));
                let wide = cell.attribute("colspan").and_then(|it| it.parse::<usize>().ok());
                let high = cell.attribute("rowspan").is_some_and(|it| it != "1");
                let wide = wide.unwrap_or(1).clamp(1, 1_000);
                if wide > 1 || high {
                    self.losses.add("merged_cells");
                }
                cells.extend((1..wide).map(|_| Vec::new()));
            }
            if place == 0 && named {
                table.head = cells;
            } else {
                table.rows.push(cells);
            }
        }
        table.squared()
    }
}

fn elements(it: &Element) -> impl Iterator<Item = &Element> {
    it.nodes.iter().filter_map(|node| match node {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    })
}

fn rows_of<'a>(it: &'a Element, rows: &mut Vec<&'a Element>) {
    for element in elements(it) {
        match element.name.as_str() {
            "tr" => rows.push(element),
            "thead" | "tbody" | "tfoot" => rows_of(element, rows),
            _ => {}
        }
    }
}

fn aligned(cell: &Element) -> Aligned {
    let style = cell.attribute("style").unwrap_or_default().replace(' ', "");
    let said = cell.attribute("align").unwrap_or_default();
    if style.contains("text-align:center") || said == "center" {
        Aligned::Center
    } else if style.contains("text-align:end")
        || style.contains("text-align:right")
        || said == "right"
    {
        Aligned::End
    } else {
        Aligned::Start
    }
}
