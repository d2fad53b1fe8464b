use super::axis::Axis;
use super::{Chart, Series, Sort, Undrawn, svg};
use crate::package::Xml;

fn series(name: &str, values: &[f64]) -> Series {
    let values = values.iter().map(|value| Some(*value)).collect();
    Series { name: name.to_owned(), along: Vec::new(), values }
}

fn chart(sort: Sort, series: Vec<Series>) -> Chart {
    let categories = ["North & south", "<East>", "West"].map(str::to_owned).into();
    let title = "Sales \"2026\"".to_owned();
    Chart { sort, title, categories, series, colors: Vec::new(), width: 640, height: 400 }
}

#[test]
fn axes_have_round_marks() {
    let marks = |numbers: &[f64], zero| {
        let axis = Axis::over(numbers.iter().copied(), 5, zero);
        axis.marks().iter().map(|mark| axis.told(*mark)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(marks(&[3.0, 97.0], true), "0 20 40 60 80 100");
    assert_eq!(marks(&[-3.0, 7.0], true), "-4 -2 0 2 4 6 8");
    assert_eq!(marks(&[0.12, 0.31], false), "0.10 0.15 0.20 0.25 0.30 0.35");
    assert_eq!(marks(&[5.0], false), "2 3 4 5 6 7 8");
    assert_eq!(marks(&[0.0], true), "0.0 0.2 0.4 0.6 0.8 1.0".replace("0.0", "0"));
    assert!(marks(&[1e20, 3e20], true).starts_with("0e0 "), "{}", marks(&[1e20, 3e20], true));
}

#[test]
fn charts_are_xml_with_a_shape_for_each_number() {
    let two = || vec![series("a", &[3.0, -1.0, 4.0]), series("", &[1.0, 5.0, 9.0])];
    for (sort, shape, count) in
        [(Sort::Bar, "<rect", 6), (Sort::Line, "<circle", 6), (Sort::Scatter, "<circle", 6)]
    {
        let picture = svg(&chart(sort, two())).expect("a picture");
        assert_eq!(picture, svg(&chart(sort, two())).expect("a picture"));
        assert!(Xml::new(&picture, 8).all(|piece| piece.is_ok()), "{picture}");
        // The ground and the mark of the named series are no bars.
        let others = if sort == Sort::Bar { 2 } else { 0 };
        assert_eq!(picture.matches(shape).count(), count + others, "{picture}");
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }
    let pie = svg(&chart(Sort::Pie, vec![series("", &[1.0, 2.0, 1.0])])).expect("a picture");
    assert_eq!((pie.matches("<path").count(), pie.contains("West (25.0%)")), (3, true));
    assert!(pie.contains("North &amp; south") && pie.contains("&lt;East&gt;"));
}

#[test]
fn bars_are_as_high_as_their_numbers() {
    let picture = svg(&chart(Sort::Bar, vec![series("", &[50.0, 100.0, 0.0])])).expect("drawn");
    let heights: Vec<f64> = picture
        .lines()
        .filter(|line| line.starts_with("<rect x=") && line.contains("#0072b2"))
        .filter_map(|line| line.split("height=\"").nth(1)?.split('"').next()?.parse().ok())
        .collect();
    assert_eq!(heights.len(), 3);
    assert!((heights[1] - 2.0 * heights[0]).abs() < 0.02 && heights[2] == 0.0, "{heights:?}");
    assert!((heights[1] - (400.0 - 40.0 - 44.0)).abs() < 0.02, "{heights:?}");
}

#[test]
fn gaps_are_left_and_the_rest_refused() {
    let mut gap = series("", &[1.0, 2.0, 3.0, 4.0]);
    gap.values[2] = None;
    let picture = svg(&chart(Sort::Line, vec![gap])).expect("a picture");
    let path = picture.lines().find(|line| line.starts_with("<path")).expect("a line");
    assert_eq!(path.matches('M').count(), 2, "{path}");
    let undrawn =
        |sort, values: &[f64]| svg(&chart(sort, vec![series("", values)])).expect_err("none");
    assert_eq!(undrawn(Sort::Bar, &[]), Undrawn::Empty);
    assert_eq!(undrawn(Sort::Bar, &[f64::NAN]), Undrawn::TooLarge);
    assert_eq!(undrawn(Sort::Line, &[1e300]), Undrawn::TooLarge);
    assert_eq!(undrawn(Sort::Pie, &[1.0, -1.0]), Undrawn::Negative);
    assert_eq!(undrawn(Sort::Pie, &[0.0]), Undrawn::Empty);
    let whole = svg(&chart(Sort::Pie, vec![series("", &[7.0])])).expect("a picture");
    assert!(whole.contains("<circle"));
}

#[test]
fn the_digits_of_large_numbers_stand_in_threes_and_those_of_years_do_not() {
    let picture = svg(&chart(Sort::Bar, vec![series("", &[-1_250_000.0, 900_000.0])]));
    let picture = picture.expect("a picture");
    for told in [">-500,000<", ">0<", ">500,000<", ">1,000,000<"] {
        assert!(picture.contains(told), "{told}: {picture}");
    }
    let years = svg(&chart(Sort::Line, vec![series("", &[2_020.0, 2_026.0])])).expect("a picture");
    assert!(years.contains(">2026<"), "{years}");
}

#[test]
fn the_colours_that_a_chart_brings_are_taken_in_turn() {
    let series = ["a", "b", "c"].map(|name| series(name, &[1.0])).to_vec();
    let own = Chart { colors: vec![[1, 2, 3], [4, 5, 6]], ..chart(Sort::Bar, series) };
    let picture = svg(&own).expect("a picture");
    // The mark of the name and the bar, each for the first and the third.
    assert_eq!(picture.matches("#010203").count(), 4, "{picture}");
    assert_eq!(picture.matches("#040506").count(), 2, "{picture}");
}
