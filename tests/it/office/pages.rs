//! Pages of PDF files as pictures, drawn by PDFium, which we did not write.

use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::python;
use serde::Deserialize;

use super::oracle;

/// What stands on a page.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// How much of it is not as light as most of it, as a share.
    pub ink: f64,
    /// The box around that: left, top, right and bottom, as shares of the page.
    #[serde(rename = "box")]
    pub around: [f64; 4],
    /// The colours of which there is much, as red, green and blue.
    pub colours: Vec<[u8; 3]>,
    /// What is written there.
    pub text: String,
}

/// The pages of a file.
pub fn pages(path: &Path) -> Vec<Page> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    let client = python::with(&home, &["pypdfium2==5.15.2", "pillow==13.0.0"]).expect("PDFium");
    let told = python::run(Command::new(client).arg(oracle("pages.py")).arg(path)).expect("drawn");
    serde_json::from_str(&told).expect("JSON")
}

/// Something stands on each page, and nothing runs over an edge that is `margin` wide, as a share.
pub fn looks_whole(pages: &[Page], margin: f64) {
    assert!(!pages.is_empty());
    for (number, page) in (1..).zip(pages) {
        assert!(page.ink > 0.001 && !page.text.trim().is_empty(), "page {number} is blank");
        let [left, top, right, bottom] = page.around;
        let within = left >= margin && top >= margin && right <= 1.0 - margin;
        assert!(within && bottom <= 1.0 - margin, "page {number}: {:?}", page.around);
    }
}

/// A file as PDF by LibreOffice, below `folder`.
pub fn by_libreoffice(path: &Path, folder: &Path) -> PathBuf {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let mut command = Command::new("soffice");
    command.args([profile.as_str(), "--headless", "--convert-to", "pdf", "--outdir"]);
    let out = folder.join("shown");
    python::run(command.arg(&out).arg(path)).expect("converted");
    out.join(path.file_name().expect("a name")).with_extension("pdf")
}
