//! Going on with an export that was cut.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use contracts::Cursor;
use contracts::archive::{Header, Line, Seal, Trailer};

use super::Target;
use crate::cli::failure::Failure;
use crate::cli::out::Out;

/// A file as it was found.
pub enum Opened {
    /// It ends with its trailer: nothing is missing.
    Whole(Trailer),
    /// What is missing goes behind its last whole commit.
    Cut(Box<Target>),
}

/// Reads the file at `path` up to its last whole commit and cuts off what stands behind it.
///
/// # Errors
/// When it is no export, or cannot be read and written.
pub fn open(path: &Path, out: &mut Out) -> Result<Opened, Failure> {
    let at = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    let other = |reason: &str| Failure::Failed(format!("{}: {reason}", path.display()));
    let file = File::options().read(true).write(true).open(path).map_err(at)?;
    let mut reader = BufReader::with_capacity(1 << 20, &file);
    let (mut seal, mut line) = (Seal::default(), Vec::new());
    // The lines up to the last whole commit, and where that stood in its log.
    let (mut header, mut kept, mut last) = (None::<Header>, Seal::default(), Cursor::ZERO);
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line).map_err(at)?;
        let Some(whole) = line.strip_suffix(b"\n") else { break };
        match Line::read(whole) {
            Ok(Line::Header(found)) if header.is_none() && seal.bytes() == 0 => {
                (last, header) = (found.after, Some(found));
                seal.take(whole, 0, 0);
                kept = seal.clone();
            }
            Ok(Line::Blob(_)) if header.is_some() => seal.take(whole, 0, 1),
            Ok(Line::Commit { cursor, .. }) if header.is_some() => {
                seal.take(whole, 1, 0);
                (kept, last) = (seal.clone(), cursor);
            }
            Ok(Line::Trailer(trailer)) if trailer == seal.trailer() => {
                return Ok(Opened::Whole(trailer));
            }
            Ok(_) => return Err(other("it is no export that can be gone on with")),
            Err(error) => return Err(other(&format!("a line in its middle is damaged: {error}"))),
        }
        out.progress(&format!("{} MB read", seal.bytes() / 1_000_000));
    }
    out.progress("");
    let header = header.ok_or_else(|| other("it has no header; begin anew with another file"))?;
    file.set_len(kept.bytes()).map_err(at)?;
    (&file).seek(SeekFrom::End(0)).map_err(at)?;
    let (query, tenant) = (query(&header, last), header.tenant.clone());
    let target = Target { query, tenant, seal: kept, begun: true, ..Target::to(file) };
    Ok(Opened::Cut(Box::new(target)))
}

fn query(header: &Header, last: Cursor) -> Vec<(&'static str, String)> {
    let mut query = vec![("after", last.to_string()), ("until", header.until.to_string())];
    query.extend(header.tenant.is_none().then(|| ("all_tenants", "1".to_owned())));
    query.extend(header.kind.as_ref().map(|kind| ("kind", kind.to_string())));
    query.extend(header.id.as_ref().map(|id| ("id", id.to_string())));
    query.extend(header.from.map(|from| ("from", from.to_string())));
    query.extend(header.to.map(|to| ("to", to.to_string())));
    query
}
