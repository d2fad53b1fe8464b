//! The plan for scale: its tables and pictures are what its program computes.

use std::process::Command;

use cambium_tests::python;

use crate::house::root;

#[test]
fn the_plan_for_scale_is_what_its_program_computes() {
    let script = root().join("docs/scale/scale.py");
    python::run(Command::new("python3").arg(script).arg("--check")).expect("page and pictures");
}
