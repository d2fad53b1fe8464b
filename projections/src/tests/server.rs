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
"$1/postgres" -D "$0/data" -k "$0" -c listen_addresses="$2" -c port="$3" -c fsync=off -c full_page_writes=off \
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

/// Where a server runs, when not where the test does.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// What runs it, such as `nsenter` and its arguments; empty = nothing does.
    pub within: Vec<String>,
    /// The host and the port at which it listens too; everybody there is believed.
    pub listen: Option<(String, u16)>,
}

/// A server that runs.
pub struct Server {
    /// Where its files are.
    pub dir: PathBuf,
    programs: PathBuf,
    place: Place,
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

/// Whether root here is another user outside, who may be nobody else.
fn is_root_only_here() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().nth(2).is_some_and(|count| count == "1")
}

/// A command that is not run as root.
fn humble(within: &[String], program: &Path) -> Command {
    let me = fs::metadata("/proc/self").map_or(0, |it| it.uid());
    let (user, group) = match (me, is_root_only_here()) {
        (0, false) => (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")),
        _ => (format!("--map-user={NOBODY}"), format!("--map-group={NOBODY}")),
    };
    let changing: &[&str] = match (me, is_root_only_here()) {
        (0, false) => &["setpriv", &user, &group, "--clear-groups", "--"],
        (0, true) => &["unshare", "--user", &user, &group, "--"],
        _ => &[],
    };
    let words = within.iter().map(String::as_str).chain(changing.iter().copied());
    let words: Vec<&std::ffi::OsStr> =
        words.map(std::ffi::OsStr::new).chain([program.as_os_str()]).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

impl Server {
    /// Starts one; `None` = there is no PostgreSQL here, which is said.
    ///
    /// # Panics
    /// When there is none and one must be, or when it does not start.
    pub fn start() -> Option<Self> {
        Self::start_at(Place::default())
    }

    /// As [`Server::start`], elsewhere.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub fn start_at(place: Place) -> Option<Self> {
        let Some(programs) = programs() else {
            let must = std::env::var_os(WANTED).is_some();
            assert!(!must, "no PostgreSQL was found, and there must be one: install postgresql");
            let told = "SKIPPED: no PostgreSQL was found (install postgresql to run this test)";
            let _ = writeln!(std::io::stderr(), "{told}");
            return None;
        };
        let dir = tempfile::Builder::new().prefix("cambium-pg-").tempdir().expect("a directory");
        let dir = dir.keep();
        if fs::metadata(&dir).is_ok_and(|it| it.uid() == 0) && !is_root_only_here() {
            std::os::unix::fs::chown(&dir, Some(NOBODY), Some(NOBODY)).expect("it is given away");
        }
        // A language with an order of its own: only what says otherwise is ordered by bytes.
        let made = humble(&[], &programs.join("initdb"))
            .arg("-D")
            .arg(dir.join("data"))
            .args(["-A", "trust", "-U", "cambium", "--no-sync", "--no-instructions", "-E", "UTF8"])
            .args(["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"])
            .current_dir("/")
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        if place.listen.is_some() {
            let rules = dir.join("data/pg_hba.conf");
            let open = fs::File::options().append(true).open(rules);
            writeln!(open.expect("its rules"), "host all all all trust").expect("they are ours");
        }
        let server = Self { dir, programs, place, keeper: Mutex::new(None) };
        server.again();
        Some(server)
    }

    /// Starts it again after [`Server::kill`].
    pub fn again(&self) {
        let mut command = humble(&self.place.within, Path::new("sh"));
        let (host, port) = self.place.listen.clone().unwrap_or((String::new(), 5_432));
        command.args(["-c", KEEPER]).arg(&self.dir).arg(&self.programs);
        command.args([host, port.to_string()]).current_dir("/");
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
