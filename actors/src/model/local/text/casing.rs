//! Capitals.

use super::language::is_stop;
use super::tokens::{Token, tokens};

/// Short words that stay small inside an English title.
const SMALL: &[&str] = &[
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "nor", "of", "on",
    "or", "per", "so", "the", "to", "up", "via", "vs", "with", "yet",
];

/// `text` as an English title. Words that have capitals of their own keep them.
pub fn title(text: &str) -> String {
    let all = tokens(text);
    let last = all.iter().rposition(|token| token.word().is_some()).unwrap_or(0);
    let mut first = true;
    let mut out = String::with_capacity(text.len());
    for (at, token) in all.iter().enumerate() {
        match token {
            Token::Gap(gap) => {
                out.push_str(gap);
                first |= gap.contains([':', '.', '?', '!', '—', '–']);
            }
            Token::Word(word) => {
                let own = word.chars().any(char::is_uppercase);
                let small = !first && at != last && SMALL.contains(word);
                if own || small {
                    out.push_str(word)
                } else {
                    out.push_str(&capital(word))
                }
                first = false;
            }
        }
    }
    out
}

/// `text` with its first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// `text` with its first letter small, where that letter is large only because a sentence begins:
/// the first word is a function word and not `I`.
pub fn lower_start(text: &str) -> Option<String> {
    let first = tokens(text).into_iter().next()?.word()?;
    let lower = first.to_lowercase();
    let begins = first.chars().skip(1).all(|c| c.is_lowercase() || c == '\'');
    let safe = is_stop(&lower) && !lower.starts_with("i'") && lower != "i";
    // `May` and `Will` are names as well.
    let name = matches!(lower.as_str(), "may" | "will" | "us" | "well");
    (begins && safe && !name).then(|| format!("{lower}{}", &text[first.len()..]))
}

/// `words` with capitals where `model` has them: `The` → `A…`, `THE` → `A…` in capitals.
pub fn like(model: &str, words: &str) -> String {
    let upper = |text: &str| text.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
    if model.chars().count() > 1 && upper(model) && model.chars().any(char::is_alphabetic) {
        return words.to_uppercase();
    }
    if model.starts_with(char::is_uppercase) { capital(words) } else { words.to_owned() }
}

/// `one`, `one and two`, `one, two and three`.
pub fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{like, lower_start, title};

    #[test]
    fn titles_keep_names_and_small_words() {
        assert_eq!(title("the cost of solar energy for NASA"), "The Cost of Solar Energy for NASA");
        assert_eq!(title("what it is for"), "What It Is For");
    }

    #[test]
    fn capitals_follow_the_model_and_names_keep_theirs() {
        assert_eq!(like("Utilize", "use"), "Use");
        assert_eq!(like("UTILIZE", "use"), "USE");
        assert_eq!(lower_start("The plan").as_deref(), Some("the plan"));
        assert_eq!(lower_start("Ann left"), None);
        assert_eq!(lower_start("I left"), None);
    }
}
