//! What stands in a line, as runs.

use std::fmt::Write as _;

use super::super::super::{Document, Image, Inline, Manner, Raised, leads, picture};
use super::super::{CODE_RUN, DELETED, DELETED_CODE, INSERTED, INSERTED_CODE, SOURCE_MARK};
use super::Writer;
use super::parts::iso;

/// How wide the text of a page is, in English metric units.
const WIDTH_EMU: u64 = 5_760_000;
/// How high a picture may be, in English metric units.
const HEIGHT_EMU: u64 = 8_000_000;
/// A pixel, in English metric units.
const PIXEL_EMU: u64 = 9_525;

impl Writer<'_> {
    pub(super) fn words(&mut self, words: &[Inline]) {
        let begins = if self.in_note { Vec::new() } else { begins(words, self.document) };
        let begun: Vec<usize> = begins.iter().map(|begin| begin.comment).collect();
        let mut begins = begins.into_iter().peekable();
        for (place, word) in words.iter().enumerate() {
            match word {
                Inline::Text(text, manner) => {
                    let mut from = 0;
                    while let Some(begin) = begins.next_if(|begin| begin.word == place) {
                        self.text(text.get(from..begin.at).unwrap_or_default(), manner);
                        from = begin.at;
                        let id = begin.comment;
                        let _ = write!(self.out, "<w:commentRangeStart w:id=\"{id}\"/>");
                    }
                    self.text(text.get(from..).unwrap_or_default(), manner);
                }
                Inline::Break => self.out.push_str("<w:r><w:br/></w:r>"),
                Inline::Image(image) => self.image(image),
                Inline::Note(_) if self.in_note => self.losses.add("notes"),
                Inline::Note(place) => {
                    let _ = write!(
                        self.out,
                        "<w:r><w:rPr><w:rStyle w:val=\"FootnoteReference\"/></w:rPr>\
                         <w:footnoteReference w:id=\"{}\"/></w:r>",
                        place + 1
                    );
                }
                Inline::Cite(place) => self.cite(*place),
                Inline::Comment(_) if self.in_note => self.losses.add("comments"),
                Inline::Comment(place) => {
                    if begun.contains(place) {
                        let _ = write!(self.out, "<w:commentRangeEnd w:id=\"{place}\"/>");
                    }
                    let _ = write!(
                        self.out,
                        "<w:r><w:rPr><w:rStyle w:val=\"CommentReference\"/></w:rPr>\
                         <w:commentReference w:id=\"{place}\"/></w:r>"
                    );
                }
            }
        }
    }

    fn cite(&mut self, place: usize) {
        let Some(source) = self.document.sources.get(place) else { return };
        let mark = source_mark(place, &source.key);
        let _ = write!(
            self.out,
            "<w:hyperlink w:anchor=\"{mark}\"><w:r><w:t>[S{}]</w:t></w:r></w:hyperlink>",
            place + 1
        );
    }

    fn text(&mut self, text: &str, manner: &Manner) {
        if text.is_empty() {
            return;
        }
        let link = manner.link.as_ref().filter(|link| leads(link));
        if let Some(link) = link {
            let id = self.relations.link(link);
            let _ = write!(self.out, "<w:hyperlink r:id=\"{id}\">");
        }
        let mut tag = "w:t";
        let suggested = manner.change.as_ref().filter(|change| change.is_suggested());
        if let Some(change) = suggested {
            let (id, at) = (self.id(), iso(change.at_s.unwrap_or(self.meta.at_s)));
            let by = if change.by.is_empty() { "unknown" } else { &change.by };
            let name = if change.added { "ins" } else { "del" };
            let by = escaped(by);
            let _ = write!(self.out, "<w:{name} w:id=\"{id}\" w:author=\"{by}\" w:date=\"{at}\">");
            tag = if change.added { "w:t" } else { "w:delText" };
        }
        self.out.push_str("<w:r>");
        self.look(manner, link.is_some(), rightward(text));
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                self.out.push_str("<w:br/>");
            }
            for (place, piece) in line.split('\t').enumerate() {
                if place > 0 {
                    self.out.push_str("<w:tab/>");
                }
                let piece = escaped(piece);
                let _ = write!(self.out, "<{tag} xml:space=\"preserve\">{piece}</{tag}>");
            }
        }
        self.out.push_str("</w:r>");
        if let Some(change) = suggested {
            self.out.push_str(if change.added { "</w:ins>" } else { "</w:del>" });
        }
        if link.is_some() {
            self.out.push_str("</w:hyperlink>");
        }
    }

    fn look(&mut self, manner: &Manner, linked: bool, rightward: bool) {
        let raised = match manner.raised {
            Raised::No => "",
            Raised::Above => "<w:vertAlign w:val=\"superscript\"/>",
            Raised::Below => "<w:vertAlign w:val=\"subscript\"/>",
        };
        let stands = manner.change.as_ref().filter(|change| !change.is_suggested());
        let style = match (stands.map(|change| change.added), manner.code, linked) {
            (Some(true), true, _) => INSERTED_CODE,
            (Some(true), false, _) => INSERTED,
            (Some(false), true, _) => DELETED_CODE,
            (Some(false), false, _) => DELETED,
            (None, true, _) => CODE_RUN,
            (None, false, true) => "Hyperlink",
            (None, false, false) => "",
        };
        let style = match style {
            "" => String::new(),
            style => format!("<w:rStyle w:val=\"{style}\"/>"),
        };
        let all = [
            style.as_str(),
            if manner.bold { "<w:b/><w:bCs/>" } else { "" },
            if manner.italic { "<w:i/><w:iCs/>" } else { "" },
            if manner.struck { "<w:strike/>" } else { "" },
            if manner.underlined { "<w:u w:val=\"single\"/>" } else { "" },
            raised,
            if rightward { "<w:rtl/>" } else { "" },
        ];
        let all = all.concat();
        if !all.is_empty() {
            let _ = write!(self.out, "<w:rPr>{all}</w:rPr>");
        }
    }

    fn image(&mut self, image: &Image) {
        let document = self.document;
        let bytes = document.media.get(&image.source);
        let shown = bytes.and_then(|bytes| Some((bytes, picture::size(bytes)?)));
        let known = shown
            .and_then(|(bytes, size)| Some((self.relations.picture(&image.source, bytes)?, size)));
        let Some((relation, (width, height))) = known else {
            self.losses.at("pictures", &image.source, 1);
            let link = leads(&image.source).then(|| image.source.clone());
            let alt = if image.alt.is_empty() { "picture" } else { &image.alt };
            return self.text(&format!("[{alt}]"), &Manner { link, ..Manner::default() });
        };
        let (wide, high) = (u64::from(width) * PIXEL_EMU, u64::from(height) * PIXEL_EMU);
        // What is larger than a page becomes as large as one, in the same proportion.
        let (wide, high) = shrunk(wide, high);
        let (id, alt) = (self.id(), escaped(&image.alt));
        let _ = write!(
            self.out,
            "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">\
             <wp:extent cx=\"{wide}\" cy=\"{high}\"/><wp:docPr id=\"{id}\" name=\"Picture {id}\" \
             descr=\"{alt}\"/><a:graphic><a:graphicData \
             uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic>\
             <pic:nvPicPr><pic:cNvPr id=\"{id}\" name=\"Picture {id}\" descr=\"{alt}\"/>\
             <pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=\"{relation}\"/>\
             <a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>\
             <a:off x=\"0\" y=\"0\"/><a:ext cx=\"{wide}\" cy=\"{high}\"/></a:xfrm>\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>\
             </a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        );
    }
}

/// Where the words begin that a comment is about.
struct Begin {
    /// In which of the words.
    word: usize,
    /// From which byte of it on.
    at: usize,
    comment: usize,
}

/// Where the words begin that comments are about, in the order of the line. One whose words do not
/// stand before its place begins with the line.
fn begins(words: &[Inline], document: &Document) -> Vec<Begin> {
    let mut found = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let Inline::Comment(comment) = word else { continue };
        let Some(quote) = document.comments.get(*comment).map(|it| it.quote.as_str()) else {
            continue;
        };
        let mut left = quote.len();
        let mut begin = None;
        for (place, before) in words.iter().enumerate().take(place).rev() {
            let Inline::Text(text, manner) = before else { continue };
            if left == 0 {
                break;
            }
            if manner.change.as_ref().is_some_and(|it| it.added && it.is_suggested()) {
                continue;
            }
            let at = text.floor_char_boundary(text.len().saturating_sub(left));
            left = left.saturating_sub(text.len());
            begin = Some(Begin { word: place, at, comment: *comment });
        }
        found.extend(begin);
    }
    found.sort_by_key(|begin| (begin.word, begin.at));
    found
}

fn shrunk(wide: u64, high: u64) -> (u64, u64) {
    let (wide, high) =
        if wide > WIDTH_EMU { (WIDTH_EMU, high * WIDTH_EMU / wide) } else { (wide, high) };
    let (wide, high) =
        if high > HEIGHT_EMU { (wide * HEIGHT_EMU / high, HEIGHT_EMU) } else { (wide, high) };
    (wide.max(1), high.max(1))
}

/// The bookmark at a source: at most forty letters, digits and lines.
pub fn source_mark(place: usize, key: &str) -> String {
    let kept = |it: char| if it.is_ascii_alphanumeric() { it } else { '_' };
    let mark = format!("{SOURCE_MARK}{}_{key}", place + 1);
    mark.chars().map(kept).take(40).collect()
}

/// Whether the first letter that has a direction is written from right to left.
pub fn rightward(text: &str) -> bool {
    use unicode_bidi::BidiClass::{AL, L, R};
    let class = text.chars().map(unicode_bidi::bidi_class).find(|it| matches!(it, L | R | AL));
    matches!(class, Some(R | AL))
}

/// A text that means nothing but itself; what XML cannot say is left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(letter),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter < ' ' => {}
            letter => out.push(letter),
        }
    }
    out
}
