//! The parts of a file around its text.

use std::fmt::Write as _;

use chrono::DateTime;

use super::super::super::file::Meta;
use super::super::super::{Comment, Document};
use super::super::{LEVEL_TWIPS, LEVELS_MAX};
use super::run::escaped;

/// What a file has beyond what every file has.
#[derive(Debug, Clone, Copy)]
pub struct Extra {
    /// Notes.
    pub footnotes: bool,
    /// Remarks.
    pub comments: bool,
    /// Pictures.
    pub media: bool,
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// The names that parts of text use.
const NAMES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
    xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
    xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
    xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"";

/// Where a package leads.
pub const ROOT: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/",
    "relationships/officeDocument\" Target=\"word/document.xml\"/>",
    "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/",
    "relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>"
);

/// A part of text: an element and what is in it.
pub fn part(name: &str, within: &str) -> String {
    format!("{XML}<w:{name} {NAMES}>{within}</w:{name}>")
}

/// How the file is to be shown.
pub const SETTINGS: &str = concat!(
    "<w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"720\"/><w:compat><w:compatSetting ",
    "w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" ",
    "w:val=\"15\"/></w:compat>"
);

/// The number of each page below its text.
pub const FOOTER: &str = concat!(
    "<w:p><w:pPr><w:pStyle w:val=\"Footer\"/></w:pPr><w:r><w:fldChar w:fldCharType=\"begin\"/>",
    "</w:r><w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r><w:r><w:fldChar ",
    "w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar ",
    "w:fldCharType=\"end\"/></w:r></w:p>"
);

/// The beginning of the notes: the lines that part them from the text.
pub const NOTES: &str = concat!(
    "<w:footnote w:type=\"separator\" w:id=\"-1\"><w:p><w:r><w:separator/></w:r></w:p>",
    "</w:footnote><w:footnote w:type=\"continuationSeparator\" w:id=\"0\"><w:p><w:r>",
    "<w:continuationSeparator/></w:r></w:p></w:footnote>"
);

/// The page: A4 with 2.5 cm around what it says.
const PAGE: &str = concat!(
    "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rIdFooter\"/><w:pgSz w:w=\"11906\" ",
    "w:h=\"16838\"/><w:pgMar w:top=\"1418\" w:right=\"1418\" w:bottom=\"1418\" w:left=\"1418\" ",
    "w:header=\"709\" w:footer=\"709\" w:gutter=\"0\"/></w:sectPr>"
);

/// What sort each part is.
pub fn content_types(extra: Extra) -> String {
    let mut out = format!(
        "{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    );
    if extra.media {
        for sort in ["png", "jpeg", "gif", "webp"] {
            let _ = write!(out, "<Default Extension=\"{sort}\" ContentType=\"image/{sort}\"/>");
        }
    }
    let mut parts = vec![
        ("document", "document.main"),
        ("styles", "styles"),
        ("settings", "settings"),
        ("numbering", "numbering"),
        ("footer1", "footer"),
    ];
    parts.extend(extra.footnotes.then_some(("footnotes", "footnotes")));
    parts.extend(extra.comments.then_some(("comments", "comments")));
    for (part, sort) in parts {
        let _ = write!(
            out,
            "<Override PartName=\"/word/{part}.xml\" ContentType=\"application/vnd.openxmlformats-\
             officedocument.wordprocessingml.{sort}+xml\"/>"
        );
    }
    out.push_str(
        "<Override PartName=\"/docProps/core.xml\" \
         ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>",
    );
    out
}

/// What the file says of itself.
pub fn core(document: &Document, meta: &Meta) -> String {
    let at = iso(meta.at_s);
    let title = escaped(document.title.as_deref().unwrap_or_default());
    let author = escaped(meta.author.as_deref().unwrap_or_default());
    let language = escaped(meta.language.as_deref().unwrap_or_default());
    format!(
        "{XML}<cp:coreProperties \
         xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{title}</dc:title>\
         <dc:creator>{author}</dc:creator><dc:language>{language}</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:modified></cp:coreProperties>"
    )
}

/// The text, with its page.
pub fn document(body: &str) -> String {
    part("document", &format!("<w:body>{body}{PAGE}</w:body>"))
}

/// The lists: each with its own numbers, from where it counts.
pub fn numbering(lists: &[Option<u64>]) -> String {
    let mut out = String::new();
    for numbered in [false, true] {
        let id = usize::from(numbered);
        let _ = write!(
            out,
            "<w:abstractNum w:abstractNumId=\"{id}\"><w:multiLevelType w:val=\"hybridMultilevel\"/>"
        );
        for level in 0..LEVELS_MAX {
            let left = (level + 1) * LEVEL_TWIPS;
            let (format, text) = match (numbered, level % 3) {
                (true, 0) => ("decimal", format!("%{}.", level + 1)),
                (true, 1) => ("lowerLetter", format!("%{}.", level + 1)),
                (true, _) => ("lowerRoman", format!("%{}.", level + 1)),
                (false, 0) => ("bullet", "\u{2022}".to_owned()),
                (false, 1) => ("bullet", "\u{2013}".to_owned()),
                (false, _) => ("bullet", "\u{25AA}".to_owned()),
            };
            let _ = write!(
                out,
                "<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/>\
                 <w:lvlText w:val=\"{text}\"/><w:lvlJc w:val=\"left\"/><w:pPr>\
                 <w:ind w:left=\"{left}\" w:hanging=\"{LEVEL_TWIPS}\"/></w:pPr></w:lvl>"
            );
        }
        out.push_str("</w:abstractNum>");
    }
    for (place, first) in lists.iter().enumerate() {
        let (id, sort) = (place + 1, usize::from(first.is_some()));
        let _ = write!(out, "<w:num w:numId=\"{id}\"><w:abstractNumId w:val=\"{sort}\"/>");
        if let Some(first) = first {
            let first = (*first).min(999_999_999);
            for level in 0..LEVELS_MAX {
                let _ = write!(
                    out,
                    "<w:lvlOverride w:ilvl=\"{level}\"><w:startOverride w:val=\"{first}\"/>\
                     </w:lvlOverride>"
                );
            }
        }
        out.push_str("</w:num>");
    }
    part("numbering", &out)
}

/// The remarks.
pub fn comments(comments: &[Comment], meta: &Meta) -> String {
    let mut out = String::new();
    for (id, comment) in comments.iter().enumerate() {
        let at = iso(comment.at_s.unwrap_or(meta.at_s));
        let by = if comment.by.is_empty() { "unknown" } else { &comment.by };
        let initials: String = by.split_whitespace().filter_map(|it| it.chars().next()).collect();
        let (by, initials) = (escaped(by), escaped(&initials));
        let _ = write!(
            out,
            "<w:comment w:id=\"{id}\" w:author=\"{by}\" w:date=\"{at}\" w:initials=\"{initials}\">"
        );
        for line in comment.text.split('\n') {
            let line = escaped(line);
            let _ = write!(
                out,
                "<w:p><w:pPr><w:pStyle w:val=\"CommentText\"/></w:pPr><w:r>\
                 <w:t xml:space=\"preserve\">{line}</w:t></w:r></w:p>"
            );
        }
        out.push_str("</w:comment>");
    }
    part("comments", &out)
}

/// A time as XML tells it; the beginning of 1970 where there is no such time.
pub fn iso(at_s: i64) -> String {
    let at = DateTime::from_timestamp(at_s, 0).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
