//! Users of tenants who speak to the broker directly: kept beside the streams, as the hash of their
//! password, and put into the configuration of the running server without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use contracts::{ActorId, Tenant, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::error::ServerError;
use super::files;
use super::{ServerConfig, accounts};
use contracts::Secret;

/// The file that keeps them, 0600.
const FILE: &str = "users.json";

/// Rounds of bcrypt, as a power of two. The passwords are 256 random bits, which no number of tries
/// finds; the broker computes this at each connection, and for everybody at each reload.
const HASH_COST: u32 = 6;

/// Who wants the server to read its configuration again.
pub(super) type Reload = oneshot::Sender<Result<(), ServerError>>;

/// A user as the file keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) tenant: Tenant,
    pub(super) name: ActorId,
    /// The bcrypt hash of the password.
    pub(super) hash: String,
    pub(super) made_at: Timestamp,
}

/// What may be told of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    /// The name in the tenant.
    pub name: ActorId,
    /// What it is called by the broker.
    pub user: String,
    /// What its inboxes begin with.
    pub inbox_prefix: String,
    /// When it was made.
    pub made_at: Timestamp,
}

/// A user that was just made. The password is shown once.
#[derive(Debug)]
pub struct NewUser {
    /// What may be told of it.
    pub info: UserInfo,
    /// Its password.
    pub password: Secret,
    /// What the operator of another broker puts into its configuration; none where the server is
    /// ours, and has it already.
    pub snippet: Option<String>,
}

/// Why a user was not made or ended.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is one of that name.
    #[error("there is a NATS user of that name; revoke it first")]
    Exists,
    /// There is none of that name.
    #[error("there is no NATS user of that name")]
    Unknown,
    /// The file or the server does not do it.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The system cannot make a password.
    #[error("no password can be made: {0}")]
    Password(String),
}

/// The users of a child server; cheap to clone.
#[derive(Clone)]
pub struct Users {
    pub(super) dir: Arc<Path>,
    pub(super) reload: mpsc::Sender<Reload>,
    /// One change at a time.
    pub(super) changing: Arc<Mutex<()>>,
}

impl Users {
    /// The users of `tenant`, in the order of their names.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self, tenant: &Tenant) -> Result<Vec<UserInfo>, UserError> {
        let own = read(&self.dir)?.into_iter().filter(|it| it.tenant == *tenant);
        let mut users: Vec<UserInfo> = own.map(|it| it.info()).collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    /// Lets a new user in. Nobody who is connected is interrupted.
    ///
    /// # Errors
    /// [`UserError::Exists`], and when the server does not take it.
    pub async fn add(&self, tenant: Tenant, name: ActorId) -> Result<NewUser, UserError> {
        let _changing = self.changing.lock().await;
        let before = read(&self.dir)?;
        if before.iter().any(|it| it.tenant == tenant && it.name == name) {
            return Err(UserError::Exists);
        }
        let (user, password) = Kept::make(tenant, name)?;
        let mut after = before.clone();
        after.push(user.clone());
        self.change(&before, &after).await?;
        Ok(NewUser { info: user.info(), password, snippet: None })
    }

    /// Ends a user; its connections are closed before this resolves.
    ///
    /// # Errors
    /// [`UserError::Unknown`], and when the server does not take it.
    pub async fn revoke(&self, tenant: &Tenant, name: &ActorId) -> Result<(), UserError> {
        let _changing = self.changing.lock().await;
        let before = read(&self.dir)?;
        let mut after = before.clone();
        after.retain(|it| it.tenant != *tenant || it.name != *name);
        if after.len() == before.len() {
            return Err(UserError::Unknown);
        }
        self.change(&before, &after).await
    }

    /// Writes the users down and has the server take them; when it does not, all is as before.
    async fn change(&self, before: &[Kept], after: &[Kept]) -> Result<(), UserError> {
        write(&self.dir, after)?;
        let taken = self.reloaded().await;
        if taken.is_err() {
            write(&self.dir, before)?;
        }
        Ok(taken?)
    }

    async fn reloaded(&self) -> Result<(), ServerError> {
        let (done, taken) = oneshot::channel();
        let ended = || ServerError::Reload("it is being stopped".to_owned());
        self.reload.send(done).await.map_err(|_| ended())?;
        taken.await.map_err(|_| ended())?
    }
}

/// A user for a broker that is not ours: its operator lets it in.
///
/// # Errors
/// When the system gives no randomness.
pub fn user_elsewhere(
    config: &ServerConfig,
    tenant: Tenant,
    name: ActorId,
) -> Result<NewUser, UserError> {
    let (user, password) = Kept::make(tenant, name)?;
    let snippet = Some(accounts::snippet(config, &user));
    Ok(NewUser { info: user.info(), password, snippet })
}

impl Kept {
    fn make(tenant: Tenant, name: ActorId) -> Result<(Self, Secret), UserError> {
        let password = files::random_password()?;
        let failed = |error: bcrypt::BcryptError| UserError::Password(error.to_string());
        let hash = bcrypt::hash_with_result(password.reveal(), HASH_COST).map_err(failed)?;
        // The broker's own spelling; the algorithm is the same.
        let hash = hash.format_for_version(bcrypt::Version::TwoA);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let made_at = Timestamp::from_millis(millis);
        Ok((Self { tenant, name, hash, made_at }, password))
    }

    fn info(&self) -> UserInfo {
        UserInfo {
            name: self.name.clone(),
            user: accounts::user_name(&self.tenant, &self.name),
            inbox_prefix: accounts::inbox_prefix(&self.tenant, &self.name),
            made_at: self.made_at,
        }
    }
}

/// The users that a server's directory keeps.
pub(super) fn read(dir: &Path) -> Result<Vec<Kept>, ServerError> {
    let path = path(dir);
    match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found
            .and_then(|text| contracts::read::from_slice(&text).map_err(std::io::Error::other))
            .map_err(ServerError::file(&path)),
    }
}

fn write(dir: &Path, users: &[Kept]) -> Result<(), ServerError> {
    let path = path(dir);
    let text =
        serde_json::to_vec_pretty(users).map_err(|error| ServerError::file(&path)(error.into()))?;
    files::write_private(&path, &text)
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}
