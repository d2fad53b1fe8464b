//! Every input that the fuzzer ever found, and changes of them: the targets stay sound, and stay
//! compiling.

use std::fs;
use std::path::Path;

use cambium_tests::fuzz::TARGETS;

/// Changes of each input.
const CHANGES: u64 = 300;

/// An input with a few bytes changed, dropped or doubled, always the same for the same number.
fn changed(input: &[u8], number: u64) -> Vec<u8> {
    let mut bytes = input.to_vec();
    let mut chance = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..=number % 4 {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let at = usize::try_from(chance >> 16).unwrap_or(0) % bytes.len().max(1);
        match (chance % 4, bytes.is_empty()) {
            (_, true) => bytes.push((chance >> 8) as u8),
            (0, _) => bytes[at] ^= 1 << (chance >> 8 & 7),
            (1, _) => drop(bytes.remove(at)),
            (2, _) => bytes.insert(at, bytes[at]),
            _ => bytes[at] = (chance >> 8) as u8,
        }
    }
    bytes
}

#[test]
fn no_input_makes_a_target_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in TARGETS {
        let inputs = fs::read_dir(corpus.join(name)).expect("each target has inputs");
        let mut inputs: Vec<_> = inputs.flatten().map(|entry| entry.path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name} has no input");
        for input in inputs {
            let input = fs::read(input).expect("readable");
            target(&input);
            (0..CHANGES).for_each(|number| target(&changed(&input, number)));
        }
    }
}

/// Each target of the fuzzer is one of these.
#[test]
fn the_fuzzer_has_every_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("readable");
    for (name, _) in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} is not in fuzz/Cargo.toml"
        );
        let body = fs::read_to_string(root.join(format!("fuzz_targets/{name}.rs")));
        let body = body.expect("each target has a file");
        assert!(body.contains(&format!("run(\"{name}\", bytes)")), "{name} runs another target");
    }
}
