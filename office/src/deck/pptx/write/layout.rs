//! The master, the layouts and their places.

use std::fmt::Write as _;

use super::super::super::area::Area;
use super::super::super::layout::{Band, Letters, Place, Role};
use super::super::super::theme::Slot;
use super::super::LETTERS;
use super::relation::Relations;
use super::text::{anchor, levels};
use super::theme::fill;
use super::{LAYOUT_ID, Writer, whole};
use crate::draw::escaped;

/// The number of a slide, which programs put in.
pub const FIELD: &str = concat!(
    "<a:fld id=\"{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}\" type=\"slidenum\"><a:rPr lang=\"en\"/>",
    "<a:t>\u{2039}#\u{203a}</a:t></a:fld>"
);

/// What every tree of shapes begins with.
pub const TREE: &str = concat!(
    "<p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr>",
    "<a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"0\" cy=\"0\"/><a:chOff x=\"0\" y=\"0\"/>",
    "<a:chExt cx=\"0\" cy=\"0\"/></a:xfrm></p:grpSpPr>"
);

impl Writer<'_> {
    pub(super) fn master(&mut self) {
        let master = &self.deck.master;
        let mut relations = Relations::default();
        let mut layouts = String::new();
        for at in 0..self.deck.layouts.len() {
            let target = format!("../slideLayouts/slideLayout{}.xml", at + 1);
            let id = relations.to("slideLayout", &target);
            let number = LAYOUT_ID + at as u64;
            let _ = write!(layouts, "<p:sldLayoutId id=\"{number}\" r:id=\"{id}\"/>");
        }
        relations.to("theme", "../theme/theme1.xml");
        let role = |role: Role| {
            let place = master.places.iter().find(|place| place.role == role);
            place.map(|place| place.letters.clone()).unwrap_or_default()
        };
        let (title, body) = (levels(&role(Role::Title), true), levels(&role(Role::Content), false));
        let other = levels(&Letters::default(), false);
        let tree = tree(&master.bands, &master.places, true);
        let colors = "<p:clrMap bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\" accent1=\"accent1\" \
                      accent2=\"accent2\" accent3=\"accent3\" accent4=\"accent4\" \
                      accent5=\"accent5\" accent6=\"accent6\" hlink=\"hlink\" \
                      folHlink=\"folHlink\"/>";
        let ground = ground(master.ground);
        let text = format!(
            "<p:cSld>{ground}<p:spTree>{TREE}{tree}</p:spTree></p:cSld>{colors}\
             <p:sldLayoutIdLst>{layouts}</p:sldLayoutIdLst><p:txStyles>\
             <p:titleStyle>{title}</p:titleStyle><p:bodyStyle>{body}</p:bodyStyle>\
             <p:otherStyle>{other}</p:otherStyle></p:txStyles>"
        );
        let text = whole("sldMaster", &text);
        let name = "ppt/slideMasters/slideMaster1.xml";
        self.part(name, "presentationml.slideMaster", text, &relations);
    }

    pub(super) fn layouts(&mut self) {
        for (at, layout) in self.deck.layouts.iter().enumerate() {
            let mut relations = Relations::default();
            relations.to("slideMaster", "../slideMasters/slideMaster1.xml");
            let ground = layout.ground.map(ground).unwrap_or_default();
            let tree = tree(layout.bands.as_deref().unwrap_or_default(), &layout.places, false);
            let name = escaped(&layout.name);
            let within = format!(
                "<p:cSld name=\"{name}\">{ground}<p:spTree>{TREE}{tree}</p:spTree></p:cSld>\
                 <p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>"
            );
            let mut text = whole("sldLayout", &within);
            let mut of = " preserve=\"1\" userDrawn=\"1\"".to_owned();
            if layout.bands.is_some() {
                of.insert_str(0, " showMasterSp=\"0\"");
            }
            if let Some(end) = text.find("><p:cSld") {
                text.insert_str(end, &of);
            }
            let name = format!("ppt/slideLayouts/slideLayout{}.xml", at + 1);
            self.part(&name, "presentationml.slideLayout", text, &relations);
        }
    }
}

/// What slides stand on.
fn ground(slot: Slot) -> String {
    format!("<p:bg><p:bgPr>{}<a:effectLst/></p:bgPr></p:bg>", fill(slot))
}

fn tree(bands: &[Band], places: &[Place], master: bool) -> String {
    let mut out = String::new();
    let mut id = 1;
    for band in bands {
        id += 1;
        let _ = write!(
            out,
            "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"Band {id}\"/><p:cNvSpPr/><p:nvPr \
             userDrawn=\"1\"/></p:nvSpPr><p:spPr>{}<a:prstGeom prst=\"rect\"><a:avLst/>\
             </a:prstGeom>{}<a:ln><a:noFill/></a:ln></p:spPr></p:sp>",
            frame(band.area, "a"),
            fill(band.color),
        );
    }
    for place in places {
        id += 1;
        out.push_str(&self::place(place, id, master));
    }
    out
}

fn place(place: &Place, id: usize, master: bool) -> String {
    let letters = &place.letters;
    let (name, said) = shown(place.role);
    let said = match place.role {
        Role::Number => FIELD.to_owned(),
        _ => format!("<a:r><a:rPr lang=\"en\"/><a:t>{said}</a:t></a:r>"),
    };
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{name} {id}\"/><p:cNvSpPr><a:spLocks \
         noGrp=\"1\"/></p:cNvSpPr><p:nvPr>{}<p:extLst><p:ext uri=\"{LETTERS}\"><d:letters \
         xmlns:d=\"urn:cambium:deck\" min=\"{}\"/></p:ext></p:extLst></p:nvPr></p:nvSpPr>\
         <p:spPr>{}<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr><p:txBody>\
         <a:bodyPr anchor=\"{}\"><a:normAutofit/></a:bodyPr><a:lstStyle>{}</a:lstStyle><a:p>{said}\
         </a:p></p:txBody></p:sp>",
        holder(place.role, place.number, master),
        letters.size_min,
        frame(place.area, "a"),
        anchor(letters.anchor),
        levels(letters, place.role == Role::Title),
    )
}

/// What a place is called, and what stands in it until somebody fills it.
pub const fn shown(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Title => ("Title", "Title"),
        Role::Subtitle => ("Subtitle", "Subtitle"),
        Role::Text => ("Text", "Text"),
        Role::Content => ("Content", "Text"),
        Role::Picture => ("Picture", "Picture"),
        Role::Chart => ("Chart", "Chart"),
        Role::Table => ("Table", "Table"),
        Role::Number => ("Slide Number", ""),
    }
}

/// How a shape says that it stands in a place.
pub fn holder(role: Role, number: u32, master: bool) -> String {
    let sort = match role {
        Role::Title => " type=\"title\"",
        Role::Subtitle => " type=\"subTitle\"",
        Role::Text => " type=\"body\"",
        Role::Content if master => " type=\"body\"",
        Role::Content => "",
        Role::Picture => " type=\"pic\"",
        Role::Chart => " type=\"chart\"",
        Role::Table => " type=\"tbl\"",
        Role::Number => " type=\"sldNum\"",
    };
    let number = if number == 0 { String::new() } else { format!(" idx=\"{number}\"") };
    format!("<p:ph{sort}{number}/>")
}

/// Where a shape stands.
pub fn frame(area: Area, prefix: &str) -> String {
    let Area { x, y, wide, high } = area;
    format!(
        "<{prefix}:xfrm><a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{wide}\" cy=\"{high}\"/>\
         </{prefix}:xfrm>"
    )
}
