//! Charts, as the numbers that a file keeps of them.

use super::super::super::model::{Chart, ChartSort, Series};
use crate::losses::Losses;
use crate::package::Element;

/// The most numbers of a series that are taken.
const POINTS_MAX: usize = 10_000;

/// The chart of a part; none where it is of a sort that no deck has.
pub fn read(root: &Element, slide: &str, losses: &mut Losses) -> Option<Chart> {
    let chart = root.child("chart")?;
    let area = chart.child("plotArea")?;
    let plots: Vec<(&Element, ChartSort, bool)> = area
        .children
        .iter()
        .filter_map(|plot| sort(plot).map(|(it, same)| (plot, it, same)))
        .collect();
    let (plot, sort, same) = *plots.first()?;
    let horizontal = plot.child("barDir").and_then(|it| it.says("val")) == Some("bar");
    let stacked = plot.child("grouping").and_then(|it| it.says("val"));
    let stacked = stacked.is_some_and(|it| it.contains("tacked"));
    if !same || horizontal || stacked || plots.len() > 1 {
        losses.at("chart_looks", slide, 1);
    }
    let mut read = Chart {
        sort,
        title: title(chart),
        categories: Vec::new(),
        series: Vec::new(),
        alt: String::new(),
    };
    for plot in plots.iter().filter(|(_, other, _)| *other == sort) {
        for series in plot.0.all("ser") {
            if read.categories.is_empty() && sort != ChartSort::Scatter {
                read.categories = series.child("cat").map(texts).unwrap_or_default();
            }
            read.series.push(self::series(series, sort));
        }
    }
    let others = plots.iter().filter(|(_, other, _)| *other != sort).count();
    losses.at("chart_series", slide, others as u64);
    Some(read)
}

/// What sort a plot is, and whether it looks as ours do.
fn sort(plot: &Element) -> Option<(ChartSort, bool)> {
    Some(match plot.name.as_str() {
        "barChart" => (ChartSort::Bar, true),
        "bar3DChart" => (ChartSort::Bar, false),
        "lineChart" => (ChartSort::Line, true),
        "line3DChart" | "areaChart" | "area3DChart" => (ChartSort::Line, false),
        "scatterChart" => (ChartSort::Scatter, true),
        "pieChart" => (ChartSort::Pie, true),
        "pie3DChart" | "doughnutChart" | "ofPieChart" => (ChartSort::Pie, false),
        _ => return None,
    })
}

fn title(chart: &Element) -> String {
    let Some(rich) = chart.at(&["title", "tx", "rich"]) else { return String::new() };
    let runs = rich.all("p").flat_map(|paragraph| paragraph.all("r"));
    runs.filter_map(|run| run.child("t")).map(|text| text.text.as_str()).collect()
}

fn series(of: &Element, sort: ChartSort) -> Series {
    let name = of.child("tx").map(texts).unwrap_or_default();
    let (values, along) = match sort {
        ChartSort::Scatter => (of.child("yVal"), of.child("xVal")),
        ChartSort::Bar | ChartSort::Line | ChartSort::Pie => (of.child("val"), None),
    };
    let along = along.map(numbers).unwrap_or_default();
    let counted = along.iter().zip(1_u32..).all(|(it, at)| *it == Some(f64::from(at)));
    let along = if counted { Vec::new() } else { along };
    Series {
        name: name.first().cloned().unwrap_or_default(),
        along: along.into_iter().map(Option::unwrap_or_default).collect(),
        values: values.map(numbers).unwrap_or_default(),
    }
}

/// The points that a file keeps of a row or column.
fn points(of: &Element) -> Vec<Option<&str>> {
    let kept = of.children.iter().find_map(|it| match it.name.as_str() {
        "strRef" => it.child("strCache"),
        "numRef" => it.child("numCache"),
        "multiLvlStrRef" => it.at(&["multiLvlStrCache", "lvl"]),
        "strLit" | "numLit" => Some(it),
        _ => None,
    });
    // The name of a series may stand there as it is.
    let Some(kept) = kept else {
        return of.child("v").map(|it| it.text.as_str()).into_iter().map(Some).collect();
    };
    let count = kept.child("ptCount").and_then(|it| it.number("val")).unwrap_or(0_usize);
    let mut all = vec![None; count.min(POINTS_MAX)];
    for point in kept.all("pt") {
        let at = point.number::<usize>("idx").unwrap_or(usize::MAX);
        let text = point.child("v").map(|it| it.text.as_str());
        match all.get_mut(at) {
            Some(kept) => *kept = text,
            None if count == 0 && at < POINTS_MAX => {
                all.resize(at + 1, None);
                all[at] = text;
            }
            None => {}
        }
    }
    all
}

fn texts(of: &Element) -> Vec<String> {
    points(of).into_iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

fn numbers(of: &Element) -> Vec<Option<f64>> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    points(of).into_iter().map(|text| text.and_then(number)).collect()
}
