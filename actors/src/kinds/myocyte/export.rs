//! The workbook, or a sheet of it, as a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Decision;
use contracts::kinds::myocyte::answers::Exported;
use contracts::kinds::myocyte::limits::FILE_BYTES_MAX;
use contracts::kinds::myocyte::{Event, Export, FileFormat, Rejection};
use office::{table, xlsx};

use super::compute;
use super::work::Work;

/// Gives the file. Nothing happens to the workbook.
pub(super) fn export(work: Work<'_>, input: &Export) -> Result<Decision<Event>, Rejection> {
    let sheet = work.sheet(input.sheet.as_ref())?;
    let (book, title) = (&work.state.book, work.state.title.as_deref());
    let (media_type, ending) = match input.format {
        FileFormat::Xlsx => {
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
        }
        FileFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        FileFormat::Tsv => ("text/tab-separated-values; charset=utf-8", "tsv"),
        FileFormat::Markdown => ("text/markdown; charset=utf-8", "md"),
    };
    let at_s = work.cx.now.as_millis().div_euclid(1000);
    let file = work.state.engine.with(book, work.cx, |calculator, _| {
        let rows = || compute::shown(calculator, sheet);
        match input.format {
            FileFormat::Xlsx => {
                let value = |sheet: &str, place| calculator.value(sheet, place);
                let written = xlsx::write(book, value, title, at_s);
                written.map_err(|error| Rejection::NotComputed { reason: error.to_string() })
            }
            FileFormat::Csv => Ok(table::to_csv(&rows(), ',').into_bytes()),
            FileFormat::Tsv => Ok(table::to_csv(&rows(), '\t').into_bytes()),
            FileFormat::Markdown => Ok(table::to_markdown(&rows()).into_bytes()),
        }
    })??;
    if file.len() > FILE_BYTES_MAX {
        return Err(Rejection::FileTooLarge { bytes: file.len() });
    }
    let named = match input.format {
        FileFormat::Xlsx => title.unwrap_or("workbook"),
        _ => sheet.name.as_str(),
    };
    let filename = format!("{}.{ending}", plain(named));
    let bytes = file.len() as u64;
    let (text, base64) = match String::from_utf8(file) {
        Ok(text) if input.format != FileFormat::Xlsx => (Some(text), None),
        Ok(text) => (None, Some(STANDARD.encode(text))),
        Err(file) => (None, Some(STANDARD.encode(file.as_bytes()))),
    };
    let (format, media_type) = (input.format, media_type.to_owned());
    Ok(work.now(&Exported { format, media_type, filename, bytes, text, base64 }))
}

/// A name that every file system takes.
fn plain(name: &str) -> String {
    let sign = |c: char| {
        c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
    };
    let plain: String = name.chars().map(|c| if sign(c) { '-' } else { c }).take(80).collect();
    plain.trim_matches(['.', ' ']).to_owned()
}
