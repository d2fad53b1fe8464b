//! `export`: commits with their stored bytes, one JSON object a line, for `verify --file`, for
//! `import` and for keeping.

mod resume;

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use contracts::archive::{Line, Seal, Trailer};
use contracts::{ActorId, Cursor, Kind, Timestamp};

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::lines::Lines;

/// Lines between two signs of progress.
const PROGRESS_LINES: u64 = 5_000;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only of this actor, and of those it was forked from; needs --kind
    #[arg(long, value_name = "ID", requires = "kind")]
    pub id: Option<ActorId>,
    /// Of all tenants, for operators
    #[arg(long, conflicts_with = "id")]
    pub all_tenants: bool,
    /// Only what stands after this cursor
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<Cursor>,
    /// Only what stands at this cursor or before it
    #[arg(long, value_name = "CURSOR")]
    pub until: Option<Cursor>,
    /// Only what was decided at this instant or later
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// Only what was decided before this instant
    #[arg(long, value_name = "TIME")]
    pub to: Option<Timestamp>,
    /// Write to this file, which must not exist [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Go on with the file where an export was cut; it says itself what was asked for
    #[arg(long, requires = "output", conflicts_with_all = ["kind", "id", "all_tenants", "after", "until", "from", "to"])]
    pub resume: bool,
}

/// Writes the lines.
///
/// # Errors
/// As [`Lines::get`], and when the file cannot be written.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut target = match &args.output {
        Some(path) if args.resume => match resume::open(path, cx.out)? {
            resume::Opened::Whole(trailer) => return told(cx, trailer),
            resume::Opened::Cut(target) => *target,
        },
        Some(path) => Target { query: query(&args), ..Target::to(create(path)?) },
        None => Target { query: query(&args), ..Target::default() },
    };
    let client = cx.client()?;
    let mut lines = Lines::get(&client, "/v1/export", &target.query).await?;
    // What the server sends is sealed by itself: a stream that was cut is never taken for whole.
    let mut sent = Seal::default();
    while let Some(line) = lines.next().await? {
        let (commits, blobs) = match Line::read(&line) {
            Ok(Line::Trailer(trailer)) if trailer == sent.trailer() => {
                let trailer = target.seal.trailer();
                let text = Line::Trailer(trailer).text().unwrap_or_default();
                target.write(cx, &Bytes::from(text))?;
                target.close()?;
                return if args.output.is_some() { told(cx, trailer) } else { Ok(()) };
            }
            Ok(Line::Trailer(_)) => break,
            Ok(Line::Commit { .. }) => (1, 0),
            Ok(Line::Blob(_)) => (0, 1),
            Ok(Line::Header(header)) if target.begun && header.tenant != target.tenant => {
                let reason = "the file holds another tenant's; name it with --tenant";
                return Err(Failure::Usage(reason.to_owned()));
            }
            Ok(Line::Header(_)) => (0, 0),
            Err(error) => return Err(Failure::Failed(format!("the server sent {error}"))),
        };
        sent.take(&line, commits, blobs);
        if target.begun && commits + blobs == 0 {
            continue;
        }
        target.seal.take(&line, commits, blobs);
        target.write(cx, &line)?;
        target.lines += 1;
        if args.output.is_some() && target.lines.is_multiple_of(PROGRESS_LINES) {
            let megabytes = target.seal.bytes() / 1_000_000;
            cx.out.progress(&format!("{} commits, {megabytes} MB", target.seal.commits()));
        }
    }
    target.close()?;
    let reason = "the export was cut before its end";
    let hint = if args.output.is_some() { "; --resume goes on" } else { "" };
    Err(Failure::Failed(format!("{reason}{hint}")))
}

fn query(args: &Args) -> Vec<(&'static str, String)> {
    let mut query = Vec::new();
    query.extend(args.kind.as_ref().map(|kind| ("kind", kind.to_string())));
    query.extend(args.id.as_ref().map(|id| ("id", id.to_string())));
    query.extend(args.all_tenants.then(|| ("all_tenants", "1".to_owned())));
    query.extend(args.after.map(|after| ("after", after.to_string())));
    query.extend(args.until.map(|until| ("until", until.to_string())));
    query.extend(args.from.map(|from| ("from", from.to_string())));
    query.extend(args.to.map(|to| ("to", to.to_string())));
    query
}

fn create(path: &Path) -> Result<std::fs::File, Failure> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))
}

fn told(cx: &mut Cx<'_>, trailer: Trailer) -> Result<(), Failure> {
    cx.out.progress("");
    if cx.out.is_json() {
        return cx.out.json(&serde_json::json!({ "trailer": trailer }));
    }
    let Trailer { commits, blobs, bytes, .. } = trailer;
    cx.out.remark(&format!("{commits} commits, {blobs} contents, {bytes} bytes, sealed"));
    Ok(())
}

/// Where the lines go.
#[derive(Default)]
struct Target {
    file: Option<BufWriter<std::fs::File>>,
    query: Vec<(&'static str, String)>,
    seal: Seal,
    /// Whether there are lines already: the header is among them.
    begun: bool,
    /// Whose commits those are; none = everybody's.
    tenant: Option<contracts::Tenant>,
    lines: u64,
}

impl Target {
    fn to(file: std::fs::File) -> Self {
        Self { file: Some(BufWriter::with_capacity(1 << 18, file)), ..Self::default() }
    }

    fn write(&mut self, cx: &mut Cx<'_>, line: &Bytes) -> Result<(), Failure> {
        match &mut self.file {
            Some(file) => {
                file.write_all(line)?;
                Ok(file.write_all(b"\n")?)
            }
            None => cx.out.line(&String::from_utf8_lossy(line)),
        }
    }

    fn close(&mut self) -> Result<(), Failure> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
            file.get_ref().sync_all()?;
        }
        Ok(())
    }
}
