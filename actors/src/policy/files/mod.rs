//! Which files a command names, and whether it may.

mod diff;
mod fields;
mod normal;

use contracts::FieldError;
use contracts::kinds::policy::Files;
use contracts::kinds::policy::limits::{DIFF_LINES_MAX, ITEMS_MAX};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::Value;

pub use fields::Fields;
pub use normal::normal;

use super::pattern::{self, Pattern};

/// The rules about files, compiled.
#[derive(Debug, Clone)]
pub struct Guard {
    kinds: Vec<Pattern>,
    dirs: Option<Vec<String>>,
    denied: GlobSet,
    globs: Vec<String>,
    lines_max: Option<u32>,
    fields: Fields,
}

/// Why a command may not touch what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Which rule: `files.allowed_dirs`, `files.deny_globs`, `files.max_diff_lines`,
    /// `files.path`.
    pub rule: &'static str,
    /// Why, for whoever asked.
    pub reason: String,
}

/// Compiles globs that match without regard to the case of letters.
///
/// # Errors
/// The faults, each at its place in the list `field`.
pub fn globs(field: &str, globs: &[String]) -> Result<GlobSet, Vec<FieldError>> {
    let mut set = GlobSetBuilder::new();
    let mut errors = Vec::new();
    for (place, text) in globs.iter().enumerate() {
        match GlobBuilder::new(text).literal_separator(true).case_insensitive(true).build() {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => {
                let message = error.kind().to_string();
                errors.push(FieldError { field: format!("{field}[{place}]"), message });
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    set.build()
        .map_err(|error| vec![FieldError { field: field.to_owned(), message: error.to_string() }])
}

impl Guard {
    /// Compiles the rules.
    ///
    /// # Errors
    /// What cannot be meant, each at its place in the document.
    pub fn compile(files: &Files) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut fault = |field: String, message: String| errors.push(FieldError { field, message });
        let mut dirs = Vec::new();
        for (place, dir) in files.allowed_dirs.iter().flatten().enumerate() {
            match normal(dir) {
                Ok(dir) => dirs.push(dir),
                Err(why) => fault(format!("files.allowed_dirs[{place}]"), format!("it {why}")),
            }
        }
        let sizes = [
            ("files.allowed_dirs", files.allowed_dirs.as_ref().map_or(0, Vec::len)),
            ("files.deny_globs", files.deny_globs.len()),
            ("files.path_fields", files.path_fields.len()),
            ("files.diff_fields", files.diff_fields.len()),
        ];
        for (field, size) in sizes {
            if size > ITEMS_MAX {
                fault(field.to_owned(), format!("has {size} members; {ITEMS_MAX} are allowed"));
            }
        }
        if files.max_diff_lines.is_some_and(|lines| lines > DIFF_LINES_MAX) {
            fault("files.max_diff_lines".to_owned(), format!("is at most {DIFF_LINES_MAX}"));
        }
        let denied = globs("files.deny_globs", &files.deny_globs).unwrap_or_else(|faults| {
            errors.extend(faults);
            GlobSet::empty()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            kinds: files.kinds.iter().map(|kind| Pattern::new(kind)).collect(),
            dirs: files.allowed_dirs.is_some().then_some(dirs),
            denied,
            globs: files.deny_globs.clone(),
            lines_max: files.max_diff_lines,
            fields: Fields::of(files),
        })
    }

    /// The names of members that hold paths and diffs.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What a command of `kind` with this input breaks, the first of it.
    #[must_use]
    pub fn check(&self, kind: &str, input: &Value) -> Option<Breach> {
        if !pattern::any(&self.kinds, kind) {
            return None;
        }
        let (mut breach, mut lines) = (None, 0_u32);
        let mut seen = |path: &str| {
            if breach.is_none() {
                breach = self.path(path);
            }
        };
        self.fields.read(input, &mut seen, &mut |more| lines = lines.saturating_add(more));
        if let Some(most) = self.lines_max.filter(|most| breach.is_none() && lines > *most) {
            let reason = format!("the diffs change {lines} lines; {most} are allowed");
            breach = Some(Breach { rule: "files.max_diff_lines", reason });
        }
        breach
    }

    fn path(&self, path: &str) -> Option<Breach> {
        let shown: String = path.chars().take(80).collect();
        let breach = |rule, why: &str| Some(Breach { rule, reason: format!("{shown:?} {why}") });
        let form = match normal(path) {
            Ok(form) => form,
            Err(why) => return breach("files.path", &why.to_string()),
        };
        if let Some(dirs) = &self.dirs
            && !dirs.iter().any(|dir| is_within(&form, dir))
        {
            let allowed = dirs.join(", ");
            return breach("files.allowed_dirs", &format!("is not within {allowed}"));
        }
        let first = self.denied.matches(&form).first().copied()?;
        breach("files.deny_globs", &format!("matches {}", self.globs[first]))
    }
}

fn is_within(path: &str, dir: &str) -> bool {
    let below = || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
    dir == "." || path == dir || below()
}

#[cfg(test)]
mod tests {
    use contracts::kinds::policy::Files;
    use serde_json::json;

    use super::Guard;

    fn guard() -> Guard {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Guard::compile(&Files {
            allowed_dirs: Some(owned(&["api", "docs/public/"])),
            deny_globs: owned(&["**/*.pem", "api/secret/**"]),
            max_diff_lines: Some(3),
            ..Files::default()
        })
        .unwrap()
    }

    fn rule(input: &serde_json::Value) -> Option<&'static str> {
        guard().check("plan", input).map(|breach| breach.rule)
    }

    #[test]
    fn paths_stay_within_their_directories() {
        for path in ["api/x.py", "api", "api/", "docs/public/a.md", "api\\x.py"] {
            assert_eq!(rule(&json!({ "path": path })), None, "{path}");
        }
        for path in ["apix/a", "docs/x.md", "docs/publicity", "README.md", "."] {
            assert_eq!(rule(&json!({ "path": path })), Some("files.allowed_dirs"), "{path}");
        }
        for path in ["api/../etc/x", "/etc/x", "..\\x", "api/%2e%2e/x", "", "api/../../etc"] {
            assert_eq!(rule(&json!({ "path": path })), Some("files.path"), "{path}");
        }
    }

    #[test]
    fn denied_globs_regard_no_case_and_hold_at_any_depth_of_the_input() {
        for path in ["api/key.pem", "api/a/b/KEY.PEM", "API/Secret/x", "api/secret/a/b"] {
            let input = json!({ "steps": [{ "do": { "targets": ["api/ok.py", path] } }] });
            assert!(rule(&input).is_some(), "{path}");
        }
        assert_eq!(rule(&json!({ "note": "api/key.pem" })), None, "no member that holds paths");
        for input in [
            json!({ "filePath": "/etc/passwd" }),
            json!({ "path": { "value": "/etc/passwd" } }),
            json!({ "files": [{ "name": "/etc/passwd" }] }),
        ] {
            assert_eq!(rule(&input), Some("files.path"), "{input}");
        }
        let whole =
            json!({ "files": [{ "path": "api/x.c", "content": "/* ../ */", "mode": "w" }] });
        assert_eq!(rule(&whole), None, "what is in a file is no path");
    }

    #[test]
    fn diffs_are_measured_together_and_their_files_count() {
        let diff = "--- a/api/x\n+++ b/api/x\n@@ -1,2 +1,2 @@\n-a\n-b\n+c\n+d\n";
        assert_eq!(rule(&json!({ "diff": diff })), Some("files.max_diff_lines"));
        let small = "--- a/api/x\n+++ b/api/x\n@@ -1 +1 @@\n-a\n+c\n";
        assert_eq!(rule(&json!({ "diff": small })), None);
        let two = json!({ "patches": [small, small] });
        assert_eq!(rule(&two), Some("files.max_diff_lines"));
        let outside = small.replace("b/api/x", "b/etc/x");
        assert_eq!(rule(&json!({ "diff": outside })), Some("files.allowed_dirs"));
    }
}
