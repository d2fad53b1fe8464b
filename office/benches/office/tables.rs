//! A table of 50 MB between commas, read.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::Path;

use office::table::{Format, Options, RecordBounds, Records, Rewrite, Target, read, rewrite};

use crate::rows::{Timed, timed};

const BYTES: usize = 50_000_000;
const FILE: &str = "read.csv";

/// The file that all read: a number, a day, two texts, one of them in quotes, and a price.
pub fn prepare(folder: &Path) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(folder.join(FILE))?);
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
        counted(text.as_bytes())?;
        Ok(0)
    })
}

/// The same from the file as it is read, which is never in memory as a whole.
pub fn records_streamed(folder: &Path) -> anyhow::Result<Timed> {
    timed(|| {
        counted(BufReader::new(File::open(folder.join(FILE))?))?;
        Ok(0)
    })
}

fn counted(reader: impl BufRead) -> anyhow::Result<()> {
    let mut cells = 0;
    for record in Records::new(reader, Some(b','), RecordBounds::default()) {
        cells += record?.cells.len();
    }
    anyhow::ensure!(cells > 1_000_000, "{cells} cells");
    Ok(())
}

/// The table as a workbook, row by row.
pub fn to_workbook(folder: &Path) -> anyhow::Result<Timed> {
    through(folder, Target::Xlsx("Data"), "made.xlsx")
}

/// The table as a list of objects, row by row.
pub fn to_json(folder: &Path) -> anyhow::Result<Timed> {
    through(folder, Target::Json, "made.json")
}

fn through(folder: &Path, target: Target<'_>, name: &str) -> anyhow::Result<Timed> {
    let path = folder.join(name);
    timed(|| {
        let open = || Ok(BufReader::new(File::open(folder.join(FILE))?));
        let mut out = BufWriter::new(File::create(&path)?);
        let how = Rewrite { target, delimiter: None, typed: true, options: Options::default() };
        let came = rewrite(open, &mut out, &how, &|| false)?;
        anyhow::ensure!(came.unclear_count == 0, "{:?}", came.unclear);
        Ok(usize::try_from(path.metadata()?.len())?)
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
