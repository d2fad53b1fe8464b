//! The members of an input that hold paths and diffs.

use contracts::kinds::policy::Files;
use serde_json::Value;

use super::diff;

/// What says which file is meant inside an object that stands in the place of a path.
const NAMES: &[&str] = &["fullpath", "name", "uri", "url", "value"];

/// The names of members that hold paths and diffs, as [`bare`] has them.
#[derive(Debug, Clone)]
pub struct Fields {
    paths: Vec<String>,
    diffs: Vec<String>,
}

/// What the texts of a member are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    Path,
    Diff,
}

impl Default for Fields {
    fn default() -> Self {
        Self::of(&Files::default())
    }
}

impl Fields {
    /// Those that the rules about files name.
    #[must_use]
    pub fn of(files: &Files) -> Self {
        let all = |names: &[String]| names.iter().map(|name| bare(name).collect()).collect();
        Self { paths: all(&files.path_fields), diffs: all(&files.diff_fields) }
    }

    /// Calls `seen` with every path that the input names, and `measured` with the changed lines
    /// of every diff.
    pub fn read<'a>(
        &self,
        input: &'a Value,
        seen: &mut impl FnMut(&'a str),
        measured: &mut impl FnMut(u32),
    ) {
        self.take(input, Held::Nothing, seen, measured);
    }

    fn take<'a>(
        &self,
        value: &'a Value,
        held: Held,
        seen: &mut impl FnMut(&'a str),
        measured: &mut impl FnMut(u32),
    ) {
        match (value, held) {
            (Value::String(text), Held::Path) => seen(text),
            (Value::String(text), Held::Diff) => {
                let measure = diff::measure(text);
                measured(measure.lines);
                measure.paths.into_iter().for_each(seen);
            }
            (Value::Array(items), _) => {
                items.iter().for_each(|item| self.take(item, held, seen, measured));
            }
            (Value::Object(members), _) => {
                // Beside a path a name is only what people call it.
                let plain = members.keys().all(|name| self.named(name) != Held::Path);
                for (name, member) in members {
                    let within = match (self.named(name), held) {
                        (Held::Nothing, Held::Path) if is_path(name) => {
                            // Files by their paths: what stands there is what is in them.
                            seen(name);
                            Held::Nothing
                        }
                        (Held::Nothing, Held::Path) => {
                            let one = members.len() == 1;
                            let says = plain && NAMES.iter().any(|it| same(it, name));
                            if one || says { Held::Path } else { Held::Nothing }
                        }
                        (Held::Nothing, Held::Diff) => Held::Diff,
                        (named, _) => named,
                    };
                    self.take(member, within, seen, measured);
                }
            }
            (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {}
        }
    }

    fn named(&self, name: &str) -> Held {
        if self.paths.iter().any(|field| same(field, name)) {
            Held::Path
        } else if self.diffs.iter().any(|field| same(field, name)) {
            Held::Diff
        } else {
            Held::Nothing
        }
    }
}

/// A name without regard to how its words are joined: `filePath`, `file_path` and `File-Path` are
/// one.
fn bare(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase)
}

fn same(field: &str, name: &str) -> bool {
    bare(name).eq(field.chars())
}

/// Whether the name of a member is a path rather than a word.
fn is_path(name: &str) -> bool {
    name.contains(['/', '\\', '.', '%', '~', ':'])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Fields;

    fn paths(input: &Value) -> Vec<&str> {
        let mut found = Vec::new();
        Fields::default().read(input, &mut |path| found.push(path), &mut |_| {});
        found
    }

    #[test]
    fn names_are_known_however_their_words_are_joined() {
        for name in ["path", "Path", "FILE", "filePath", "file-path", "outputFile", "TARGET_FILES"]
        {
            assert_eq!(paths(&json!({ name: "x" })), ["x"], "{name}");
        }
        for name in ["note", "filePaths2", "profile"] {
            assert!(paths(&json!({ name: "x" })).is_empty(), "{name}");
        }
    }

    #[test]
    fn objects_and_lists_in_the_place_of_a_path_are_looked_into() {
        for input in [
            json!({ "path": { "value": "x" } }),
            json!({ "path": { "posix": "x" } }),
            json!({ "files": [{ "name": "x", "mode": "w", "content": "/* no path */" }] }),
            json!({ "files": [["x"]] }),
            json!({ "files": [{ "name": "people's name", "path": "x" }] }),
            json!({ "files": [{ "meta": { "Path": "x" }, "size": 1 }] }),
        ] {
            assert_eq!(paths(&input), ["x"], "{input}");
        }
        let keyed = json!({ "files": { "/etc/passwd": "root", "b.txt": "two" } });
        assert_eq!(paths(&keyed), ["/etc/passwd", "b.txt"]);
    }

    #[test]
    fn diffs_are_found_in_objects_too() {
        let input = json!({ "patch": { "text": "+++ b/x\n" } });
        assert_eq!(paths(&input), ["x"]);
    }
}
