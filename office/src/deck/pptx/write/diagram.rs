//! Diagrams: boxes and the arrows that hold on to them, in one group.

use std::fmt::Write as _;

use super::super::super::area::{Area, emu};
use super::super::super::graph::laid;
use super::super::super::model::{Diagram, Direction};
use super::super::super::scene::Fit;
use super::super::super::theme::Slot;
use super::Writer;
use super::layout::frame;
use super::slide::{Sheet, Spot};
use super::theme::fill;
use crate::draw::{At, escaped};

impl Writer<'_> {
    pub(super) fn diagram(
        &mut self,
        diagram: &Diagram,
        fit: Fit,
        spot: Spot<'_>,
        sheet: &mut Sheet,
    ) {
        let laid = laid(diagram, spot.area.in_points());
        let (id, alt) = (sheet.id(), escaped(&diagram.alt));
        let Area { x, y, wide, high } = spot.area;
        let _ = write!(
            sheet.out,
            "<p:grpSp><p:nvGrpSpPr><p:cNvPr id=\"{id}\" name=\"Diagram {id}\" descr=\"{alt}\"/>\
             <p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x=\"{x}\" y=\"{y}\"/>\
             <a:ext cx=\"{wide}\" cy=\"{high}\"/><a:chOff x=\"{x}\" y=\"{y}\"/><a:chExt \
             cx=\"{wide}\" cy=\"{high}\"/></a:xfrm></p:grpSpPr>"
        );
        let first = sheet.ids + 1;
        sheet.ids += diagram.nodes.len();
        // Arrows stand behind the boxes.
        for (edge, corners) in diagram.edges.iter().zip(&laid.arrows) {
            let number = |id: &String| diagram.nodes.iter().position(|node| node.id == *id);
            let (Some(from), Some(to)) = (number(&edge.from), number(&edge.to)) else { continue };
            let id = sheet.id();
            let forward = leads_on(diagram.direction, laid.boxes[from], laid.boxes[to]);
            let ends = [first + from, first + to];
            arrow(&mut sheet.out, id, ends, corners, (diagram.direction, forward));
        }
        for (at, (node, [x, y, wide, high])) in diagram.nodes.iter().zip(&laid.boxes).enumerate() {
            let area = Area { x: emu(*x), y: emu(*y), wide: emu(*wide), high: emu(*high) };
            let (id, name, label) = (first + at, escaped(&node.id), escaped(&node.label));
            let _ = write!(
                sheet.out,
                "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{name}\"/><p:cNvSpPr/><p:nvPr/>\
                 </p:nvSpPr><p:spPr>{}<a:prstGeom prst=\"roundRect\"><a:avLst><a:gd name=\"adj\" \
                 fmla=\"val 10000\"/></a:avLst></a:prstGeom>{}<a:ln w=\"12700\">{}</a:ln></p:spPr>\
                 <p:txBody><a:bodyPr lIns=\"76200\" tIns=\"0\" rIns=\"76200\" bIns=\"0\" \
                 anchor=\"ctr\"/><a:lstStyle/><a:p><a:pPr algn=\"ctr\"/><a:r><a:rPr lang=\"en\" \
                 sz=\"{}\">{}</a:rPr><a:t>{label}</a:t></a:r></a:p></p:txBody></p:sp>",
                frame(area, "a"),
                fill(Slot::Soft),
                fill(Slot::Accent1),
                fit.size,
                fill(Slot::Ink),
            );
        }
        sheet.out.push_str("</p:grpSp>");
    }
}

/// Whether one box stands before another along the arrows.
fn leads_on(direction: Direction, from: [f64; 4], to: [f64; 4]) -> bool {
    match direction {
        Direction::Right => from[0] < to[0],
        Direction::Down => from[1] < to[1],
    }
}

fn arrow(
    out: &mut String,
    id: usize,
    [from, to]: [usize; 2],
    corners: &[At],
    (direction, forward): (Direction, bool),
) {
    let (Some(begin), Some(end)) = (corners.first(), corners.last()) else { return };
    // The sides of a box are counted from its top, against the clock.
    let (first, last) = match (direction, forward) {
        (Direction::Right, true) => (3, 1),
        (Direction::Right, false) => (1, 3),
        (Direction::Down, true) => (2, 0),
        (Direction::Down, false) => (0, 2),
    };
    let area = Area {
        x: emu(begin.0.min(end.0)),
        y: emu(begin.1.min(end.1)),
        wide: emu((end.0 - begin.0).abs()),
        high: emu((end.1 - begin.1).abs()),
    };
    let mut turned = String::new();
    turned.push_str(if end.0 < begin.0 { " flipH=\"1\"" } else { "" });
    turned.push_str(if end.1 < begin.1 { " flipV=\"1\"" } else { "" });
    let frame = frame(area, "a").replacen("<a:xfrm", &format!("<a:xfrm{turned}"), 1);
    let _ = write!(
        out,
        "<p:cxnSp><p:nvCxnSpPr><p:cNvPr id=\"{id}\" name=\"Arrow {id}\"/><p:cNvCxnSpPr><a:stCxn \
         id=\"{from}\" idx=\"{first}\"/><a:endCxn id=\"{to}\" idx=\"{last}\"/></p:cNvCxnSpPr>\
         <p:nvPr/></p:nvCxnSpPr><p:spPr>{frame}<a:prstGeom prst=\"straightConnector1\"><a:avLst/>\
         </a:prstGeom><a:ln w=\"19050\">{}<a:tailEnd type=\"triangle\"/></a:ln></p:spPr></p:cxnSp>",
        fill(Slot::Ink),
    );
}
