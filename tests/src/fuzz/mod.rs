//! What strangers may hand us, as bytes: targets of the fuzzer in `fuzz/`, and of a test that runs
//! them over every input that was ever found and over changes of them.

mod edge;
mod files;
mod kinds;
mod roads;
mod words;

/// A target: it must not panic, whatever the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, by name.
pub const TARGETS: &[Target] = &[
    ("addresses", words::addresses),
    ("archive", words::archive),
    ("canonical", words::canonical),
    ("codec", words::codec),
    ("csv", files::csv),
    ("docx", files::docx),
    ("entry", words::entry),
    ("html", files::html),
    ("http", edge::http),
    ("ical", files::ical),
    ("kinds", kinds::kinds),
    ("markdown", files::markdown),
    ("nats", roads::nats),
];

/// Runs the target called `name`.
///
/// # Panics
/// When there is none, or the target fails.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(own, _)| *own == name);
    let (_, target) = target.expect("there is such a target");
    target(bytes);
}
