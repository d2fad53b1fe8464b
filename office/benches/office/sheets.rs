//! Workbooks of numbers and texts, written and read.

use std::io::{Cursor, Read as _};
use std::path::Path;

use anyhow::Context as _;
use office::calc::Value;
use office::package::Bounds;
use office::sheet::{Content, Place, Sheet, Workbook};
use office::xlsx;
use quick_xml::events::Event;

use crate::rows::{Timed, timed};

const ROWS: u32 = 100_000;
const COLUMNS: u32 = 20;
const FILE: &str = "read.xlsx";

/// Every other column has numbers, the others have texts of 5,000 words.
enum Cell {
    Number(f64),
    Text(String),
}

fn cell(row: u32, column: u32) -> Cell {
    let number = row * COLUMNS + column;
    if column.is_multiple_of(2) {
        Cell::Text(format!("word {}", number % 5_000))
    } else {
        Cell::Number(f64::from(number) + 0.5)
    }
}

fn book() -> Workbook {
    let mut sheet = Sheet::new("s1", "Data");
    for row in 1..=ROWS {
        for column in 1..=COLUMNS {
            let content = match cell(row, column) {
                Cell::Number(number) => Content::Number(number),
                Cell::Text(text) => Content::Text(text.into()),
            };
            sheet.cells.set(Place { row, column }, Some(content));
        }
    }
    Workbook { sheets: vec![sheet.into()], ..Workbook::default() }
}

/// Writes a workbook that is in memory.
pub fn write(_: &Path) -> anyhow::Result<Timed> {
    let book = book();
    timed(|| Ok(xlsx::write(&book, |_, _| Value::Empty, None, 0)?.bytes.len()))
}

/// Tells the writer the same cells as they come.
pub fn write_bare(_: &Path) -> anyhow::Result<Timed> {
    timed(|| {
        let mut file = rust_xlsxwriter::Workbook::new();
        let page = file.add_worksheet();
        for row in 1..=ROWS {
            for column in 1..=COLUMNS {
                let at = u16::try_from(column - 1)?;
                match cell(row, column) {
                    Cell::Number(number) => page.write_number(row - 1, at, number)?,
                    Cell::Text(text) => page.write_string(row - 1, at, text)?,
                };
            }
        }
        Ok(file.save_to_buffer()?.len())
    })
}

/// The file that all read.
pub fn prepare(folder: &Path) -> anyhow::Result<()> {
    let bytes = xlsx::write(&book(), |_, _| Value::Empty, None, 0)?.bytes;
    Ok(std::fs::write(folder.join(FILE), bytes)?)
}

/// Reads the file into a workbook.
pub fn read(folder: &Path) -> anyhow::Result<Timed> {
    let bytes = std::fs::read(folder.join(FILE))?;
    let large = 1 << 30;
    let bounds = Bounds { part_bytes_max: large, bytes_max: large, ..Bounds::default() };
    timed(|| {
        let opened = xlsx::read(&bytes, bounds, 10_000_000)?;
        anyhow::ensure!(opened.book.cells() == (ROWS * COLUMNS) as usize, "cells are missing");
        Ok(0)
    })
}

/// Unpacks the sheet and looks at each of its elements; what no reader does without.
pub fn read_bare(folder: &Path) -> anyhow::Result<Timed> {
    let bytes = std::fs::read(folder.join(FILE))?;
    timed(|| {
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes))?;
        let mut text = String::new();
        archive.by_name("xl/worksheets/sheet1.xml")?.read_to_string(&mut text)?;
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut cells = 0;
        loop {
            match reader.read_event().context("the sheet is no XML")? {
                Event::Start(element) if element.local_name().into_inner() == "c" => cells += 1,
                Event::Eof => break,
                _ => {}
            }
        }
        anyhow::ensure!(cells == ROWS * COLUMNS, "cells are missing");
        Ok(0)
    })
}
