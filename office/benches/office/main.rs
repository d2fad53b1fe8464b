//! Measures the office suite beside bare crates and beside Python's packages, in one run:
//! `cargo bench -p cambium-office`. Each figure is taken in a process of its own, so that the most
//! memory it held is its own. `CAMBIUM_BENCH_PYTHON` names a Python that has the packages;
//! without one those rows are left out. The words behind the command pick rows by their names.

mod calculate;
mod documents;
mod rows;
mod sheets;
mod tables;

use std::io::{Write as _, stdout};
use std::path::Path;

use rows::{Measured, Work, python};

/// Everything that is measured: what is asked of all, and who does it, ours first.
const ROWS: [(&str, &[(&str, Work)]); 11] = [
    (
        "xlsx of 100,000 × 20 written",
        &[
            ("cambium", Work::Rust(sheets::write)),
            ("rust_xlsxwriter", Work::Rust(sheets::write_bare)),
            ("openpyxl, write_only", Work::Python("xlsx_write")),
        ],
    ),
    (
        "xlsx of 100,000 × 20 read",
        &[
            ("cambium", Work::Rust(sheets::read)),
            ("zip and quick-xml, kept nowhere", Work::Rust(sheets::read_bare)),
            ("calamine, by its Python package", Work::Python("xlsx_calamine")),
            ("openpyxl, read_only", Work::Python("xlsx_read")),
        ],
    ),
    (
        "100,000 cells, each by the one above",
        &[
            ("cambium", Work::Rust(calculate::chain)),
            ("formualizer, with what changed", Work::Rust(calculate::chain_told)),
            ("formualizer", Work::Rust(calculate::chain_bare)),
        ],
    ),
    (
        "100,000 cells by one cell that changes",
        &[
            ("cambium", Work::Rust(calculate::fan)),
            ("formualizer, with what changed", Work::Rust(calculate::fan_told)),
            ("formualizer", Work::Rust(calculate::fan_bare)),
        ],
    ),
    (
        "200,000 cells that nothing was computed of",
        &[
            ("cambium", Work::Rust(calculate::wake)),
            ("formualizer", Work::Rust(calculate::wake_bare)),
        ],
    ),
    (
        "1,000,000 cells that nothing was computed of",
        &[("cambium", Work::Rust(calculate::wake_more))],
    ),
    (
        "docx of 200 pages written",
        &[("cambium", Work::Rust(documents::docx)), ("python-docx", Work::Python("docx_write"))],
    ),
    (
        "pdf of 200 pages written",
        &[("cambium", Work::Rust(documents::pdf)), ("reportlab", Work::Python("pdf_write"))],
    ),
    (
        "csv of 50 MB read",
        &[
            ("cambium, with types", Work::Rust(tables::typed)),
            ("cambium, its records alone", Work::Rust(tables::records)),
            ("cambium, its records as they come", Work::Rust(tables::records_streamed)),
            ("csv, its records alone", Work::Rust(tables::records_bare)),
            ("Python's csv, its records alone", Work::Python("csv_read")),
        ],
    ),
    (
        "csv of 50 MB to xlsx",
        &[
            ("cambium", Work::Rust(tables::to_workbook)),
            ("csv and openpyxl, write_only", Work::Python("csv_to_xlsx")),
        ],
    ),
    ("csv of 50 MB to json", &[("cambium", Work::Rust(tables::to_json))]),
];

/// The word before the place of a work, in a process that does it alone.
const ALONE: &str = "--alone";

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [alone, row, work, folder] = words.as_slice()
        && alone == ALONE
    {
        let (_, works) = ROWS[row.parse::<usize>()?];
        let Work::Rust(work) = works[work.parse::<usize>()?].1 else {
            anyhow::bail!("Python does this");
        };
        let measured = rows::measure(work, Path::new(folder))?;
        return Ok(serde_json::to_writer(stdout(), &measured)?);
    }
    let folder = tempfile::tempdir()?;
    let mut out = stdout();
    writeln!(out, "| row | by | seconds | beside ours | most memory, MB | file, MB |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    for (row, (name, works)) in ROWS.iter().enumerate() {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        prepare(name, folder.path())?;
        let mut ours = None;
        for (at, (by, work)) in works.iter().enumerate() {
            let measured = match work {
                Work::Rust(_) => {
                    let folder = folder.path().display().to_string();
                    rows::ask(&[ALONE, &row.to_string(), &at.to_string(), &folder])?
                }
                Work::Python(what) => match python(what, folder.path())? {
                    Some(measured) => measured,
                    None => continue,
                },
            };
            let first: f64 = *ours.get_or_insert(measured.seconds);
            writeln!(out, "{}", told(name, by, first, &measured))?;
        }
    }
    Ok(())
}

fn told(name: &str, by: &str, ours: f64, measured: &Measured) -> String {
    let Measured { seconds, peak_kib, bytes } = measured;
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let file = if *bytes == 0 { String::new() } else { format!("{:.2}", megabytes(*bytes)) };
    let peak = megabytes(peak_kib * 1024);
    format!("| {name} | {by} | {seconds:.3} | {:.2} × | {peak:.0} | {file} |", seconds / ours)
}

/// The files that a row reads.
fn prepare(name: &str, folder: &Path) -> anyhow::Result<()> {
    if name.starts_with("xlsx") && name.ends_with("read") {
        sheets::prepare(folder)?;
    }
    if name.starts_with("csv") {
        tables::prepare(folder)?;
    }
    Ok(())
}
