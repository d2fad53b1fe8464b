//! `tail`: commits as they happen.

use contracts::ActorId;
use contracts::Kind;
use serde_json::Value;

use crate::cli::address::Subject;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::history::{Range, Reader};
use crate::cli::paint::Style;
use crate::cli::sse::{Item, Stream};

/// Arguments of `tail`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only of this actor; needs --kind
    #[arg(long, value_name = "ID", requires = "kind")]
    pub id: Option<ActorId>,
    /// Begin after this cursor, 0 = at the beginning [default: now; with --no-follow 0]
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
    /// Go on as commits happen (the default)
    #[arg(long, overrides_with = "no_follow")]
    pub follow: bool,
    /// Print what is there and end
    #[arg(long)]
    pub no_follow: bool,
    /// Print JSON with the stored bytes
    #[arg(long)]
    pub raw: bool,
}

/// Prints commits until interrupted, or those that are there.
///
/// # Errors
/// As [`Stream::open`] and [`Reader::next`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let kind = args.kind.as_ref();
    let range = Range {
        subject: args.id.clone().zip(kind.cloned()).map(|(id, kind)| Subject { kind, id }),
        kind: kind.filter(|_| args.id.is_none()).map(ToString::to_string),
        after: args.after.clone().or_else(|| (!args.no_follow).then(|| "now".to_owned())),
        raw: args.raw,
    };
    let client = cx.client()?;
    if args.no_follow {
        let mut reader = Reader::new(client, range);
        loop {
            let page = reader.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for commit in &page {
                print(cx, commit, args.raw)?;
            }
        }
    }
    let mut stream = Stream::open(client, range).await?;
    loop {
        let item = tokio::select! {
            item = stream.next() => item?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        match item {
            Item::Cut { reason } => cx.out.remark(&format!("{reason}; coming back")),
            Item::Event(event) => match serde_json::from_str::<Value>(&event.data) {
                Ok(commit) if commit.get("revision").is_some() => print(cx, &commit, args.raw)?,
                // Something that this version does not know; programs may.
                Ok(other) if cx.out.is_json() => cx.out.json(&other)?,
                _ => {}
            },
        }
    }
}

fn print(cx: &mut Cx<'_>, commit: &Value, raw: bool) -> Result<(), Failure> {
    if raw || cx.out.is_json() {
        return cx.out.json(commit);
    }
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let actor = format!("{}/{}", text(&commit["kind"]), text(&commit["id"]));
    let events = commit["events"].as_array().into_iter().flatten();
    let mut happened: Vec<String> = events.map(|event| text(&event["type"])).collect();
    let effects = commit["effects"].as_array().into_iter().flatten();
    happened.extend(effects.map(|effect| format!("→ {}", text(&effect["type"]))));
    let place = format!("{:>6}  {}", text(&commit["cursor"]), text(&commit["at"]));
    let line = format!(
        "{}  {}  {}  {}  {}",
        cx.out.paint(Style::Faint, &place),
        cx.out.paint(Style::Name, &actor),
        cx.out.paint(Style::Faint, &format!("#{}", commit["revision"])),
        cx.out.paint(Style::Strong, &text(&commit["command"]["name"])),
        cx.out.paint(Style::Plain, &cx.out.fit(&happened.join(", "), 200)),
    );
    cx.out.line(&line)
}
