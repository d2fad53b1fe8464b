//! Paragraphs, and how they look in their places.

use std::fmt::Write as _;

use super::super::super::area::POINT_EMU;
use super::super::super::flow::{BEFORE, HANG, LEVEL_STEP, bullet, level_size, rightward, signed};
use super::super::super::layout::{Aligned, Anchor, Letters};
use super::super::super::model::{LEVEL_MAX, Paragraph, Raised, Run, Sign};
use super::super::super::theme::CODE_FONT;
use super::relation::Relations;
use super::theme::fill;
use crate::document::leads;
use crate::draw::escaped;

/// How far lines are from each other, in thousandths of what the font says.
const SPACING: u32 = 110_000;

/// How the paragraphs of a place look at each level.
pub fn levels(letters: &Letters, heading: bool) -> String {
    let mut out = String::new();
    for level in 0..=LEVEL_MAX {
        let size = level_size(letters.size, level);
        let before = (size as f32 * BEFORE).round() as u32;
        let sign = if letters.bullets { Sign::Bullet } else { Sign::Bare };
        let (left, indent) = margins(level, sign);
        let aligned = aligned(letters.aligned, false);
        let (number, bold) = (level + 1, u8::from(letters.bold));
        let font = if heading { "+mj" } else { "+mn" };
        let _ = write!(
            out,
            "<a:lvl{number}pPr marL=\"{left}\" indent=\"{indent}\" algn=\"{aligned}\"><a:lnSpc>\
             <a:spcPct val=\"{SPACING}\"/></a:lnSpc><a:spcBef><a:spcPts val=\"{before}\"/>\
             </a:spcBef>{}<a:defRPr sz=\"{size}\" b=\"{bold}\">{}<a:latin typeface=\"{font}-lt\"/>\
             <a:ea typeface=\"{font}-ea\"/><a:cs typeface=\"{font}-cs\"/></a:defRPr>\
             </a:lvl{number}pPr>",
            said(sign, level),
            fill(letters.color),
        );
    }
    out
}

const fn aligned(aligned: Aligned, rightward: bool) -> &'static str {
    match (aligned, rightward) {
        (Aligned::Start, false) | (Aligned::End, true) => "l",
        (Aligned::Center, _) => "ctr",
        (Aligned::End, false) | (Aligned::Start, true) => "r",
    }
}

/// How a box for text says where its text stands.
pub const fn anchor(anchor: Anchor) -> &'static str {
    match anchor {
        Anchor::Top => "t",
        Anchor::Middle => "ctr",
        Anchor::Bottom => "b",
    }
}

/// Where a paragraph begins and how far its sign stands before it.
fn margins(level: u8, sign: Sign) -> (i64, i64) {
    let left = i64::from(level) * LEVEL_STEP;
    match sign {
        Sign::Own | Sign::Bare => (left * POINT_EMU, 0),
        Sign::Bullet | Sign::Number => ((left + HANG) * POINT_EMU, -HANG * POINT_EMU),
    }
}

fn said(sign: Sign, level: u8) -> String {
    match sign {
        Sign::Own => String::new(),
        Sign::Bare => "<a:buNone/>".to_owned(),
        Sign::Bullet => {
            let sign = bullet(level);
            format!("<a:buFont typeface=\"DejaVu Sans\"/><a:buChar char=\"{sign}\"/>")
        }
        Sign::Number => {
            "<a:buFont typeface=\"+mj-lt\"/><a:buAutoNum type=\"arabicPeriod\"/>".into()
        }
    }
}

/// Paragraphs; at least an empty one, which every text has.
pub fn paragraphs(
    paragraphs: &[Paragraph],
    letters: &Letters,
    language: &str,
    relations: &mut Relations,
) -> String {
    let mut out = String::new();
    for paragraph in paragraphs {
        out.push_str("<a:p>");
        out.push_str(&look(paragraph, letters));
        for run in &paragraph.words {
            words(&mut out, run, "", language, relations);
        }
        out.push_str("</a:p>");
    }
    if paragraphs.is_empty() {
        out.push_str("<a:p/>");
    }
    out
}

fn look(paragraph: &Paragraph, letters: &Letters) -> String {
    let mut of = String::new();
    let text = paragraph.text();
    let rightward = rightward(&text);
    if paragraph.sign != Sign::Own {
        let (left, indent) = margins(paragraph.level, signed(paragraph, letters.bullets));
        let _ = write!(of, " marL=\"{left}\" indent=\"{indent}\"");
    }
    if paragraph.level > 0 {
        let _ = write!(of, " lvl=\"{}\"", paragraph.level);
    }
    if rightward {
        let _ = write!(of, " algn=\"{}\" rtl=\"1\"", aligned(letters.aligned, true));
    }
    let sign = said(paragraph.sign, paragraph.level);
    if of.is_empty() && sign.is_empty() { of } else { format!("<a:pPr{of}>{sign}</a:pPr>") }
}

/// A run; `more` is what its letters say beside their look.
pub fn words(out: &mut String, run: &Run, more: &str, language: &str, relations: &mut Relations) {
    let mut of = more.to_owned();
    for (said, what) in [
        (run.bold, " b=\"1\""),
        (run.italic, " i=\"1\""),
        (run.underlined, " u=\"sng\""),
        (run.struck, " strike=\"sngStrike\""),
    ] {
        of.push_str(if said { what } else { "" });
    }
    match run.raised {
        Some(Raised::Above) => of.push_str(" baseline=\"30000\""),
        Some(Raised::Below) => of.push_str(" baseline=\"-25000\""),
        None => {}
    }
    let mut within = String::new();
    if run.code {
        let _ = write!(within, "<a:latin typeface=\"{CODE_FONT}\"/>");
    }
    if let Some(link) = run.link.as_ref().filter(|link| leads(link)) {
        let _ = write!(within, "<a:hlinkClick r:id=\"{}\"/>", relations.link(link));
    }
    let look = format!(" lang=\"{}\"{of}", escaped(language));
    for (place, text) in run.text.split('\n').enumerate() {
        if place > 0 {
            let _ = write!(out, "<a:br><a:rPr{look}>{within}</a:rPr></a:br>");
        }
        if !text.is_empty() {
            let text = escaped(text);
            let _ = write!(out, "<a:r><a:rPr{look}>{within}</a:rPr><a:t>{text}</a:t></a:r>");
        }
    }
}
