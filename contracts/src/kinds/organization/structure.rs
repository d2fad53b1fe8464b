//! What an organization works on: projects with applications and services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::TEXT_BYTES_MAX;
use crate::ids::ActorId;
use crate::kinds::check::Check;
use crate::refusal::Refusal;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// What it is known by.
    pub id: ActorId,
    /// What it is called.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// How it stands; `active` when left out.
    #[serde(default)]
    pub status: ProjectStatus,
}

/// How a project stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// It is worked on.
    #[default]
    Active,
    /// It is kept.
    Archived,
    /// It rests.
    Suspended,
}

/// An application of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// What it is known by.
    pub id: ActorId,
    /// Of which project.
    pub project: ActorId,
    /// What it is called.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// For whom it runs; `development` when left out.
    #[serde(default)]
    pub environment: Environment,
    /// What sort: `web`, `mobile`, `api`, `cli` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub sort: Option<String>,
    /// Where its source is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub repository: Option<String>,
}

/// For whom something runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Those who build it.
    #[default]
    Development,
    /// Those who try it.
    Staging,
    /// Everybody.
    Production,
}

/// A service of a project: a database, a store, something outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What it is known by.
    pub id: ActorId,
    /// Of which project.
    pub project: ActorId,
    /// What it is called.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// What sort: `database`, `api`, `auth`, `storage`, `messaging`, `analytics` …
    #[schemars(length(min = 1, max = 256))]
    pub sort: String,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub provider: Option<String>,
    /// Where it is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub endpoint: Option<String>,
    /// How it is; `active` when left out.
    #[serde(default)]
    pub status: ServiceStatus,
}

/// How a service is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// It serves.
    #[default]
    Active,
    /// It rests.
    Inactive,
    /// It fails.
    Error,
}

/// Input of what takes a part away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// What it is known by.
    pub id: ActorId,
}

/// An application that uses a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Which application.
    pub application: ActorId,
    /// Which service; of the same project.
    pub service: ActorId,
}

/// What sort of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A project.
    Project,
    /// An application.
    Application,
    /// A service.
    Service,
}

impl Application {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        Check::new()
            .text("name", &self.name, TEXT_BYTES_MAX)
            .text_opt("sort", self.sort.as_ref(), TEXT_BYTES_MAX)
            .text_opt("repository", self.repository.as_ref(), TEXT_BYTES_MAX)
            .done()
    }
}

impl Service {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        Check::new()
            .text("name", &self.name, TEXT_BYTES_MAX)
            .text("sort", &self.sort, TEXT_BYTES_MAX)
            .text_opt("provider", self.provider.as_ref(), TEXT_BYTES_MAX)
            .text_opt("endpoint", self.endpoint.as_ref(), TEXT_BYTES_MAX)
            .done()
    }
}
