//! A workbook as an `.ods` file: contents, formulas with what they come to, formats and names.

mod format;
mod sheet;
mod style;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::DateTime;

use super::formula::filed_area;
use crate::calc::Value;
use crate::draw::escaped;
use crate::package::{Builder, Unpacked};
use crate::sheet::{Place, View, Workbook};
use style::Looks;

/// A workbook as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the file does not hold, by a word for it, and how often.
    pub losses: BTreeMap<&'static str, u64>,
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
/// The version of OpenDocument that is written.
const VERSION: &str = "1.3";

/// How formulas compare: as workbooks do, whatever the settings of who opens the file.
const SETTINGS: &str = "<table:calculation-settings table:case-sensitive=\"false\" \
    table:search-criteria-must-apply-to-whole-cell=\"true\" table:use-regular-expressions=\"false\" \
    table:use-wildcards=\"true\" table:automatic-find-labels=\"false\"/>";

/// What the prefixes of elements mean: each a word, and its name of OpenDocument.
const PREFIXES: [(&str, &str); 8] = [
    ("office", "office:1.0"),
    ("style", "style:1.0"),
    ("text", "text:1.0"),
    ("table", "table:1.0"),
    ("number", "datastyle:1.0"),
    ("meta", "meta:1.0"),
    ("fo", "xsl-fo-compatible:1.0"),
    ("of", "of:1.2"),
];

/// The file of `book`, whose cells come to what `value` says by sheet and place. The same workbook
/// at the same time, in seconds since 1970, is the same file.
///
/// # Errors
/// When it is larger than archives can be.
pub fn write(
    book: &Workbook,
    value: impl Fn(&str, Place) -> Value,
    title: Option<&str>,
    at_s: i64,
) -> Result<Written, Unpacked> {
    let mut looks = Looks::default();
    let mut tables = String::new();
    for one in &book.sheets {
        sheet::add(&mut tables, one, &mut looks, &value);
    }
    names(&mut tables, book);
    let mut content = begin("document-content");
    let _ = write!(content, "<office:automatic-styles>{}", looks.xml());
    content.push_str("</office:automatic-styles><office:body><office:spreadsheet>");
    content.push_str(SETTINGS);
    content.push_str(&tables);
    content.push_str("</office:spreadsheet></office:body></office:document-content>");
    let mut file = Builder::default();
    file.plain("mimetype", MEDIA_TYPE.as_bytes())?;
    file.part("content.xml", content.as_bytes())?;
    file.part("styles.xml", styles().as_bytes())?;
    file.part("meta.xml", meta(title, at_s).as_bytes())?;
    file.part("META-INF/manifest.xml", manifest().as_bytes())?;
    let charts = book.views.values().filter(|kept| matches!(kept.view, View::Chart(_))).count();
    let charts = charts as u64;
    let rules = book.sheets.iter().map(|sheet| sheet.rules.len() as u64).sum();
    let losses =
        [("formats", looks.unsaid), ("validations", rules), ("charts", charts)].into_iter();
    let mut laid = BTreeMap::new();
    for (what, count) in book.sheets.iter().flat_map(|sheet| sheet.layout.said()) {
        *laid.entry(what).or_insert(0) += count;
    }
    let losses = losses.chain(laid);
    let losses = losses.filter(|(_, count)| *count > 0);
    Ok(Written { bytes: file.done()?, losses: losses.collect() })
}

/// The beginning of a part.
fn begin(element: &str) -> String {
    let mut text = format!("{HEAD}<office:{element}");
    for (prefix, name) in PREFIXES {
        let _ = write!(text, " xmlns:{prefix}=\"urn:oasis:names:tc:opendocument:xmlns:{name}\"");
    }
    text.push_str(" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"");
    text.push_str(
        " xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\"",
    );
    let _ = write!(text, " office:version=\"{VERSION}\">");
    text
}

fn names(xml: &mut String, book: &Workbook) {
    let named = book.names.iter().filter_map(|(name, means)| Some((name, filed_area(means)?)));
    let named: Vec<_> = named.collect();
    let Some(first) = book.sheets.first().filter(|_| !named.is_empty()) else {
        return;
    };
    let base = format!("$'{}'.$A$1", first.name.replace('\'', "''"));
    xml.push_str("<table:named-expressions>");
    for (name, area) in named {
        let _ = write!(
            xml,
            "<table:named-range table:name=\"{}\" table:base-cell-address=\"{}\" \
             table:cell-range-address=\"{}\"/>",
            escaped(name),
            escaped(&base),
            escaped(&area),
        );
    }
    xml.push_str("</table:named-expressions>");
}

fn styles() -> String {
    let mut text = begin("document-styles");
    text.push_str("<office:styles><style:style style:name=\"Default\" ");
    text.push_str("style:family=\"table-cell\"/></office:styles></office:document-styles>");
    text
}

fn meta(title: Option<&str>, at_s: i64) -> String {
    let mut text = begin("document-meta");
    text.push_str("<office:meta>");
    if let Some(at) = DateTime::from_timestamp(at_s, 0) {
        let at = at.format("%Y-%m-%dT%H:%M:%SZ");
        let _ = write!(text, "<meta:creation-date>{at}</meta:creation-date>");
    }
    if let Some(title) = title {
        let _ = write!(text, "<dc:title>{}</dc:title>", escaped(title));
    }
    text.push_str("</office:meta></office:document-meta>");
    text
}

fn manifest() -> String {
    let space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";
    let mut text = format!(
        "{HEAD}<manifest:manifest xmlns:manifest=\"{space}\" manifest:version=\"{VERSION}\">"
    );
    let parts = [
        ("/", MEDIA_TYPE),
        ("content.xml", "text/xml"),
        ("styles.xml", "text/xml"),
        ("meta.xml", "text/xml"),
    ];
    for (path, media) in parts {
        let _ = write!(
            text,
            "<manifest:file-entry manifest:full-path=\"{path}\" manifest:media-type=\"{media}\"/>"
        );
    }
    text.push_str("</manifest:manifest>");
    text
}
