use super::normal::quantile;
use super::{Asked, Forecast, Method, Untold, decompose, forecast, season_of};

const EACH: [f64; 4] = [10.0, -4.0, -9.0, 3.0];

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-6 * one.abs().max(other.abs()).max(1.0)
}

fn asked(values: &[f64], method: Option<Method>) -> Forecast {
    let asked = Asked { values, periods: 4, season: None, method, level: 0.95 };
    forecast(&asked).expect("told")
}

fn told(values: &[f64], method: Method) -> Vec<f64> {
    asked(values, Some(method)).points.iter().map(|point| point.value).collect()
}

fn seasons(count: usize, multiplied: bool) -> Vec<f64> {
    let at = |at: usize| {
        let line = 100.0 + 2.0 * at as f64;
        let part = EACH[at % 4];
        if multiplied { line * (1.0 + part / 100.0) } else { line + part }
    };
    (0..count).map(at).collect()
}

#[test]
fn simple_methods_tell_what_they_say() {
    let values = [3.0, 5.0, 4.0, 9.0];
    assert_eq!(told(&values, Method::Naive), [9.0; 4]);
    assert_eq!(told(&values, Method::Drift), [11.0, 13.0, 15.0, 17.0]);
    // By hand: slope 1.7, height 2.7 at the first.
    let line = told(&values, Method::Linear);
    assert!(
        line.iter().zip([9.5, 11.2, 12.9, 14.6]).all(|(one, other)| close(*one, other)),
        "{line:?}"
    );
    let row = seasons(12, false);
    assert_eq!(told(&row, Method::SeasonalNaive), row[8..12]);
}

#[test]
fn intervals_grow_as_theory_says() {
    let values = [1.0, 3.0, 2.0, 4.0];
    let points = asked(&values, Some(Method::Naive)).points;
    // Steps of 2, -1, 2: their root mean square is the square root of 3.
    let wide = quantile(0.975) * 3.0_f64.sqrt();
    assert!(close(points[0].high, 4.0 + wide) && close(points[3].low, 4.0 - 2.0 * wide));
    assert!(close(quantile(0.975), 1.959_963_984_540_054) && close(quantile(0.5) + 1.0, 1.0));
    assert!(close(quantile(0.000_1), -3.719_016_485_455_709));
}

#[test]
fn what_repeats_and_grows_is_told_on() {
    for multiplied in [false, true] {
        let row = seasons(48, multiplied);
        assert_eq!(season_of(&row), 4);
        let best = asked(&row[..44], None);
        assert_eq!(best.season, 4);
        let method = if multiplied {
            Method::HoltWintersMultiplicative
        } else {
            Method::HoltWintersAdditive
        };
        assert_eq!(best.method, method, "{:?}", best.tried);
        for (point, came) in best.points.iter().zip(&row[44..]) {
            assert!((point.value - came).abs() < 0.5, "{point:?} {came}");
        }
        assert!(best.errors.expect("tried").mase.expect("it changes") < 0.1);
    }
}

#[test]
fn the_best_is_chosen_by_trying() {
    let line: Vec<f64> = (0..30).map(|at| 5.0 + 3.0 * f64::from(at)).collect();
    let best = asked(&line, None);
    // Several tell it without an error: the simplest of them.
    assert_eq!((best.method, best.season), (Method::Drift, 1));
    assert!(close(best.points[3].value, 5.0 + 3.0 * 33.0));
    let flat = asked(&[7.0; 20], None);
    assert_eq!(flat.method, Method::Naive);
    assert_eq!(flat.errors.expect("tried").mase, None);
    // The ends are far from the line: no line through them.
    let rough: Vec<f64> =
        (0..40).map(|at| f64::from(at) + if at % 2 == 0 { 6.0 } else { -6.0 }).collect();
    let best = asked(&rough, None);
    assert!(
        best.tried[0].errors.as_ref().expect("tried").rmse
            <= best.tried[1].errors.as_ref().expect("tried").rmse
    );
}

#[test]
fn what_cannot_be_told_is_said() {
    let ask = |values: &[f64], method| {
        forecast(&Asked { values, periods: 2, season: Some(4), method, level: 0.8 })
    };
    assert_eq!(ask(&[1.0, 2.0], None), Err(Untold::TooFew(2, 3)));
    assert_eq!(ask(&[1.0, f64::NAN, 2.0], None), Err(Untold::NotFinite(2)));
    let short = ask(&[1.0, 2.0, 3.0, 4.0], Some(Method::HoltWintersAdditive));
    assert_eq!(short, Err(Untold::TooFew(4, 9)));
    assert_eq!(ask(&[f64::MAX, -f64::MAX, f64::MAX], Some(Method::Naive)), Err(Untold::TooLarge));
    let one = forecast(&Asked {
        values: &[1.0, 2.0, 4.0],
        periods: 1,
        season: None,
        method: None,
        level: 0.8,
    });
    assert!(one.is_ok(), "{one:?}");
}

#[test]
fn a_row_is_taken_apart() {
    let apart = decompose(&seasons(24, false), 4, false).expect("seasons");
    assert!(apart.seasonal.iter().zip(EACH).all(|(one, other)| close(*one, other)), "{apart:?}");
    assert_eq!(apart.trend[1], None);
    assert!(close(apart.trend[10].expect("known"), 120.0));
    assert!(apart.rest.iter().flatten().all(|rest| rest.abs() < 1e-9));
    let apart = decompose(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0], 3, true).expect("seasons");
    assert!(apart.seasonal.iter().zip([0.5, 1.0, 1.5]).all(|(one, other)| close(*one, other)));
    assert_eq!(decompose(&[1.0, 2.0, 3.0], 2, false), None);
    assert_eq!(decompose(&[1.0, -2.0, 3.0, 4.0], 2, true), None);
}
