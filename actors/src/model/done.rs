//! What a call that gave no answer may have done all the same. A call costs money: only one that
//! did nothing for certain may be made again.

use contracts::Refusal;
use serde_json::{Value, json};

/// What a call that gave no answer has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Nothing: it was never sent, or the provider says that it did nothing.
    Nothing,
    /// The provider answered, and not with what was asked.
    Failed,
    /// Nobody knows: it was sent, and no whole answer came.
    Unknown,
}

impl Done {
    /// What `refusal` says of itself; a refusal that says nothing is an answer.
    #[must_use]
    pub fn of(refusal: &Refusal) -> Self {
        let said = refusal.details.as_ref().and_then(|details| details["done"].as_str());
        match said {
            Some("nothing") => Self::Nothing,
            Some("unknown") => Self::Unknown,
            _ => Self::Failed,
        }
    }

    /// `refusal`, saying so, and when it is worth asking again: by somebody who knows, so that
    /// nobody asks before.
    #[must_use]
    pub fn asking_again(self, refusal: Refusal, ms: u64) -> Refusal {
        let mut refusal = self.told_by(refusal.retry_after(ms));
        if let Some(Value::Object(members)) = refusal.details.as_deref_mut() {
            members.insert("retry_after_ms".to_owned(), json!(ms));
        }
        refusal
    }

    /// When somebody who knows said that it is worth asking again; a refusal's own advice is a
    /// guess otherwise.
    #[must_use]
    pub fn again_ms(refusal: &Refusal) -> Option<u64> {
        refusal.details.as_ref()?["retry_after_ms"].as_u64()
    }

    /// `refusal`, saying so: `details.done` is `nothing`, `failed` or `unknown`.
    #[must_use]
    pub fn told_by(self, mut refusal: Refusal) -> Refusal {
        let word = match self {
            Self::Nothing => "nothing",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        };
        let mut details = refusal.details.take().map_or_else(|| json!({}), |details| *details);
        if let Value::Object(members) = &mut details {
            members.insert("done".to_owned(), json!(word));
        }
        refusal.details = Some(Box::new(details));
        refusal
    }
}

#[cfg(test)]
mod tests {
    use contracts::Refusal;

    use super::Done;

    #[test]
    fn a_refusal_keeps_what_was_done() {
        for done in [Done::Nothing, Done::Failed, Done::Unknown] {
            assert_eq!(Done::of(&done.told_by(Refusal::rejected("no", "no"))), done);
        }
        assert_eq!(Done::of(&Refusal::rejected("no", "no")), Done::Failed);
    }
}
