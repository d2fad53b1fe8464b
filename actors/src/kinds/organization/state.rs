use std::collections::{BTreeMap, BTreeSet};

use contracts::kinds::organization::{Application, Event, Link, Part, Project, Service};
use contracts::{ActorId, Timestamp};
use serde::{Deserialize, Serialize};

use super::governance::Governance;

/// What an organization is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whether there is one.
    pub created: bool,
    /// What it is called.
    pub name: String,
    /// Its plan.
    pub plan: String,
    /// Who rules, and within which bounds.
    pub governance: Governance,
    /// What it works on.
    pub projects: BTreeMap<ActorId, Project>,
    /// Its applications.
    pub applications: BTreeMap<ActorId, Application>,
    /// Its services.
    pub services: BTreeMap<ActorId, Service>,
    /// Which application uses which service.
    pub links: BTreeSet<Link>,
}

impl State {
    /// The organization after `event`, which happened at `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        self.governance.follow(event, at);
        match event {
            Event::Created { name, plan } => {
                (self.created, self.name, self.plan) = (true, name.clone(), plan.clone());
            }
            Event::Renamed { name } => self.name.clone_from(name),
            Event::PlanSet { plan, .. } => self.plan.clone_from(plan),
            Event::ProjectPut(project) => {
                self.projects.insert(project.id.clone(), project.clone());
            }
            Event::ApplicationPut(application) => {
                self.applications.insert(application.id.clone(), application.clone());
            }
            Event::ServicePut(service) => {
                self.services.insert(service.id.clone(), service.clone());
            }
            Event::PartRemoved { part, id } => self.remove(*part, id),
            Event::Linked(link) => {
                self.links.insert(link.clone());
            }
            Event::Unlinked(link) => {
                self.links.remove(link);
            }
            _ => {}
        }
        self
    }

    fn remove(&mut self, part: Part, id: &ActorId) {
        match part {
            Part::Project => {
                self.projects.remove(id);
                self.applications.retain(|_, it| it.project != *id);
                self.services.retain(|_, it| it.project != *id);
            }
            Part::Application => {
                self.applications.remove(id);
            }
            Part::Service => {
                self.services.remove(id);
            }
        }
        let (applications, services) = (&self.applications, &self.services);
        self.links.retain(|link| {
            applications.contains_key(&link.application) && services.contains_key(&link.service)
        });
    }
}
