//! What who speaks has to say, beside each slide.

use super::super::super::layout::Letters;
use super::super::super::model::Slide;
use super::layout::TREE;
use super::relation::Relations;
use super::text::{levels, paragraphs};
use super::{Writer, theme, whole};

/// The picture of the slide on a page of notes.
const IMAGE: &str = concat!(
    "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Slide Image 2\"/><p:cNvSpPr><a:spLocks noGrp=\"1\" ",
    "noRot=\"1\" noChangeAspect=\"1\"/></p:cNvSpPr><p:nvPr><p:ph type=\"sldImg\"/></p:nvPr>",
    "</p:nvSpPr><p:spPr>{}</p:spPr></p:sp>"
);
/// Where it stands.
const IMAGE_FRAME: &str = concat!(
    "<a:xfrm><a:off x=\"685800\" y=\"1143000\"/><a:ext cx=\"5486400\" cy=\"3086100\"/></a:xfrm>",
    "<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom><a:noFill/><a:ln w=\"12700\"><a:solidFill>",
    "<a:prstClr val=\"black\"/></a:solidFill></a:ln>"
);
/// The text below it.
const TEXT: &str = concat!(
    "<p:sp><p:nvSpPr><p:cNvPr id=\"3\" name=\"Notes 3\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/>",
    "</p:cNvSpPr><p:nvPr><p:ph type=\"body\" idx=\"1\"/></p:nvPr></p:nvSpPr><p:spPr>{frame}",
    "</p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>{text}</p:txBody></p:sp>"
);
/// Where it stands.
const TEXT_FRAME: &str = concat!(
    "<a:xfrm><a:off x=\"685800\" y=\"4400550\"/><a:ext cx=\"5486400\" cy=\"3600450\"/></a:xfrm>",
    "<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom>"
);

impl Writer<'_> {
    pub(super) fn notes_master(&mut self) {
        let mut relations = Relations::default();
        relations.to("theme", "../theme/theme2.xml");
        let letters = Letters { size: 1_200, size_min: 1_200, ..Letters::default() };
        let text = TEXT.replace("{frame}", TEXT_FRAME);
        let text =
            text.replace("{text}", "<a:p><a:r><a:rPr lang=\"en\"/><a:t>Notes</a:t></a:r></a:p>");
        let within = format!(
            "<p:cSld><p:bg><p:bgPr><a:solidFill><a:schemeClr val=\"bg1\"/></a:solidFill>\
             <a:effectLst/></p:bgPr></p:bg><p:spTree>{TREE}{}{text}</p:spTree></p:cSld><p:clrMap \
             bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\" accent1=\"accent1\" \
             accent2=\"accent2\" accent3=\"accent3\" accent4=\"accent4\" accent5=\"accent5\" \
             accent6=\"accent6\" hlink=\"hlink\" folHlink=\"folHlink\"/><p:notesStyle>{}\
             </p:notesStyle>",
            IMAGE.replace("{}", IMAGE_FRAME),
            levels(&letters, false),
        );
        let text = whole("notesMaster", &within);
        let name = "ppt/notesMasters/notesMaster1.xml";
        self.part(name, "presentationml.notesMaster", text, &relations);
        let text = theme::part(&self.deck.theme);
        self.part("ppt/theme/theme2.xml", "theme", text, &Relations::default());
    }

    pub(super) fn notes(&mut self, slide: &Slide, number: usize) {
        let mut relations = Relations::default();
        relations.to("notesMaster", "../notesMasters/notesMaster1.xml");
        relations.to("slide", &format!("../slides/slide{}.xml", number + 1));
        let language = self.meta.language.as_deref().unwrap_or("en");
        let said = paragraphs(&slide.notes, &Letters::default(), language, &mut relations);
        let text = TEXT.replace("{frame}", "").replace("{text}", &said);
        let within = format!(
            "<p:cSld><p:spTree>{TREE}{}{text}</p:spTree></p:cSld><p:clrMapOvr>\
             <a:masterClrMapping/></p:clrMapOvr>",
            IMAGE.replace("{}", ""),
        );
        let name = format!("ppt/notesSlides/notesSlide{}.xml", number + 1);
        let text = whole("notes", &within);
        self.part(&name, "presentationml.notesSlide", text, &relations);
    }
}
