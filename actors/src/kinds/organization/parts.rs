//! Projects, applications and services.

use contracts::ActorId;
use contracts::kinds::organization::{Command, Event, Link, PARTS_MAX, Part, Rejection};

use super::State;

pub(super) fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Rejection> {
    let State { projects, applications, services, .. } = state;
    let event = match command {
        Command::PutProject(project) => {
            let most = state.governance.limits.projects_max.map_or(PARTS_MAX, |most| most as usize);
            let known = projects.get(&project.id);
            room(known.is_some(), projects.len(), most.min(PARTS_MAX), "projects")?;
            (known != Some(project)).then(|| Event::ProjectPut(project.clone()))
        }
        Command::PutApplication(application) => {
            let known = applications.get(&application.id);
            in_project(state, &application.project)?;
            room(known.is_some(), applications.len(), PARTS_MAX, "applications")?;
            (known != Some(application)).then(|| Event::ApplicationPut(application.clone()))
        }
        Command::PutService(service) => {
            let known = services.get(&service.id);
            in_project(state, &service.project)?;
            room(known.is_some(), services.len(), PARTS_MAX, "services")?;
            (known != Some(service)).then(|| Event::ServicePut(service.clone()))
        }
        Command::RemoveProject(named) => {
            Some(gone(projects.contains_key(&named.id), Part::Project, &named.id, "project")?)
        }
        Command::RemoveApplication(named) => {
            let known = applications.contains_key(&named.id);
            Some(gone(known, Part::Application, &named.id, "application")?)
        }
        Command::RemoveService(named) => {
            Some(gone(services.contains_key(&named.id), Part::Service, &named.id, "service")?)
        }
        Command::Link(link) => {
            same_project(state, link)?;
            (!state.links.contains(link)).then(|| Event::Linked(link.clone()))
        }
        Command::Unlink(link) => state.links.contains(link).then(|| Event::Unlinked(link.clone())),
        _ => None,
    };
    Ok(event.into_iter().collect())
}

fn room(known: bool, count: usize, most: usize, what: &'static str) -> Result<(), Rejection> {
    if known || count < most { Ok(()) } else { Err(Rejection::Full(what)) }
}

fn in_project(state: &State, project: &ActorId) -> Result<(), Rejection> {
    let known = state.projects.contains_key(project);
    if known { Ok(()) } else { Err(Rejection::PartUnknown("project")) }
}

fn gone(known: bool, part: Part, id: &ActorId, what: &'static str) -> Result<Event, Rejection> {
    if known {
        Ok(Event::PartRemoved { part, id: id.clone() })
    } else {
        Err(Rejection::PartUnknown(what))
    }
}

fn same_project(state: &State, link: &Link) -> Result<(), Rejection> {
    let application = state.applications.get(&link.application);
    let application = application.ok_or(Rejection::PartUnknown("application"))?;
    let service = state.services.get(&link.service);
    let service = service.filter(|service| service.project == application.project);
    service.map(|_| ()).ok_or(Rejection::PartUnknown("service"))
}
