//! A table of 50 MB goes through in little memory. A process of its own does the work, so that the
//! most memory it held is that of this work; it tells the figure itself.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use office::table::{Options, Rewrite, Target, rewrite};

/// How large the table is, in bytes.
const TABLE_BYTES: usize = 50_000_000;
/// What the process may hold with all that belongs to a program, in KiB: a third of the table.
const PEAK_KIB_MAX: u64 = 16 * 1024;
/// In which folder the other process works.
const FOLDER: &str = "CAMBIUM_MEMORY_TEST_FOLDER";
/// What the line with the figure begins with.
const TOLD: &str = "peak_kib=";

#[test]
fn a_large_table_goes_through_in_little_memory() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return work(Path::new(&folder));
    }
    let folder = tempfile::tempdir().expect("a folder");
    table(&folder.path().join("table.csv"));
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "a_large_table_goes_through_in_little_memory", "--nocapture"]);
    let output = command.env(FOLDER, folder.path()).output().expect("it ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let peak = said.split(TOLD).nth(1).and_then(|rest| rest.split_whitespace().next());
    let peak: u64 = peak.expect("a figure").parse().expect("a number");
    assert!(peak < PEAK_KIB_MAX, "{peak} KiB");
    assert!(folder.path().join("made.json").metadata().expect("a file").len() > 50_000_000);
}

/// Half of the rows are a quote that is never closed, the others a day and texts.
fn table(path: &Path) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let words = "words that go on and on ".repeat(20);
    let (mut written, mut row) = (0, 0_u64);
    while written < TABLE_BYTES {
        let line = if row % 2 == 0 {
            format!("{row},2026-01-{:02},\"sown, watered\",{words}\n", row % 28 + 1)
        } else {
            format!("{row},\"open,and ended nowhere,{words}\n")
        };
        file.write_all(line.as_bytes()).expect("written");
        written += line.len();
        row += 1;
    }
    file.flush().expect("written");
}

fn work(folder: &Path) {
    let open = || Ok(BufReader::new(File::open(folder.join("table.csv"))?));
    for (target, name) in [(Target::Xlsx("Data"), "made.xlsx"), (Target::Json, "made.json")] {
        let mut out = BufWriter::new(File::create(folder.join(name)).expect("a file"));
        let how = Rewrite { target, delimiter: None, typed: true, options: Options::default() };
        let came = rewrite(open, &mut out, &how, &|| false).expect("rewritten");
        assert!(came.rows > 90_000 && came.unclear_count > 45_000, "{came:?}");
    }
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
    let peak = peak.trim().trim_end_matches(" kB").to_owned();
    writeln!(std::io::stdout(), "{TOLD}{peak} ").expect("told");
}
