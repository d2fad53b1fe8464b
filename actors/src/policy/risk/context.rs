//! Whether something dangerous is meant or spoken of: quoted in prose, explained, logged, or a part
//! of a program.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// How far around a match it is looked for what is said of it, in bytes.
const WINDOW: usize = 240;
/// From how many words around a match on somebody is telling something.
const WORDS_MIN: usize = 7;

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the expression is a constant that a test compiles")
}

/// Words with which people speak of attacks, rather than to make them.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(attack(s|er|ers|ed|ing)?|inject(ion|ions|ed|ing)|vulnerab\w*|exploit\w*|payloads?|(for )?example|examples?|e\.g|such as|for instance|sanitiz\w*|sanitis\w*|escap(e|es|ed|ing)|owasp|cve-\d|detect\w*|filter(s|ed|ing)?|blocks|blocked|prevent\w*|malicious|mitigat\w*|test cases?|unit tests?|jailbreak\w*|phishing|wafs?|signatures?|hack(er|ers|ing)?|tutorial|typo|beispiel\w*|angriff\w*|angreifer\w*|z\. ?b|zum beispiel|adversarial|red.?team\w*|classifier\w*|denied|rejects?|rejected|refused|untrusted|deprecated|pentest\w*|findings?|incident|forensics?|lesson|chapter|exercise|quiz|glossary|documented|suspicious|honeypot|sandboxed|runbook|postmortem|changelog|training|dangerous|explain(s|ed)?|never (use|run|commit|paste|do)|do not (run|use|commit|paste)|don't (run|use|commit|paste)|avoid)\b",
    )
});

static LOG: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)^\W{0,3}(\d{4}-\d\d-\d\d[t ]\d\d:\d\d|\w{3}\s+\d{1,2} \d\d:\d\d:\d\d|\[?\d\d/\w{3}/\d{4}|(\d{1,3}\.){3}\d{1,3} - |\d\d:\d\d:\d\d|\[?(info|warn|warning|error|debug|notice|alert)\]?[: ])|HTTP/\d(\.\d)?" \d{3}|\b(blocked|denied|rejected|status=4\d\d|rule_id=|modsecurity)\b"#,
    )
});

static CODE_LINE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)([;{}]|\)|,|\\|:)\s*$|^\s*(#include|import |from \w+ import|def |class |fn |pub |let |const |var |func |function|return\b|if |elif |else|for |while |try|except|catch|select |insert |update |delete |create |where |join |from |group |order |set |values|begin|commit|echo |export |cd |mkdir |run |copy |npm |cargo |pip |apt|docker |git |kubectl |sudo |make |assert|async |await |@\w+|<!doctype|</?[a-z]+[^>]*>|\$ |> |//|/\*|\*|#|--|- (name|run|uses):)|^\s*[\w.\[\]"']+\s*[:+-]?=\s*\S|^\s*$"#,
    )
});

static STATEMENT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(select\s|insert\s+into|update\s+[\w.]+\s+set|delete\s+from|create\s+(table|view|index|or)|alter\s+table|with\s+\w+\s+as|merge\s+into|grant\s|explain\s)",
    )
});

/// A text with what is known of it as a whole.
pub struct Facts<'a> {
    /// The text.
    pub text: &'a str,
    /// Where code is quoted in it.
    quoted: Vec<Range<usize>>,
    /// Whether it is a program rather than prose or a value.
    pub is_program: bool,
    /// Whether it has lines of a log.
    has_log: bool,
    /// How many words it has.
    words: usize,
}

impl<'a> Facts<'a> {
    /// Looks at a text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let code = lines.iter().filter(|line| CODE_LINE.is_match(line)).count();
        let filled = lines.iter().filter(|line| !line.trim().is_empty()).count();
        Self {
            text,
            quoted: quoted(text),
            is_program: text.starts_with("Traceback (most recent")
                || filled >= 3 && code * 10 >= lines.len() * 7,
            has_log: lines.iter().any(|line| LOG.is_match(line)),
            words: words(text),
        }
    }

    /// Whether the whole text is not much more than a value.
    #[must_use]
    pub fn is_value(&self, found: &Range<usize>) -> bool {
        let around = self.words.saturating_sub(words(&self.text[found.clone()]));
        around <= 6 && self.text.len() <= 600
    }

    /// Whether a statement of SQL begins before the match.
    #[must_use]
    pub fn in_statement(&self, found: &Range<usize>) -> bool {
        STATEMENT.is_match(&self.text[..found.start])
    }

    /// Whether what was found is spoken of rather than meant.
    #[must_use]
    pub fn is_told(&self, found: &Range<usize>) -> bool {
        let (line, around) = (self.line(found), self.around(found));
        if self.has_log && LOG.is_match(&self.text[line]) {
            return true;
        }
        let outside = words(&self.text[around.start..found.start.max(around.start)])
            + words(&self.text[found.end.min(around.end)..around.end]);
        if outside < WORDS_MIN {
            return false;
        }
        if self.quoted.iter().any(|it| it.start <= found.start && found.end <= it.end) {
            return true;
        }
        let before = &self.text[around.start..found.start];
        let after = &self.text[found.end..around.end];
        TOLD.is_match(before) || TOLD.is_match(after)
    }

    /// Whether it stands in code that is quoted in a longer text.
    #[must_use]
    pub fn is_quoted(&self, found: &Range<usize>) -> bool {
        self.quoted.iter().any(|it| it.start <= found.start && found.end <= it.end)
            && self.words >= WORDS_MIN
    }

    fn line(&self, found: &Range<usize>) -> Range<usize> {
        let start = self.text[..found.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[found.end..].find('\n').map_or(self.text.len(), |at| found.end + at);
        start..end
    }

    /// What stands around, up to the ends of the paragraph.
    fn around(&self, found: &Range<usize>) -> Range<usize> {
        let mut start = found.start.saturating_sub(WINDOW);
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        let mut end = (found.end + WINDOW).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        start..end
    }
}

/// Code between fences or backticks, and what stands between quotation marks in prose.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('`').map(|it| at + it) {
        let ticks = text[open..].bytes().take_while(|byte| *byte == b'`').count();
        let from = open + ticks;
        match text[from..].find(&"`".repeat(ticks)) {
            Some(close) => {
                ranges.push(open..from + close + ticks);
                at = from + close + ticks;
            }
            None => at = from,
        }
    }
    let mut open = None;
    for (place, c) in text.char_indices() {
        match (c, open) {
            ('"' | '\u{201c}' | '\u{201e}' | '\u{ab}' | '\u{201d}', None) => open = Some(place),
            ('"' | '\u{201c}' | '\u{201d}' | '\u{bb}', Some(from)) => {
                ranges.push(from..place + c.len_utf8());
                open = None;
            }
            ('\n', _) => open = None,
            _ => {}
        }
    }
    ranges
}

/// How many words of letters a text has.
fn words(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.chars().count() >= 2 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
        })
        .count()
}
