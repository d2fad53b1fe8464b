//! The members of a body, taken one by one. What is wrong is told with the place of the member, as
//! `messages[2].content`, and what nobody has taken is refused: an option that is silently left out
//! would be a lie about the answer.

use contracts::{Refusal, RefusalClass};
use serde_json::{Map, Value};

use crate::problem::codes;

/// The members of an object that nobody has taken yet; `null` is as if it were not there.
pub struct Fields {
    at: String,
    members: Map<String, Value>,
}

impl Fields {
    /// The members of `value`, which stands `at` this place; the body itself stands at none.
    ///
    /// # Errors
    /// `invalid_input` when it is no object.
    pub fn new(value: Value, at: impl Into<String>) -> Result<Self, Refusal> {
        let at = at.into();
        match value {
            Value::Object(members) => Ok(Self { at, members }),
            _ => Err(wrong(if at.is_empty() { "body" } else { &at }, "is an object")),
        }
    }

    /// The place of a member.
    #[must_use]
    pub fn place(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    /// A refusal about a member.
    #[must_use]
    pub fn wrong(&self, name: &str, wanted: &str) -> Refusal {
        wrong(&self.place(name), wanted)
    }

    /// Takes a member.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// Looks at a member without taking it.
    #[must_use]
    pub fn peek(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// Takes a member that must be there.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn needed(&mut self, name: &str) -> Result<Value, Refusal> {
        self.take(name).ok_or_else(|| self.wrong(name, "is needed"))
    }

    /// Takes a text.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "is a text")),
        }
    }

    /// Takes a text that must be there.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn needed_text(&mut self, name: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is needed"))
    }

    /// Takes a flag.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.wrong(name, "is true or false")),
        }
    }

    /// Takes a number from `least` to `most`.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn number(&mut self, name: &str, least: f64, most: f64) -> Result<Option<f64>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_f64().filter(|number| (least..=most).contains(number));
        let wanted = || self.wrong(name, &format!("is a number from {least} to {most}"));
        number.map(Some).ok_or_else(wanted)
    }

    /// Takes a whole number from `least` to `most`.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn integer(&mut self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_u64().filter(|number| (least..=most).contains(number));
        let wanted = || self.wrong(name, &format!("is a whole number from {least} to {most}"));
        number.map(Some).ok_or_else(wanted)
    }

    /// Takes a list.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.wrong(name, "is a list")),
        }
    }

    /// Takes an object.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn fields(&mut self, name: &str) -> Result<Option<Self>, Refusal> {
        let at = self.place(name);
        self.take(name).map(|value| Self::new(value, at)).transpose()
    }

    /// Takes members that say nothing about the answer: notes of the caller's for itself or for the
    /// provider's bookkeeping.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.members.remove(*name);
        }
    }

    /// Takes a member that may only say what is so anyway.
    ///
    /// # Errors
    /// `unsupported_parameter` when it says anything else.
    pub fn only(&mut self, name: &str, said: &[Value]) -> Result<(), Refusal> {
        match self.take(name) {
            Some(value) if !said.contains(&value) => {
                Err(codes::unsupported_parameter(&self.place(name)))
            }
            _ => Ok(()),
        }
    }

    /// Refuses members that OpenAI has and Cambium does not; empty ones say nothing.
    ///
    /// # Errors
    /// `unsupported_parameter`.
    pub fn unsupported(&mut self, names: &[&str]) -> Result<(), Refusal> {
        for name in names {
            let said = self.take(name).is_some_and(|value| {
                let empty = value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(Map::is_empty);
                !empty && value != Value::Bool(false)
            });
            if said {
                return Err(codes::unsupported_parameter(&self.place(name)));
            }
        }
        Ok(())
    }

    /// That nothing is left.
    ///
    /// # Errors
    /// `unknown_parameter`.
    pub fn done(self) -> Result<(), Refusal> {
        let left = self.members.iter().find(|(_, value)| !value.is_null());
        left.map_or(Ok(()), |(name, _)| Err(codes::unknown_parameter(&self.place(name))))
    }
}

/// A refusal about the member at this place.
#[must_use]
pub fn wrong(place: &str, wanted: &str) -> Refusal {
    let message = format!("{place} {wanted}");
    Refusal::new(RefusalClass::Malformed, "invalid_input", message).field(place, wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fields;

    fn fields(value: serde_json::Value) -> Fields {
        Fields::new(value, "a[1]").unwrap()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let mut body = fields(json!({ "t": 1, "n": 3.0, "l": {}, "x": null }));
        for refusal in [
            body.text("t").unwrap_err(),
            body.number("n", 0.0, 2.0).unwrap_err(),
            body.list("l").unwrap_err(),
            body.needed_text("x").unwrap_err(),
        ] {
            assert_eq!(refusal.code, "invalid_input");
            assert!(refusal.errors[0].field.starts_with("a[1]."), "{refusal:?}");
        }
        assert!(body.done().is_ok(), "all was taken, and null is nothing");
    }

    #[test]
    fn nothing_is_left_out_silently() {
        let refusal = fields(json!({ "temprature": 1 })).done().unwrap_err();
        assert_eq!(refusal.code, "unknown_parameter");
        assert_eq!(refusal.errors[0].field, "a[1].temprature");
        let refusal = fields(json!({ "n": 2 })).only("n", &[json!(1)]).unwrap_err();
        assert_eq!(refusal.code, "unsupported_parameter");
        assert!(fields(json!({ "n": 1 })).only("n", &[json!(1)]).is_ok());
        assert!(fields(json!({ "b": {} })).unsupported(&["b"]).is_ok());
        assert!(fields(json!({ "b": { "x": 1 } })).unsupported(&["b"]).is_err());
    }
}
