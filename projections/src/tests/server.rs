//! A PostgreSQL server of a test's own: its files in a directory of its own, reached by a socket in
//! it, run as a user who may do nothing else, gone with whoever started it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The user and group of a server that root starts, since it refuses to run as root: nobody.
const NOBODY: u32 = 65_534;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says that there must be a server: tests that find none fail.
const WANTED: &str = "CI";

/// Runs a server until it is told to `kill` it, or until nobody is there to tell it anything.
const KEEPER: &str = r#"
"$1/postgres" -D "$0/data" -k "$0" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c max_connections=200 -c shared_buffers=64MB -c log_min_messages=warning \
    >>"$0/log" 2>&1 </dev/null &
server=$!
read -r word
if [ "$word" = kill ]; then
    kill -9 $server $(cat /proc/$server/task/$server/children)
    wait $server
    rm -f "$0"/.s.PGSQL.* "$0/data/postmaster.pid"
    exit
fi
kill -INT $server
wait $server
rm -rf "$0"
"#;

/// A server that runs.
pub struct Server {
    dir: PathBuf,
    programs: PathBuf,
    keeper: Mutex<Option<Child>>,
}

/// Where the programs of PostgreSQL are; `None` = nowhere, or not all of them.
fn programs() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    places.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    places.extend(std::env::split_paths(&path));
    places.into_iter().find(|dir| dir.join("postgres").is_file() && dir.join("initdb").is_file())
}

/// A command that is not run as root.
fn humble(program: &Path) -> Command {
    let me = fs::metadata("/proc/self").map_or(0, |it| it.uid());
    if me != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let (user, group) = (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"));
    command.args([&user, &group, "--clear-groups", "--"]).arg(program);
    command
}

impl Server {
    /// Starts one; `None` = there is no PostgreSQL here, which is said.
    ///
    /// # Panics
    /// When there is none and one must be, or when it does not start.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let must = std::env::var_os(WANTED).is_some();
            assert!(!must, "no PostgreSQL was found, and there must be one: install postgresql");
            let told = "SKIPPED: no PostgreSQL was found (install postgresql to run this test)";
            let _ = writeln!(std::io::stderr(), "{told}");
            return None;
        };
        let dir = tempfile::Builder::new().prefix("cambium-pg-").tempdir().expect("a directory");
        let dir = dir.keep();
        if fs::metadata(&dir).is_ok_and(|it| it.uid() == 0) {
            std::os::unix::fs::chown(&dir, Some(NOBODY), Some(NOBODY)).expect("it is given away");
        }
        // A language with an order of its own: only what says otherwise is ordered by bytes.
        let made = humble(&programs.join("initdb"))
            .arg("-D")
            .arg(dir.join("data"))
            .args(["-A", "trust", "-U", "cambium", "--no-sync", "--no-instructions", "-E", "UTF8"])
            .args(["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"])
            .current_dir("/")
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let server = Self { dir, programs, keeper: Mutex::new(None) };
        server.again();
        Some(server)
    }

    /// Starts it again after [`Server::kill`].
    pub fn again(&self) {
        let mut command = humble(Path::new("sh"));
        command.args(["-c", KEEPER]).arg(&self.dir).arg(&self.programs).current_dir("/");
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let keeper = quiet.stdin(Stdio::piped()).spawn().expect("a shell");
        *self.keeper.lock().expect("sound") = Some(keeper);
        let state = self.dir.join("data/postmaster.pid");
        let ready = || fs::read_to_string(&state).is_ok_and(|text| text.contains("ready"));
        let begun = Instant::now();
        while !ready() {
            let log = || fs::read_to_string(self.dir.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "the server does not start: {}", log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it and all that it has started at once, as a power cut would.
    pub fn kill(&self) {
        let keeper = self.keeper.lock().expect("sound").take();
        if let Some(mut keeper) = keeper {
            keeper.stdin.take().expect("a pipe").write_all(b"kill\n").expect("it is told");
            keeper.wait().expect("it has ended");
        }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("postgres://cambium@localhost/postgres?host={}", self.dir.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let keeper = self.keeper.lock().map(|mut keeper| keeper.take());
        if let Ok(Some(mut keeper)) = keeper {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }
}
