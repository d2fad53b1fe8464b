//! The worked examples of the documentation, run as they stand there.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::BINARY;

/// A command of an example, and the lines that it is said to print.
struct Step {
    command: String,
    output: Vec<String>,
}

/// The commands in the `console` blocks of a page.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match line.strip_prefix("$ ") {
                Some(command) => {
                    let command = command.to_owned();
                    steps.push(Step { command, output: Vec::new() });
                }
                None => steps.last_mut().expect("a command first").output.push(line.to_owned()),
            },
            (false, _) => {}
        }
    }
    steps
}

/// Whether `line` is what `wanted` says, in which `…` stands for any text.
fn matches(wanted: &str, line: &str) -> bool {
    let mut parts = wanted.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut open = false;
    for part in parts {
        open = true;
        if part.is_empty() {
            rest = "";
            continue;
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || (open && wanted.ends_with('…'))
}

#[test]
fn a_gap_stands_for_any_text_and_nothing_else_does() {
    assert!(matches("a … c", "a b c") && matches("a …", "a b c") && matches("a", "a"));
    assert!(!matches("a … c", "a b d") && !matches("a", "ab") && !matches("… b", "a b c"));
}

#[tokio::test(flavor = "multi_thread")]
async fn time_travel_goes_as_the_page_says() {
    let (home, program) = super::started().await;
    let folder = home.path().join("work");
    fs::create_dir(&folder).expect("made");
    std::os::unix::fs::symlink(BINARY, folder.join("cambium")).expect("linked");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/howto/time-travel.md")).expect("the page");
    let steps = steps(&page);
    assert!(steps.len() > 15, "the examples are found");
    for Step { command, output } in steps {
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let ran = Command::new("sh")
            .args(["-c", &command])
            .current_dir(&folder)
            .env("PATH", path)
            .env("CAMBIUM_DATA", program.data())
            .output()
            .expect("runs");
        let (out, err) =
            (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{command}: {out}{err}");
        let lines: Vec<&str> = out.lines().collect();
        let same = lines.len() == output.len()
            && output.iter().zip(&lines).all(|(wanted, line)| matches(wanted, line));
        assert!(same, "$ {command}\nthe page says:\n{}\nit says:\n{out}", output.join("\n"));
    }
    program.stop().expect("stops");
}
