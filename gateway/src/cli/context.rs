//! What every verb has at hand.

use std::path::{Path, PathBuf};

use super::args::Global;
use super::client::{Client, Place, Trust};
use super::failure::Failure;
use super::local::Local;
use super::out::Out;
use super::session;
use crate::home::Home;
use crate::settings::{DATA, PORT, Secret, Sources, load, read_secret_file};

/// Arguments, environment, program and output of one run.
pub struct Cx<'a> {
    /// What every verb understands.
    pub global: Global,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The program behind the command line.
    pub local: &'a dyn Local,
    /// Where to print.
    pub out: &'a mut Out,
}

impl Cx<'_> {
    /// A variable of the environment that is not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The local data directory, which need not exist: the one that `up` would use here. Settings
    /// that make no sense are a matter of `up`; a client goes on without them.
    #[must_use]
    pub fn home(&self) -> Home {
        let named = || self.variable("CAMBIUM_DATA").map(PathBuf::from);
        let data = self.global.data.clone().or_else(named);
        data.map_or_else(
            || {
                let loaded = load(&self.sources(None, Vec::new()));
                Home::new(loaded.map_or_else(|_| DATA.into(), |loaded| loaded.settings.data))
            },
            Home::new,
        )
    }

    /// The server's URL, where it is named.
    #[must_use]
    pub fn named_url(&self) -> Option<&str> {
        self.global.url.as_deref().or_else(|| self.variable("CAMBIUM_URL"))
    }

    /// The server's URL: named, or of the program on the local data directory, or the usual one.
    #[must_use]
    pub fn url(&self) -> String {
        let url = self.named_url().map(str::to_owned);
        url.or_else(|| self.home().server().map(|server| server.url))
            .unwrap_or_else(|| format!("http://127.0.0.1:{PORT}"))
    }

    /// The key to act with: named, or of the session of `login`, or the admin key of the local
    /// directory. That one is only for servers of this machine: it never leaves it.
    ///
    /// # Errors
    /// [`Failure::Usage`] when the file that `CAMBIUM_KEY_FILE` names cannot be used.
    pub fn key(&self) -> Result<Option<Secret>, Failure> {
        let (named, file) = (self.variable("CAMBIUM_KEY"), self.variable("CAMBIUM_KEY_FILE"));
        let key = match (&self.global.key, named, file) {
            (Some(key), ..) => Some(key.clone()),
            (None, Some(_), Some(_)) => {
                let message = "CAMBIUM_KEY and CAMBIUM_KEY_FILE are both set; set only one of them";
                return Err(Failure::Usage(message.to_owned()));
            }
            (None, Some(key), None) => Some(Secret::new(key.to_owned())),
            (None, None, Some(path)) => {
                let unusable = |reason| Failure::Usage(format!("CAMBIUM_KEY_FILE: {reason}"));
                Some(Secret::new(read_secret_file(Path::new(path)).map_err(unusable)?))
            }
            (None, None, None) => None,
        };
        let url = self.url();
        let session = || session::kept(self, &url).map(|session| session.key());
        Ok(key.or_else(session).or_else(|| self.own_admin(&url)))
    }

    /// The admin key of the local directory, for a server of this machine.
    #[must_use]
    pub fn own_admin(&self, url: &str) -> Option<Secret> {
        Client::is_loopback(url).then(|| self.home().admin_key()).flatten()
    }

    /// Whom a client believes, and what it shows of itself.
    #[must_use]
    pub fn trust(&self) -> Trust {
        let named = |flag: &Option<PathBuf>, name: &str| {
            flag.clone().or_else(|| self.variable(name).map(PathBuf::from))
        };
        Trust {
            authority: named(&self.global.ca, "CAMBIUM_CA").or_else(|| self.home().authority()),
            certificate: named(&self.global.cert, "CAMBIUM_CERT"),
            key: named(&self.global.cert_key, "CAMBIUM_CERT_KEY"),
        }
    }

    /// A client of the server.
    ///
    /// # Errors
    /// [`Failure::Usage`] when the URL is none.
    pub fn client(&self) -> Result<Client, Failure> {
        let named = self.variable("CAMBIUM_TENANT").map(str::to_owned);
        let tenant = self.global.tenant.as_ref().map(ToString::to_string).or(named);
        let named = self.variable("CAMBIUM_REASON").map(str::to_owned);
        let reason = self.global.reason.clone().or(named);
        Client::new(&self.url(), self.key()?, Place { tenant, reason }, &self.trust())
    }

    /// Where settings come from, with `flags` as the last word.
    #[must_use]
    pub fn sources(
        &self,
        file: Option<PathBuf>,
        mut flags: Vec<(&'static str, &'static str, String)>,
    ) -> Sources {
        if let Some(data) = &self.global.data {
            flags.push(("data", "--data", data.display().to_string()));
        }
        Sources { file, environment: self.environment.clone(), flags }
    }
}
