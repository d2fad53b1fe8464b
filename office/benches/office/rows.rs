//! Taking a figure in a process of its own.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// What Python's packages do.
const PYTHON: &str = include_str!("peers.py");

/// Who does the work.
pub enum Work {
    /// A function of this program.
    Rust(Alone),
    /// A function of `peers.py`.
    Python(&'static str),
}

/// A work on the files in a folder; it begins with what is not measured, and answers with what is.
pub type Alone = fn(&Path) -> anyhow::Result<Timed>;

/// What a work took, and the bytes of the file that it made, 0 = none.
pub struct Timed {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How large the file is.
    pub bytes: usize,
}

/// What a process took for a work.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    /// How long the work took, in seconds.
    pub seconds: f64,
    /// The most memory that the process held, in KiB, with what the work was given.
    pub peak_kib: u64,
    /// How large the file is that was made; 0 = none.
    pub bytes: u64,
}

/// Times `work`; what it answers is the bytes of its file.
pub fn timed(work: impl FnOnce() -> anyhow::Result<usize>) -> anyhow::Result<Timed> {
    let begun = Instant::now();
    let bytes = work()?;
    Ok(Timed { seconds: begun.elapsed().as_secs_f64(), bytes })
}

/// Does a work in this process, which does nothing else.
pub fn measure(work: Alone, folder: &Path) -> anyhow::Result<Measured> {
    let Timed { seconds, bytes } = work(folder)?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|rest| rest.split_whitespace().next());
    let peak_kib = peak.map_or(Ok(0), str::parse)?;
    Ok(Measured { seconds, peak_kib, bytes: bytes as u64 })
}

/// Has a work done by this program in another process.
pub fn ask(words: &[&str]) -> anyhow::Result<Measured> {
    run(Command::new(std::env::current_exe()?).args(words))
}

/// Has a work done by Python; none when there is none.
pub fn python(what: &str, folder: &Path) -> anyhow::Result<Option<Measured>> {
    let Some(program) = std::env::var_os("CAMBIUM_BENCH_PYTHON") else {
        return Ok(None);
    };
    let mut command = Command::new(program);
    run(command.args(["-c", PYTHON, what]).arg(folder)).map(Some)
}

fn run(command: &mut Command) -> anyhow::Result<Measured> {
    let output = command.output().context("the process does not start")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{command:?}: {said}");
    Ok(serde_json::from_slice(&output.stdout)?)
}
