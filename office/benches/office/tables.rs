//! A table of 50 MB between commas, read.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use office::table::{Format, Options, Records, read};

use crate::rows::{Timed, timed};

const BYTES: usize = 50_000_000;
const FILE: &str = "read.csv";

/// The file that all read: a number, a day, two texts, one of them in quotes, and a price.
pub fn prepare(folder: &Path) -> anyhow::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(folder.join(FILE))?);
    let mut written = 0;
    let mut row = 0;
    writeln!(file, "number,day,place,remark,price")?;
    while written < BYTES {
        let (month, day) = (row % 12 + 1, row % 28 + 1);
        let (place, price) = (row % 5_000, row % 977);
        let line = format!(
            "{row},2026-{month:02}-{day:02},place {place},\"sown, watered, row {row}\",{price}.25\n"
        );
        file.write_all(line.as_bytes())?;
        written += line.len();
        row += 1;
    }
    Ok(file.flush()?)
}

/// The whole table, with what each column holds.
pub fn typed(folder: &Path) -> anyhow::Result<Timed> {
    timed(|| {
        let text = std::fs::read_to_string(folder.join(FILE))?;
        let options = Options { cells_max: 20_000_000, ..Options::default() };
        let table = read(&text, Format::Csv, &options)?;
        let sorts: Vec<_> = table.columns.iter().map(|column| column.sort).collect();
        anyhow::ensure!(sorts == ["number", "date", "text", "text", "number"], "{sorts:?}");
        Ok(0)
    })
}

/// One record after the other, none of them kept.
pub fn records(folder: &Path) -> anyhow::Result<Timed> {
    timed(|| {
        let text = std::fs::read_to_string(folder.join(FILE))?;
        let cells: usize = Records::new(&text, ',', 32_767).map(|record| record.cells.len()).sum();
        anyhow::ensure!(cells > 1_000_000, "{cells} cells");
        Ok(0)
    })
}

/// The same by the crate `csv`, its cells as texts.
pub fn records_bare(folder: &Path) -> anyhow::Result<Timed> {
    timed(|| {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_path(folder.join(FILE))?;
        let mut cells = 0;
        for record in reader.records() {
            cells += record?.iter().map(str::to_owned).count();
        }
        anyhow::ensure!(cells > 1_000_000, "{cells} cells");
        Ok(0)
    })
}
