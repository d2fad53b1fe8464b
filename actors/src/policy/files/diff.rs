//! What a unified diff touches and how much it changes.

/// A diff, measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measure<'a> {
    /// Lines added and removed together.
    pub lines: u32,
    /// The files that its headers name, as they are written there.
    pub paths: Vec<&'a str>,
}

/// Measures a diff. Inside a hunk, only its own counts say where it ends, so that a changed line
/// that looks like a header is still a changed line.
#[must_use]
pub fn measure(text: &str) -> Measure<'_> {
    let mut measure = Measure::default();
    let mut left = (0_u32, 0_u32);
    for line in text.lines() {
        if left != (0, 0) {
            match line.as_bytes().first() {
                Some(b'+') => left.1 = left.1.saturating_sub(1),
                Some(b'-') => left.0 = left.0.saturating_sub(1),
                Some(b'\\') => continue,
                _ => {
                    left = (left.0.saturating_sub(1), left.1.saturating_sub(1));
                    continue;
                }
            }
            measure.lines = measure.lines.saturating_add(1);
            continue;
        }
        if let Some(counts) = hunk(line) {
            left = counts;
        } else if let Some(path) = header(line) {
            measure.paths.extend(path);
        } else if line.starts_with(['+', '-']) {
            // Outside a hunk: no tool writes it, but whoever reads it may apply it.
            measure.lines = measure.lines.saturating_add(1);
        }
    }
    measure
}

/// The lines before and after that `@@ -1,2 +3,4 @@` speaks of.
fn hunk(line: &str) -> Option<(u32, u32)> {
    let rest = line.strip_prefix("@@ -")?;
    let (before, rest) = rest.split_once(" +")?;
    let (after, _) = rest.split_once(" @@")?;
    let count = |range: &str| match range.split_once(',') {
        Some((_, count)) => count.parse().ok(),
        None => range.parse::<u32>().ok().map(|_| 1),
    };
    Some((count(before)?, count(after)?))
}

/// The file that a header line names; `Some(None)` = a header that names none.
fn header(line: &str) -> Option<Option<&str>> {
    for prefix in ["--- ", "+++ "] {
        if let Some(rest) = line.strip_prefix(prefix) {
            let path = rest.split('\t').next().unwrap_or(rest).trim_matches('"');
            let path = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path);
            return Some((path != "/dev/null").then_some(path));
        }
    }
    for prefix in ["rename from ", "rename to ", "copy from ", "copy to "] {
        if let Some(path) = line.strip_prefix(prefix) {
            return Some(Some(path.trim_matches('"')));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::measure;

    #[test]
    fn changed_lines_and_files_are_counted() {
        let text = "diff --git a/api/x.py b/api/x.py\n--- a/api/x.py\n+++ b/api/x.py\n\
                    @@ -1,3 +1,4 @@\n one\n-two\n+zwei\n+drei\n three\n";
        let measure = measure(text);
        assert_eq!((measure.lines, measure.paths), (3, vec!["api/x.py", "api/x.py"]));
    }

    #[test]
    fn a_line_that_looks_like_a_header_is_still_a_changed_line() {
        let text = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/hidden\n-y\n+++ b/hidden\n+z\n";
        let measure = measure(text);
        assert_eq!((measure.lines, measure.paths), (4, vec!["x", "x"]));
    }

    #[test]
    fn new_files_and_renames_are_seen() {
        let text = "--- /dev/null\n+++ b/../etc/x\n@@ -0,0 +1 @@\n+x\nrename to secret/y\n";
        let measure = measure(text);
        assert_eq!((measure.lines, measure.paths), (1, vec!["../etc/x", "secret/y"]));
    }

    #[test]
    fn lines_outside_of_hunks_count_too() {
        assert_eq!(measure("+a\n+b\n-c\n").lines, 3);
    }
}
