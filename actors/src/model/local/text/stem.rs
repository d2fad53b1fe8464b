//! Words brought to a common form, so that `costs`, `costing` and `cost` meet.

use super::language::is_stop;
use super::tokens::words;

/// The stems of the content words of `text`, in order, repeats kept.
pub fn stems(text: &str) -> Vec<String> {
    let content = |word: &str| {
        let lower = word.to_lowercase();
        let short = lower.len() < 2 && !lower.bytes().all(|byte| byte.is_ascii_digit());
        (!short && !is_stop(&lower)).then(|| stem(&lower))
    };
    words(text).filter_map(content).collect()
}

/// The stem of a lower-case word. Light: plurals, `-ing`, `-ed`, `-ly`. Words that are not ASCII
/// stay as they are.
pub fn stem(word: &str) -> String {
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("\u{2019}s")).unwrap_or(word);
    if !word.is_ascii() || word.len() < 4 {
        return word.to_owned();
    }
    let word = singular(word);
    let word = strip_verb(&word);
    let word = word.strip_suffix("ly").filter(|rest| rest.len() > 3).unwrap_or(&word);
    let word = word.strip_suffix('e').filter(|rest| rest.len() > 2).unwrap_or(word);
    word.to_owned()
}

/// An English noun without its plural.
pub fn singular(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies").filter(|rest| rest.len() > 1) {
        return format!("{rest}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "zes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    let plain = word.ends_with('s')
        && !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending))
        && word.len() > 3;
    if plain { word[..word.len() - 1].to_owned() } else { word.to_owned() }
}

fn strip_verb(word: &str) -> String {
    for ending in ["ing", "ed"] {
        let Some(rest) = word.strip_suffix(ending) else { continue };
        let voiced = rest.bytes().any(|byte| b"aeiouy".contains(&byte));
        if rest.len() < 3 || !voiced {
            continue;
        }
        let bytes = rest.as_bytes();
        let (last, before) = (bytes[bytes.len() - 1], bytes[bytes.len() - 2]);
        let doubled = last == before && !b"lsz".contains(&last);
        return if doubled { rest[..rest.len() - 1].to_owned() } else { rest.to_owned() };
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{stem, stems};

    #[test]
    fn forms_of_a_word_meet() {
        for (one, other) in [
            ("costs", "cost"),
            ("running", "run"),
            ("planned", "plan"),
            ("cities", "city"),
            ("libraries", "library"),
            ("funding", "fund"),
            ("prices", "price"),
            ("boxes", "box"),
            ("quickly", "quick"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} and {other}");
        }
        assert_ne!(stem("bus"), stem("bu"));
    }

    #[test]
    fn stop_words_are_left_out_and_other_languages_pass() {
        assert_eq!(stems("The costs of the Größe 東"), ["cost", "größe", "東"]);
    }
}
