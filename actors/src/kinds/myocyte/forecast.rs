//! What comes next in a row of numbers, computed.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::answers::{Errors, Forecast, Prediction, Tried};
use contracts::kinds::myocyte::limits::{HISTORY_MAX, PERIODS_MAX};
use contracts::kinds::myocyte::{Event, Method, ModelForecast, Rejection};
use office::calc::Value;
use office::forecast as told;
use office::sheet::{Area, Place};
use serde_json::json;

use super::work::Work;

/// Tells what comes next.
pub(super) fn model_forecast(
    work: Work<'_>,
    input: &ModelForecast,
) -> Result<Decision<Event>, Rejection> {
    Check::new()
        .ensure(
            input.values.is_some() != input.area.is_some(),
            "values",
            "give either values or an area",
        )
        .ensure((1..=PERIODS_MAX).contains(&input.periods), "periods", "is 1 to 100")
        .ensure((50..=99).contains(&input.level), "level", "is 50 to 99")
        .ensure(
            input.season.is_none_or(|season| (1..=HISTORY_MAX).contains(&(season as usize))),
            "season",
            format!("is 1 to {HISTORY_MAX}"),
        )
        .done()?;
    let values = match &input.values {
        Some(values) => values.clone(),
        None => of_area(&work, input)?,
    };
    Check::new().items("values", values.len(), HISTORY_MAX).done()?;
    let asked = told::Asked {
        values: &values,
        periods: input.periods as usize,
        season: input.season.map(|season| season as usize),
        method: input.method.map(method),
        level: f64::from(input.level) / 100.0,
    };
    let forecast = told::forecast(&asked)
        .map_err(|untold| Rejection::NothingToTell { reason: untold.to_string() })?;
    let multiplied = forecast.method == told::Method::HoltWintersMultiplicative;
    let apart = told::decompose(&values, forecast.season, multiplied);
    let point =
        |point: &told::Point| Prediction { value: point.value, low: point.low, high: point.high };
    let tried = forecast.tried.iter();
    let tried = tried.map(|one| Tried { method: page(one.method), errors: errors(&one.errors) });
    Ok(work.now(&Forecast {
        method: page(forecast.method),
        season: u32::try_from(forecast.season).unwrap_or(u32::MAX),
        predictions: forecast.points.iter().map(point).collect(),
        level: input.level,
        fitted: json!(forecast.fitted),
        errors: errors(&forecast.errors),
        tried: tried.collect(),
        decomposition: apart.map(|apart| json!(apart)),
    }))
}

/// The numbers of a row or a column, computed. What is empty at its end is left out.
fn of_area(work: &Work<'_>, input: &ModelForecast) -> Result<Vec<f64>, Rejection> {
    let area = input.area.as_deref().unwrap_or_default().parse::<Area>();
    let line = area.as_ref().is_ok_and(|area| area.rows() == 1 || area.columns() == 1);
    let short = area.as_ref().is_ok_and(|area| area.cells() <= HISTORY_MAX as u64);
    Check::new()
        .ensure(line, "area", "is one row or one column of cells, such as B2:B25")
        .ensure(!line || short, "area", format!("has more than {HISTORY_MAX} cells"))
        .done()?;
    let sheet = work.sheet(input.sheet.as_ref())?;
    let places: Vec<Place> = area.iter().flat_map(|area| area.places()).collect();
    let values: Vec<Value> =
        work.state.engine.with(&work.state.book, work.cx, |calculator, _| {
            places.iter().map(|place| calculator.value(&sheet.id, *place)).collect()
        })?;
    let last = values.iter().rposition(|value| *value != Value::Empty).map_or(0, |at| at + 1);
    let numbers = values.iter().zip(&places).take(last).map(|(value, place)| {
        let at = || format!("{}!{place}", sheet.name);
        value.number().ok_or_else(|| Rejection::NotANumber { at: at() })
    });
    numbers.collect()
}

fn errors(errors: &Option<told::Errors>) -> Option<Errors> {
    errors.as_ref().map(|errors| Errors {
        count: errors.count as u64,
        mae: errors.mae,
        rmse: errors.rmse,
        smape: errors.smape,
        mase: errors.mase,
    })
}

const fn method(method: Method) -> told::Method {
    match method {
        Method::Naive => told::Method::Naive,
        Method::SeasonalNaive => told::Method::SeasonalNaive,
        Method::Drift => told::Method::Drift,
        Method::Linear => told::Method::Linear,
        Method::Holt => told::Method::Holt,
        Method::HoltWintersAdditive => told::Method::HoltWintersAdditive,
        Method::HoltWintersMultiplicative => told::Method::HoltWintersMultiplicative,
    }
}

const fn page(method: told::Method) -> Method {
    match method {
        told::Method::Naive => Method::Naive,
        told::Method::SeasonalNaive => Method::SeasonalNaive,
        told::Method::Drift => Method::Drift,
        told::Method::Linear => Method::Linear,
        told::Method::Holt => Method::Holt,
        told::Method::HoltWintersAdditive => Method::HoltWintersAdditive,
        told::Method::HoltWintersMultiplicative => Method::HoltWintersMultiplicative,
    }
}
