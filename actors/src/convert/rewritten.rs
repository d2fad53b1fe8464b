//! Files become other files, with no actor in between. A table with commas or tabs goes through row
//! by row, however long it is; any other file is read by an actor that nobody keeps.

use std::collections::BTreeMap;
use std::io::{Error, Result as Written, Write};

use contracts::access::Authority;
use contracts::effect::{ConvertFormat, ConvertInto};
use contracts::kinds::chaperone::{Convertible, Rejection};
use contracts::kinds::myocyte::limits::TEXT_BYTES_MAX;
use contracts::{
    ActorId, Caller, CommandId, Context, Hash, Kind, Refusal, Revision, Tenant, Timestamp,
};
use office::sheet::COLUMNS_MAX;
use office::table::{self, Failed, Options, Rewrite, Target};

use super::source::Source;
use super::workbook::{UNCLEAR_MAX, loss, sheet_named, unclear};
use super::{Config, Made, Shape, Stop, Subject, fault, read, write};
use crate::kinds::myocyte::Myocyte;
use crate::kinds::myocyte::file::plain;
use crate::kinds::osteon::Osteon;
use crate::kinds::synapse::Synapse;
use crate::machine::{Machine, Typed};

/// What a file is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// How the other one is written.
    pub format: ConvertFormat,
    /// As what kind of actor it is understood where more than one would do.
    pub kind: Option<Kind>,
    /// Which sheet becomes a table, or what the sheet of a table is called.
    pub sheet: Option<String>,
    /// Whether `03/04/2026` is the third of April.
    pub day_first: Option<bool>,
    /// Whether the cells of a table are read as numbers, days and the like.
    pub types: Option<bool>,
    /// When it was asked: what formulas see, and the file tells.
    pub at: Timestamp,
}

/// The file that says what `source` says.
///
/// # Errors
/// `file_damaged`, `file_hostile`, `file_too_large`, `file_unsupported`, `file_empty`, and what the
/// actor that reads it refuses with.
pub fn rewrite(
    source: &Source,
    asked: &Asked,
    config: &Config,
    stop: &Stop,
) -> Result<Made, Refusal> {
    source.ensure_fits(config.source_bytes_max)?;
    stop.ensure()?;
    let (from, to) = (source.format, asked.format);
    let all = Convertible::ALL.into_iter();
    let kind = match &asked.kind {
        Some(said) => all.clone().find(|kind| kind.kind() == *said && kind.turns(from, to)),
        None => Convertible::between(from, to),
    };
    let kind = kind.ok_or_else(|| Refusal::from(Rejection::Unturned { from, to }))?;
    let mut made = match target(from, to) {
        Some(target) => by_rows(source, target, asked, config, stop)?,
        None if asked.types.is_some() => {
            let message = "types are for tables with commas or tabs that become xlsx or json";
            return Err(Refusal::rejected("file_unsupported", message));
        }
        None => by_actor(source, kind, asked, config, stop)?,
    };
    let named = source.stem().unwrap_or_default();
    made.filename = format!("{}.{}", plain(&named), to.ending());
    Ok(made)
}

/// What a table becomes that goes through row by row.
const fn target(from: ConvertFormat, to: ConvertFormat) -> Option<Target<'static>> {
    if !matches!(from, ConvertFormat::Csv | ConvertFormat::Tsv) {
        return None;
    }
    Some(match to {
        ConvertFormat::Xlsx => Target::Xlsx(""),
        ConvertFormat::Json => Target::Json,
        ConvertFormat::Csv => Target::Separated(','),
        ConvertFormat::Tsv => Target::Separated('\t'),
        ConvertFormat::Markdown => Target::Markdown,
        _ => return None,
    })
}

fn by_rows(
    source: &Source,
    target: Target<'_>,
    asked: &Asked,
    config: &Config,
    stop: &Stop,
) -> Result<Made, Refusal> {
    let stem = source.stem();
    let sheet = sheet_named(asked.sheet.as_deref().or(stem.as_deref()).unwrap_or_default());
    let workbook = matches!(target, Target::Xlsx(_));
    let target = if workbook { Target::Xlsx(&sheet) } else { target };
    let options = Options {
        day_first: asked.day_first,
        columns_max: COLUMNS_MAX as usize,
        text_bytes_max: if workbook { TEXT_BYTES_MAX } else { config.cell_bytes_max },
        record_bytes_max: config.row_bytes_max,
        unclear_max: UNCLEAR_MAX,
        ..Options::default()
    };
    let delimiter = (source.format == ConvertFormat::Tsv).then_some(b'\t');
    let typed = asked.types.unwrap_or(true);
    let how = Rewrite { target, delimiter, typed, options };
    let mut out = Bounded { bytes: Vec::new(), bytes_max: config.made_bytes_max, full: false };
    let stops = || stop.ensure().is_err();
    let came = table::rewrite(|| Ok(&source.bytes[..]), &mut out, &how, &stops);
    let came = came.map_err(|failed| match failed {
        Failed::Unreadable(unreadable) if unreadable.is_too_large() => {
            fault::too_wide(unreadable.line, COLUMNS_MAX as usize, config.row_bytes_max)
        }
        Failed::Unreadable(unreadable) => fault::of_table(unreadable, 0),
        Failed::Stopped => stop.ensure().err().unwrap_or_else(|| Refusal::internal("it stopped")),
        Failed::Unwritten(_) if out.full => {
            fault::too_much("bytes when it is written so", config.made_bytes_max)
        }
        Failed::Unwritten(error) => Refusal::internal(error.to_string()),
    })?;
    let mut losses = unclear(&came.unclear, came.unclear_count);
    if came.sheets > 1 {
        losses.insert(0, loss("divided", &format!("{} sheets", came.sheets), came.sheets - 1));
    }
    Ok(Made { bytes: out.bytes, filename: String::new(), losses })
}

/// A file in memory that does not grow beyond its bound.
struct Bounded {
    bytes: Vec<u8>,
    bytes_max: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> Written<usize> {
        if self.bytes.len() + bytes.len() > self.bytes_max {
            self.full = true;
            return Err(Error::other("the file is too large"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Written<()> {
        Ok(())
    }
}

/// The file of an actor to which nothing happened but this file. The same file at the same time is
/// the same file again.
fn by_actor(
    source: &Source,
    kind: Convertible,
    asked: &Asked,
    config: &Config,
    stop: &Stop,
) -> Result<Made, Refusal> {
    let mut machine: Box<dyn Machine> = match kind {
        Convertible::Myocyte => Box::new(Typed::<Myocyte>::default()),
        Convertible::Osteon => Box::new(Typed::<Osteon>::default()),
        Convertible::Synapse => Box::new(Typed::<Synapse>::default()),
        Convertible::Circadian => return Err(fault::unsupported(asked.format, &kind.kind())),
    };
    let into = ConvertInto::Commands {
        kind: kind.kind(),
        title: None,
        sheet: asked.sheet.clone(),
        day_first: asked.day_first,
        otherwise: None,
        deed: None,
        zone: None,
    };
    let came = read(source, &into, config, stop)?;
    let (tenant, id) = (Tenant::from_static("main"), ActorId::from_static("file"));
    let mut revision = Revision::ZERO;
    for part in &came.parts {
        stop.ensure()?;
        revision = revision.next();
        let input = contracts::read::from_slice(&part.input);
        let input = input.map_err(|error| Refusal::internal(error.to_string()))?;
        let cx = Context {
            now: asked.at,
            by: Caller::runtime(),
            tenant: tenant.clone(),
            me: id.clone(),
            command: CommandId::derived("cambium converted part v1", &[&revision.to_string()]),
            revision,
            policy: Hash::ZERO,
            authority: Authority::everything(),
            run: None,
        };
        machine = machine.decide(part.name.as_str(), &input, &cx)?.next;
    }
    let media: BTreeMap<_, _> =
        came.media.into_iter().map(|bytes| (Hash::of(&bytes), bytes.into())).collect();
    let (kind_name, at, state) = (kind.kind(), asked.at, machine.state());
    let subject = Subject { tenant, kind: kind_name, id, revision, at, state, media };
    let part = asked.sheet.clone().filter(|_| kind == Convertible::Myocyte);
    let shape = Shape { part, ..Shape::of(asked.format) };
    let mut made = write(subject, &shape, config, stop)?;
    made.losses.splice(0..0, came.losses);
    Ok(made)
}
