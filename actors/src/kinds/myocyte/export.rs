//! The workbook, or a sheet of it, as a file that an answer holds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Decision;
use contracts::kinds::myocyte::answers::Exported;
use contracts::kinds::myocyte::limits::FILE_BYTES_MAX;
use contracts::kinds::myocyte::{Event, Export, FileFormat, Rejection};

use super::file::{File, Form, Moment, write};
use super::work::Work;

/// Gives the file. Nothing happens to the workbook.
pub(super) fn export(work: Work<'_>, input: &Export) -> Result<Decision<Event>, Rejection> {
    let (form, media_type, ending) = match input.format {
        FileFormat::Xlsx => {
            let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            (Form::Xlsx, media, "xlsx")
        }
        FileFormat::Ods => (Form::Ods, "application/vnd.oasis.opendocument.spreadsheet", "ods"),
        FileFormat::Csv => (Form::Separated(','), "text/csv; charset=utf-8", "csv"),
        FileFormat::Tsv => {
            (Form::Separated('\t'), "text/tab-separated-values; charset=utf-8", "tsv")
        }
        FileFormat::Markdown => (Form::Markdown, "text/markdown; charset=utf-8", "md"),
    };
    let cx = work.cx;
    let moment = Moment { id: &cx.me, revision: cx.revision, now: cx.now };
    let File { bytes: file, named, .. } = write(&work.state, form, input.sheet.as_ref(), &moment)?;
    if file.len() > FILE_BYTES_MAX {
        return Err(Rejection::FileTooLarge { bytes: file.len() });
    }
    let (filename, bytes) = (format!("{named}.{ending}"), file.len() as u64);
    let packed = matches!(input.format, FileFormat::Xlsx | FileFormat::Ods);
    let (text, base64) = match String::from_utf8(file) {
        Ok(text) if !packed => (Some(text), None),
        Ok(text) => (None, Some(STANDARD.encode(text))),
        Err(file) => (None, Some(STANDARD.encode(file.as_bytes()))),
    };
    let (format, media_type) = (input.format, media_type.to_owned());
    Ok(work.now(&Exported { format, media_type, filename, bytes, text, base64 }))
}
