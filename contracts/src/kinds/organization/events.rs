use serde::{Deserialize, Serialize};

use super::commands::{MemberRole, PlanLimits};
use super::entitlements::{Entitle, Scope};
use super::structure::{Application, Link, Part, Project, Service};
use crate::access::{Pattern, RoleName};
use crate::ids::{ActorId, Principal};
use crate::privacy::Classed;
use crate::time::Timestamp;

/// What happened to an organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Created {
        /// What it is called.
        name: String,
        /// Its plan.
        plan: String,
    },
    /// It is called otherwise.
    Renamed {
        /// How.
        name: String,
    },
    /// It has a plan.
    PlanSet {
        /// Its name.
        plan: String,
        /// What it allows.
        limits: PlanLimits,
    },
    /// Somebody is a member.
    MemberAdded {
        /// Who.
        principal: Principal,
        /// As what.
        role: MemberRole,
    },
    /// A member stands otherwise.
    MemberChanged {
        /// Who.
        principal: Principal,
        /// As what.
        role: MemberRole,
    },
    /// Somebody is a member no longer.
    MemberRemoved {
        /// Who.
        principal: Principal,
    },
    /// It has a role of its own.
    RoleDefined {
        /// Its name.
        role: RoleName,
        /// What it allows.
        allow: Vec<Pattern>,
        /// What it leaves out of that.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<Pattern>,
    },
    /// It has a role no longer.
    RoleDropped {
        /// Which.
        role: RoleName,
    },
    /// A member of an input is protected so from now on.
    DataClassed(Classed),
    /// Its publisher on NATS has these roles; absent = as the program comes.
    PublisherSet {
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        roles: Option<Vec<RoleName>>,
    },
    /// It has a project, or one is another.
    ProjectPut(Project),
    /// It has an application, or one is another.
    ApplicationPut(Application),
    /// It has a service, or one is another.
    ServicePut(Service),
    /// A part is gone, with what was in it.
    PartRemoved {
        /// What sort.
        part: Part,
        /// Which.
        id: ActorId,
    },
    /// An application uses a service.
    Linked(Link),
    /// It does so no longer.
    Unlinked(Link),
    /// It may use a feature.
    Entitled(Entitle),
    /// It has used some of a feature.
    Consumed {
        /// Which.
        feature: String,
        /// For whom.
        scope: Scope,
        /// How much.
        amount: u64,
        /// When the window began that it counts in.
        window: Timestamp,
    },
    /// It has an entitlement no longer.
    Withdrawn {
        /// To which feature.
        feature: String,
        /// For whom.
        scope: Scope,
    },
    /// Nobody in it may do anything more.
    Suspended {
        /// By whom.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Its members may act again.
    Restored {},
}
