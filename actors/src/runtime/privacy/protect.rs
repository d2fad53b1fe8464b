//! What is about persons is protected before the gate and the kind see it, on every road: what is
//! stored of a command, what it causes, what is written of its refusal, and what it is queued as.

use contracts::kinds::approval;
use contracts::privacy::{DataClass, Field, MARK, SubjectOf, within};
use contracts::{
    ActorId, CommandName, Envelope, Kind, Origin, Principal, Refusal, RefusalClass, Tenant,
    lifecycle,
};
use serde_json::{Value, json};

use crate::privacy::{Place, seal};
use crate::runtime::shared::Shared;

/// A command of which some members may be about persons.
struct Asked<'a> {
    tenant: &'a Tenant,
    kind: &'a Kind,
    id: &'a ActorId,
    name: &'a CommandName,
    by: &'a Principal,
}

/// One member that is protected: where it stands, how much, and whose it is.
struct Found {
    pointer: String,
    class: DataClass,
    subject: ActorId,
}

/// An input from outside says the thing itself.
///
/// # Errors
/// `protected_forged`.
pub fn ensure_plain(input: &Value) -> Result<(), Refusal> {
    if within(input) {
        let message = "an input says the thing itself, never its protected form";
        return Err(Refusal::new(RefusalClass::Malformed, "protected_forged", message));
    }
    Ok(())
}

impl Shared {
    /// Protects what is about persons in the input of a command; true when there was something.
    ///
    /// # Errors
    /// `protected_forged` when it comes from outside and holds what looks protected already;
    /// `keys_unavailable`.
    pub async fn protect(&self, envelope: &mut Envelope) -> Result<bool, Refusal> {
        // What an approval sends was protected when it was proposed.
        if envelope.by.origin != Origin::Runtime && envelope.approved.is_none() {
            ensure_plain(&envelope.input)?;
        }
        self.protect_sealed(envelope).await
    }

    /// As [`Shared::protect`], for a command that this system has sealed itself and that may have
    /// been protected before.
    ///
    /// # Errors
    /// `keys_unavailable`.
    pub async fn protect_sealed(&self, envelope: &mut Envelope) -> Result<bool, Refusal> {
        let Envelope { to, name, by, input, .. } = envelope;
        if lifecycle::is_runtime(name) {
            return Ok(false);
        }
        let (tenant, by) = (&to.tenant, &by.principal);
        let asked = Asked { tenant, kind: &to.kind, id: &to.id, name, by };
        if to.kind == approval::KIND && name.as_str() == "propose" {
            return self.protect_proposed(&asked, input).await;
        }
        self.protect_input(&asked, input).await
    }

    /// What is proposed is another command: what is about persons in that one is protected.
    async fn protect_proposed(
        &self,
        asked: &Asked<'_>,
        input: &mut Value,
    ) -> Result<bool, Refusal> {
        let command = &mut input["command"];
        let text = |name: &str| command[name].as_str().unwrap_or_default().to_owned();
        let (kind, id, name) =
            (text("kind").parse(), ActorId::new(text("id")), text("name").parse());
        let (Ok(kind), Ok(id), Ok(name)) = (kind, id, name) else { return Ok(false) };
        let inner = Asked { tenant: asked.tenant, kind: &kind, id: &id, name: &name, by: asked.by };
        self.protect_input(&inner, &mut command["input"]).await
    }

    async fn protect_input(&self, asked: &Asked<'_>, input: &mut Value) -> Result<bool, Refusal> {
        let found = self.found(asked, input);
        if found.is_empty() {
            return Ok(false);
        }
        let page = self.registry.get(asked.kind).map(|kind| &kind.page);
        let readable =
            page.is_some_and(|it| it.ensure_readable(asked.name.as_str(), input).is_ok());
        for Found { pointer, class, subject } in found {
            let key = match readable {
                true => Some(self.keys.ensure(asked.tenant, &subject).await?),
                // It is refused for its shape, and until then hides nothing that it could show.
                false => None,
            };
            let Some(value) = input.pointer_mut(&pointer) else { continue };
            *value = match key {
                None => json!({ "protected": class }),
                Some(key) => {
                    let context = format!("{}/{}{pointer}", asked.kind, asked.id);
                    let subjects = [subject];
                    let place = Place {
                        tenant: asked.tenant,
                        context: &context,
                        class,
                        subjects: &subjects,
                    };
                    Value::String(seal(&key, &place, value).to_string())
                }
            };
        }
        Ok(true)
    }

    /// The members that are to be protected, by what the page and the organization say.
    fn found(&self, asked: &Asked<'_>, input: &Value) -> Vec<Found> {
        let page = self.registry.get(asked.kind).map(|kind| kind.page.fields).unwrap_or_default();
        let snapshot = self.directory.snapshot();
        let own = &snapshot.house(asked.tenant).governance.classed;
        let mut found: Vec<Found> = Vec::new();
        // The first that speaks of a member counts: a page before an organization.
        let mut add = |field: &Field| {
            if field.class == DataClass::None || field.command != asked.name.as_str() {
                return;
            }
            for pointer in places(input, &field.pointer) {
                if found.iter().all(|known| known.pointer != pointer) {
                    let subject = subject(asked, input, &field.subject);
                    found.push(Found { pointer, class: field.class, subject });
                }
            }
        };
        page.iter().for_each(&mut add);
        let of_kind = own.iter().filter(|classed| classed.kind == *asked.kind);
        of_kind.for_each(|classed| add(&classed.field()));
        found
    }
}

/// Whose a member is.
fn subject(asked: &Asked<'_>, input: &Value, of: &SubjectOf) -> ActorId {
    let named = match of {
        SubjectOf::Actor => Some(asked.id.clone()),
        SubjectOf::Caller => None,
        SubjectOf::At(pointer) => {
            let text = input.pointer(pointer).and_then(Value::as_str);
            text.and_then(|text| ActorId::new(text).ok())
        }
    };
    named.unwrap_or_else(|| ActorId::new(asked.by.as_str()).unwrap_or_else(|_| asked.id.clone()))
}

/// The pointers of what `pattern` finds in `input` and is not protected yet.
fn places(input: &Value, pattern: &str) -> Vec<String> {
    let mut found = vec![(String::new(), input)];
    for segment in pattern.strip_prefix('/').unwrap_or(pattern).split('/') {
        let mut next = Vec::new();
        for (pointer, value) in found {
            match value {
                Value::Object(members) if segment == "*" => {
                    next.extend(members.iter().map(|(name, value)| {
                        let name = name.replace('~', "~0").replace('/', "~1");
                        (format!("{pointer}/{name}"), value)
                    }));
                }
                Value::Array(items) if segment == "*" => {
                    let items = items.iter().enumerate();
                    next.extend(items.map(|(at, value)| (format!("{pointer}/{at}"), value)));
                }
                _ => {
                    let inner = value.pointer(&format!("/{segment}"));
                    next.extend(inner.map(|inner| (format!("{pointer}/{segment}"), inner)));
                }
            }
        }
        found = next;
    }
    let open = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.starts_with(MARK),
        _ => true,
    };
    found.into_iter().filter(|(_, value)| open(value)).map(|(pointer, _)| pointer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_find_members_and_items_and_leave_out_what_is_not_there() {
        let input = json!({
            "text": "a", "none": null, "members": [{ "name": "x" }, { "age": 1 }, { "name": "y" }],
            "settings": { "a/b": 1, "c~d": { "e": 2 } },
        });
        assert_eq!(places(&input, "/text"), ["/text"]);
        assert_eq!(places(&input, "text"), ["/text"]);
        assert!(places(&input, "/none").is_empty());
        assert!(places(&input, "/text/deeper").is_empty());
        assert_eq!(places(&input, "/members/*/name"), ["/members/0/name", "/members/2/name"]);
        let found = places(&input, "/settings/*");
        assert_eq!(found, ["/settings/a~1b", "/settings/c~0d"]);
        assert!(found.iter().all(|pointer| input.pointer(pointer).is_some()));
    }
}
