//! People as the systems before this one tell of them.

use std::sync::Arc;

use contracts::kinds::organization;
use contracts::{ActorId, Address, Hash, Refusal, Tenant};
use serde_json::{Value, json};

use super::native;
use crate::edge::call::Call;
use crate::edge::shared::Shared;

/// Hexadecimal digits of the name of somebody known by an e-mail address.
const MAIL_DIGITS: usize = 32;

/// The name of who is told by `text`: of an e-mail address its hash, since names stand in the log
/// for ever and addresses must not; every other text is a name already.
pub fn name(text: &str) -> String {
    let text = text.trim();
    if !text.contains('@') {
        return text.to_owned();
    }
    let hash = Hash::of_parts("cambium mail name v1", &[&text.to_lowercase()]).to_string();
    format!("mail-{}", &hash[..MAIL_DIGITS])
}

/// What registers whoever is told by an e-mail address or a name.
pub fn registration(who: &str, password: &str, display: Option<&str>) -> Value {
    let mut wanted = json!({ "name": name(who), "password": password });
    if who.contains('@') {
        wanted["email"] = json!(who.trim());
    }
    if let Some(display) = display {
        wanted["display"] = json!(display);
    }
    wanted
}

/// Somebody, as far as the caller of `call` may know: itself.
pub fn user(me: &Value, email: Option<&str>) -> Value {
    let profile = &me["profile"];
    let email = email.map_or_else(|| profile["email"].clone(), |email| json!(email));
    let roles: Vec<&Value> = me["roles"].as_array().into_iter().flatten().collect();
    let admin = roles.iter().any(|role| role["role"] == "admin");
    let above = admin && me["tenant"] == "system";
    let shown = if profile["display"].is_null() { &me["principal"] } else { &profile["display"] };
    json!({
        "id": me["principal"], "username": me["principal"], "email": email, "name": shown,
        "auth_provider": "local", "is_active": true, "is_admin": admin, "isSuperAdmin": above,
        "roles": roles.iter().map(|role| &role["role"]).collect::<Vec<_>>(),
    })
}

/// The organization where somebody is at home, in the list that clients expect.
pub async fn organizations(shared: &Shared, me: &Value) -> Result<Value, Refusal> {
    let Some(Ok(tenant)) = me["tenant"].as_str().map(Tenant::new) else { return Ok(json!([])) };
    let state = organization(shared, &tenant).await?.unwrap_or_default();
    let standing =
        state["governance"]["members"].as_object().and_then(|it| it.get(me["principal"].as_str()?));
    let name = if state["name"].is_null() { json!(tenant) } else { state["name"].clone() };
    let role = standing.map_or_else(|| json!("member"), role);
    Ok(json!([{ "id": tenant, "name": name, "slug": tenant, "role": role }]))
}

fn role(member: &Value) -> Value {
    if member.is_string() { member.clone() } else { member["role"].clone() }
}

/// What is kept of an organization; `None` = it was never begun.
pub async fn organization(shared: &Shared, tenant: &Tenant) -> Result<Option<Value>, Refusal> {
    let id = ActorId::new(tenant.as_str()).map_err(|error| Refusal::internal(error.to_string()))?;
    let to = Address::new(tenant.clone(), organization::KIND, id);
    Ok(shared.kept(&to).await?.map(|view| view.state))
}

/// Who the caller of `call` is.
pub async fn me(shared: &Arc<Shared>, call: Call) -> Result<Value, Refusal> {
    native::ask(shared, call, "me", &json!({})).await
}

/// The two tokens of a pair, as OAuth's password grant tells them.
pub fn tokens(pair: &Value) -> Value {
    json!({
        "access_token": pair["access_token"], "refresh_token": pair["refresh_token"],
        "token_type": "bearer", "expires_in": pair["expires_in"],
    })
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn an_address_becomes_a_name_that_does_not_tell_it() {
        assert_eq!(name("ada"), "ada");
        let mail = name("Ada.Lovelace@Example.com");
        assert_eq!(mail, name(" ada.lovelace@example.com "));
        assert_ne!(mail, name("ada.lovelace@example.org"));
        assert!(contracts::Principal::new(mail.clone()).is_ok());
        assert!(!mail.contains("ada") && !mail.contains('@'), "{mail}");
    }
}
