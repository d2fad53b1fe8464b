//! The session of `cambium login`: kept in a file that only its owner may read, per server, and
//! refreshed by whoever needs it first.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contracts::{Hash, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Client, Place};
use super::context::Cx;
use super::failure::Failure;
use crate::home::Home;
use crate::settings::Secret;

/// The file's name in a data directory.
const FILE: &str = "session.json";
/// How long before its end an access token is refreshed, in milliseconds.
const EARLY_MS: i64 = 60_000;

/// Tokens of a server, as they are kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// The server.
    pub url: String,
    access_token: String,
    refresh_token: String,
    expires_at: Timestamp,
}

impl Session {
    /// The session that an answer of the server tells.
    ///
    /// # Errors
    /// When the answer is none.
    pub fn of_answer(url: &str, answer: &Value) -> Result<Self, Failure> {
        let mut told = answer.clone();
        told["url"] = json!(url);
        super::client::shape(&told)
    }

    /// The token to act with.
    #[must_use]
    pub fn key(&self) -> Secret {
        Secret::new(self.access_token.clone())
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When the directory does not allow it.
    pub fn keep(&self, at: &Path) -> std::io::Result<()> {
        let folder = at.parent().unwrap_or(Path::new("."));
        let home = Home::new(folder);
        home.create()?;
        let name = at.file_name().and_then(|name| name.to_str()).unwrap_or(FILE);
        home.write_private(name, serde_json::to_string(self)?.as_bytes())
    }

    fn is_over(&self) -> bool {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.expires_at.as_millis() - EARLY_MS <= now
    }
}

/// Where the session of the server at `url` is kept: in the local data directory when the server
/// runs there, else where people keep their settings.
#[must_use]
pub fn place(cx: &Cx<'_>, url: &str) -> Option<PathBuf> {
    let home = cx.home();
    if home.server().is_some_and(|server| server.url == url) {
        return Some(home.file(FILE));
    }
    let named = cx.variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = named.or_else(|| Some(PathBuf::from(cx.variable("HOME")?).join(".config")))?;
    let name = Hash::of(url.as_bytes()).to_string();
    Some(config.join("cambium").join("sessions").join(format!("{}.json", &name[..16])))
}

/// The session of the server at `url`.
#[must_use]
pub fn kept(cx: &Cx<'_>, url: &str) -> Option<Session> {
    read(&place(cx, url)?).filter(|session| session.url == url)
}

fn read(path: &Path) -> Option<Session> {
    contracts::read::from_slice(&fs::read(path).ok()?).ok()
}

/// Whether a key is named, so that the session does not count.
#[must_use]
pub fn is_named(cx: &Cx<'_>) -> bool {
    let by_variable = ["CAMBIUM_KEY", "CAMBIUM_KEY_FILE"];
    cx.global.key.is_some() || by_variable.iter().any(|name| cx.variable(name).is_some())
}

/// Takes new tokens where the access token is over, before a verb uses it. What cannot be refreshed
/// is left: the server says what is wrong.
pub async fn freshen(cx: &Cx<'_>) {
    if is_named(cx) {
        return;
    }
    let url = cx.url();
    let Some(path) = place(cx, &url) else { return };
    if !read(&path).is_some_and(|session| session.url == url && session.is_over()) {
        return;
    }
    // A refresh token counts once: of two programs one waits, and finds what the other was given.
    let Some(_lock) = lock(&path) else { return };
    let Some(session) = read(&path).filter(|session| session.is_over()) else { return };
    let Ok(client) = Client::new(&url, None, Place::default(), &cx.trust()) else { return };
    let body = json!({ "refresh_token": session.refresh_token });
    let asking = client.post("/v1/auth/refresh", &body);
    let Ok(Ok(answer)) = tokio::time::timeout(Duration::from_secs(10), asking).await else {
        return;
    };
    if let Ok(next) = Session::of_answer(&url, &answer) {
        let _ = next.keep(&path);
    }
}

fn lock(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let file = options.open(path.with_extension("lock")).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// Reads a password: from the terminal without showing it, or the first line of what is piped in.
///
/// # Errors
/// When nothing can be read.
pub fn password(asked: &str) -> Result<Secret, Failure> {
    use std::io::{BufRead as _, IsTerminal as _, Write as _};
    let stdin = std::io::stdin();
    let mut line = String::new();
    if stdin.is_terminal() {
        let mut terminal = std::io::stderr();
        let _ = write!(terminal, "{asked}: ");
        let _ = terminal.flush();
        let hidden = Hidden::begin();
        let done = stdin.lock().read_line(&mut line);
        drop(hidden);
        let _ = writeln!(terminal);
        done?;
    } else {
        stdin.lock().read_line(&mut line)?;
    }
    let text = line.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Failure::Usage("a password is needed, typed or as a line of input".to_owned()));
    }
    Ok(Secret::new(text.to_owned()))
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden(Option<nix::sys::termios::Termios>);

impl Hidden {
    fn begin() -> Self {
        use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
        let stdin = std::io::stdin();
        let before = tcgetattr(&stdin).ok();
        if let Some(before) = &before {
            let mut hidden = before.clone();
            hidden.local_flags.remove(LocalFlags::ECHO);
            let _ = tcsetattr(&stdin, SetArg::TCSAFLUSH, &hidden);
        }
        Self(before)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        use nix::sys::termios::{SetArg, tcsetattr};
        if let Some(before) = &self.0 {
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSAFLUSH, before);
        }
    }
}
