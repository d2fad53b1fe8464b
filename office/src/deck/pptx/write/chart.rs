//! Charts with their numbers, and a workbook of them for who wants to change these.

use std::fmt::Write as _;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::super::super::file::Error;
use super::super::super::model::{Chart, ChartSort, Series};
use super::super::{CHART, DRAWING, OFFICE};
use super::relation::Relations;
use super::slide::{Sheet, Spot};
use super::{Writer, XML};
use crate::draw::escaped;

/// The sheet of the workbook.
const SHEET: &str = "Data";

impl Writer<'_> {
    pub(super) fn chart(
        &mut self,
        chart: &Chart,
        spot: Spot<'_>,
        sheet: &mut Sheet,
    ) -> Result<(), Error> {
        self.charts += 1;
        let number = self.charts;
        let target = format!("../charts/chart{number}.xml");
        let relation = sheet.relations.to("chart", &target);
        let within =
            format!("<c:chart xmlns:c=\"{CHART}\" xmlns:r=\"{OFFICE}\" r:id=\"{relation}\"/>");
        Self::framed(sheet, spot, ("Chart", &chart.alt), (CHART, &within));
        let mut relations = Relations::default();
        relations.to("package", &format!("../embeddings/chart{number}.xlsx"));
        let name = format!("ppt/charts/chart{number}.xml");
        self.part(&name, "drawingml.chart", part(chart), &relations);
        let book = workbook(chart, self.meta.at_s);
        let book = book.map_err(|error| Error::Unsupported(error.to_string()))?;
        self.parts.push((format!("ppt/embeddings/chart{number}.xlsx"), book));
        Ok(())
    }
}

/// The letters of a column, from 0.
fn column(at: usize) -> String {
    let (mut rest, mut out) = (at, Vec::new());
    loop {
        out.push(b'A' + (rest % 26) as u8);
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    out.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// The column of the numbers of a series; those along which a scatter stands are left of it.
const fn column_of(chart: &Chart, series: usize) -> usize {
    match chart.sort {
        ChartSort::Scatter => 2 * series + 1,
        ChartSort::Bar | ChartSort::Line | ChartSort::Pie => series + 1,
    }
}

fn workbook(chart: &Chart, at_s: i64) -> Result<Vec<u8>, XlsxError> {
    let mut file = Workbook::new();
    let created = ExcelDateTime::from_timestamp(at_s)?;
    file.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let page = file.add_worksheet();
    page.set_name(SHEET)?;
    let row = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    for (at, name) in chart.categories.iter().enumerate() {
        page.write_string(row(at), 0, name)?;
    }
    for (number, series) in chart.series.iter().enumerate() {
        let column = u16::try_from(column_of(chart, number)).unwrap_or(u16::MAX);
        page.write_string(0, column, &series.name)?;
        for (at, value) in series.values.iter().enumerate() {
            if let Some(value) = value {
                page.write_number(row(at), column, *value)?;
            }
            if chart.sort == ChartSort::Scatter {
                page.write_number(row(at), column - 1, along(series, at))?;
            }
        }
    }
    file.save_to_buffer()
}

fn along(series: &Series, at: usize) -> f64 {
    series.along.get(at).copied().unwrap_or(at as f64 + 1.0)
}

fn part(chart: &Chart) -> String {
    let title = if chart.title.is_empty() {
        "<c:autoTitleDeleted val=\"1\"/>".to_owned()
    } else {
        format!(
            "<c:title><c:tx><c:rich><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz=\"1600\" \
             b=\"0\"/></a:pPr><a:r><a:rPr lang=\"en\" sz=\"1600\" b=\"0\"/><a:t>{}</a:t></a:r></a:p>\
             </c:rich></c:tx><c:overlay val=\"0\"/></c:title><c:autoTitleDeleted val=\"0\"/>",
            escaped(&chart.title)
        )
    };
    let all: String =
        chart.series.iter().enumerate().map(|(at, it)| series(chart, it, at)).collect();
    let axes = "<c:axId val=\"1\"/><c:axId val=\"2\"/>";
    let plot = match chart.sort {
        ChartSort::Bar => format!(
            "<c:barChart><c:barDir val=\"col\"/><c:grouping val=\"clustered\"/><c:varyColors \
             val=\"0\"/>{all}<c:gapWidth val=\"25\"/>{axes}</c:barChart>"
        ),
        ChartSort::Line => format!(
            "<c:lineChart><c:grouping val=\"standard\"/><c:varyColors val=\"0\"/>{all}<c:marker \
             val=\"1\"/>{axes}</c:lineChart>"
        ),
        ChartSort::Scatter => format!(
            "<c:scatterChart><c:scatterStyle val=\"lineMarker\"/><c:varyColors val=\"0\"/>{all}\
             {axes}</c:scatterChart>"
        ),
        ChartSort::Pie => format!(
            "<c:pieChart><c:varyColors val=\"1\"/>{all}<c:firstSliceAng val=\"0\"/></c:pieChart>"
        ),
    };
    let axes = match chart.sort {
        ChartSort::Pie => String::new(),
        ChartSort::Scatter => axis("valAx", 1) + &axis("valAx", 2),
        ChartSort::Bar | ChartSort::Line => axis("catAx", 1) + &axis("valAx", 2),
    };
    let named = chart.sort == ChartSort::Pie || chart.series.iter().any(|it| !it.name.is_empty());
    let side = if chart.sort == ChartSort::Pie { "r" } else { "t" };
    let legend =
        format!("<c:legend><c:legendPos val=\"{side}\"/><c:overlay val=\"0\"/></c:legend>");
    let legend = if named { legend.as_str() } else { "" };
    format!(
        "{XML}<c:chartSpace xmlns:c=\"{CHART}\" xmlns:a=\"{DRAWING}\" xmlns:r=\"{OFFICE}\">\
         <c:date1904 val=\"0\"/><c:roundedCorners val=\"0\"/><c:chart>{title}<c:plotArea>\
         <c:layout/>{plot}{axes}</c:plotArea>{legend}<c:plotVisOnly val=\"1\"/><c:dispBlanksAs \
         val=\"gap\"/></c:chart><c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr \
         sz=\"1200\"/></a:pPr><a:endParaRPr lang=\"en\"/></a:p></c:txPr><c:externalData \
         r:id=\"rId1\"><c:autoUpdate val=\"0\"/></c:externalData></c:chartSpace>"
    )
}

fn axis(sort: &str, number: u8) -> String {
    let (side, other) = if number == 1 { ("b", 2) } else { ("l", 1) };
    let grid = "<c:majorGridlines><c:spPr><a:ln w=\"9525\"><a:solidFill><a:srgbClr \
                val=\"DDDDDD\"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>";
    let grid = if number == 2 { grid } else { "" };
    format!(
        "<c:{sort}><c:axId val=\"{number}\"/><c:scaling><c:orientation val=\"minMax\"/>\
         </c:scaling><c:delete val=\"0\"/><c:axPos val=\"{side}\"/>{grid}<c:numFmt \
         formatCode=\"[&gt;=10000]#,##0;[&lt;=-10000]-#,##0;General\" sourceLinked=\"0\"/><c:majorTickMark val=\"none\"/>\
         <c:minorTickMark val=\"none\"/><c:tickLblPos val=\"low\"/><c:crossAx val=\"{other}\"/>\
         <c:crosses val=\"autoZero\"/></c:{sort}>"
    )
}

fn series(chart: &Chart, series: &Series, at: usize) -> String {
    let number = column(column_of(chart, at));
    let mut out = format!("<c:ser><c:idx val=\"{at}\"/><c:order val=\"{at}\"/>");
    if !series.name.is_empty() {
        let name = escaped(&series.name);
        let _ = write!(
            out,
            "<c:tx><c:strRef><c:f>{SHEET}!${number}$1</c:f><c:strCache><c:ptCount val=\"1\"/>\
             <c:pt idx=\"0\"><c:v>{name}</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        );
    }
    let fill = accent(at);
    match chart.sort {
        ChartSort::Bar => {
            let _ = write!(out, "<c:spPr>{fill}</c:spPr><c:invertIfNegative val=\"0\"/>");
        }
        ChartSort::Line => {
            let _ = write!(out, "<c:spPr><a:ln w=\"25400\">{fill}</a:ln></c:spPr>");
            marker(&mut out, &fill);
        }
        ChartSort::Scatter => {
            out.push_str("<c:spPr><a:ln><a:noFill/></a:ln></c:spPr>");
            marker(&mut out, &fill);
        }
        ChartSort::Pie => parts(&mut out, series),
    }
    let values = numbers(&number, series.values.iter().copied());
    if chart.sort == ChartSort::Scatter {
        let left = column(column_of(chart, at) - 1);
        let along = (0..series.values.len()).map(|at| Some(along(series, at)));
        let along = numbers(&left, along);
        let _ =
            write!(out, "<c:xVal>{along}</c:xVal><c:yVal>{values}</c:yVal><c:smooth val=\"0\"/>");
    } else {
        if !chart.categories.is_empty() {
            let _ = write!(out, "<c:cat>{}</c:cat>", names(&chart.categories));
        }
        let _ = write!(out, "<c:val>{values}</c:val>");
        out.push_str(if chart.sort == ChartSort::Line { "<c:smooth val=\"0\"/>" } else { "" });
    }
    out.push_str("</c:ser>");
    out
}

/// What stands out in the theme, in turn.
fn accent(at: usize) -> String {
    format!("<a:solidFill><a:schemeClr val=\"accent{}\"/></a:solidFill>", at % 6 + 1)
}

fn marker(out: &mut String, fill: &str) {
    let _ = write!(
        out,
        "<c:marker><c:symbol val=\"circle\"/><c:size val=\"6\"/><c:spPr>{fill}<a:ln><a:noFill/>\
         </a:ln></c:spPr></c:marker>"
    );
}

/// The colours of the parts of a pie.
fn parts(out: &mut String, series: &Series) {
    for at in 0..series.values.len() {
        let fill = accent(at);
        let _ = write!(
            out,
            "<c:dPt><c:idx val=\"{at}\"/><c:bubble3D val=\"0\"/><c:spPr>{fill}</c:spPr></c:dPt>"
        );
    }
}

fn names(categories: &[String]) -> String {
    let count = categories.len();
    let mut out = format!(
        "<c:strRef><c:f>{SHEET}!$A$2:$A${}</c:f><c:strCache><c:ptCount val=\"{count}\"/>",
        count + 1
    );
    for (at, name) in categories.iter().enumerate() {
        let _ = write!(out, "<c:pt idx=\"{at}\"><c:v>{}</c:v></c:pt>", escaped(name));
    }
    out.push_str("</c:strCache></c:strRef>");
    out
}

fn numbers(column: &str, values: impl ExactSizeIterator<Item = Option<f64>>) -> String {
    let count = values.len();
    let mut out = format!(
        "<c:numRef><c:f>{SHEET}!${column}$2:${column}${}</c:f><c:numCache><c:formatCode>General\
         </c:formatCode><c:ptCount val=\"{count}\"/>",
        count.max(1) + 1
    );
    for (at, value) in values.enumerate() {
        if let Some(value) = value {
            let _ = write!(out, "<c:pt idx=\"{at}\"><c:v>{value}</c:v></c:pt>");
        }
    }
    out.push_str("</c:numCache></c:numRef>");
    out
}
