//! `statistics`: what a list of numbers looks like.

use contracts::{Refusal, Timestamp};
use serde_json::{Value, json};

use super::{Pure, fault, view};

/// The most numbers at once.
const VALUES_MAX: usize = 100_000;

pub(super) fn tool() -> Pure {
    let parameters = json!({
        "type": "object",
        "properties": {
            "values": {
                "type": "array", "items": { "type": "number" },
                "minItems": 1, "maxItems": VALUES_MAX,
            },
            "percentiles": {
                "type": "array", "items": { "type": "number", "minimum": 0, "maximum": 100 },
                "maxItems": 20,
                "description": "Which percentiles to tell beside the quartiles.",
            },
            "with": {
                "type": "array", "items": { "type": "number" }, "maxItems": VALUES_MAX,
                "description": "As many other values: the correlation and the line of best fit.",
            },
        },
        "required": ["values"],
        "additionalProperties": false,
        "examples": [{ "values": [3, 1, 4, 1, 5], "percentiles": [90] }],
    });
    let about = "Count, sum, mean, median, quartiles, percentiles, mode, variance, standard \
                 deviation, least and most of a list of numbers; with a second list also the \
                 correlation and the line of best fit.";
    Pure { view: view("statistics", about, parameters), run }
}

fn numbers(value: &Value) -> Result<Vec<f64>, Refusal> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let numbers: Option<Vec<f64>> =
        items.iter().map(|it| it.as_f64().filter(|number| number.is_finite())).collect();
    numbers.ok_or_else(|| fault("a value is no number"))
}

fn run(input: &Value, _: Timestamp) -> Result<Value, Refusal> {
    let values = numbers(&input["values"])?;
    if values.is_empty() || values.len() > VALUES_MAX {
        return Err(fault(format!("1 to {VALUES_MAX} values are taken")));
    }
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = sum(&values) / count;
    let squares: Vec<f64> = values.iter().map(|it| (it - mean).powi(2)).collect();
    let squares = sum(&squares);
    let sample = (values.len() > 1).then(|| squares / (count - 1.0));
    let mut told = json!({
        "count": values.len(),
        "sum": sum(&values),
        "mean": mean,
        "median": percentile(&sorted, 50.0),
        "min": sorted.first(),
        "max": sorted.last(),
        "quartiles": [percentile(&sorted, 25.0), percentile(&sorted, 75.0)],
        "variance": sample,
        "standard_deviation": sample.map(f64::sqrt),
        "population_variance": squares / count,
        "mode": mode(&sorted),
    });
    for at in numbers(&input["percentiles"])? {
        told["percentiles"][at.to_string()] = json!(percentile(&sorted, at));
    }
    let with = numbers(&input["with"])?;
    if !with.is_empty() {
        told["with"] = line(&values, &with)?;
    }
    let finite = told["sum"].is_number() && told["population_variance"].is_number();
    if finite { Ok(told) } else { Err(fault("the values are too large to be added")) }
}

/// The sum, with what rounding took away given back (Neumaier).
fn sum(values: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

/// Between the two nearest values, as spreadsheets do it.
fn percentile(sorted: &[f64], at: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = at / 100.0 * last as f64;
    let (below, above) = (place.floor(), place.ceil());
    // A place is between 0 and `last`.
    let value = |place: f64| sorted[(place as usize).min(last)];
    value(below) + (value(above) - value(below)) * (place - below)
}

/// The values that are there most often, when one is there twice.
fn mode(sorted: &[f64]) -> Vec<f64> {
    let runs: Vec<(f64, usize)> = sorted
        .chunk_by(|one, other| one.total_cmp(other).is_eq())
        .map(|run| (run[0], run.len()))
        .collect();
    let most = runs.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let often = runs.into_iter().filter(|(_, count)| *count == most && most > 1);
    often.map(|(value, _)| value).take(10).collect()
}

fn line(xs: &[f64], ys: &[f64]) -> Result<Value, Refusal> {
    if xs.len() != ys.len() {
        return Err(fault("there are not as many values `with` as `values`"));
    }
    let count = xs.len() as f64;
    let (x, y) = (sum(xs) / count, sum(ys) / count);
    let products: Vec<f64> = xs.iter().zip(ys).map(|(a, b)| (a - x) * (b - y)).collect();
    let (products, of_x, of_y) = (sum(&products), spread(xs, x), spread(ys, y));
    let slope = (of_x > 0.0).then(|| products / of_x);
    Ok(json!({
        "mean": y,
        "correlation": (of_x > 0.0 && of_y > 0.0).then(|| products / (of_x * of_y).sqrt()),
        "slope": slope,
        "intercept": slope.map(|slope| y - slope * x),
    }))
}

fn spread(values: &[f64], mean: f64) -> f64 {
    let squares: Vec<f64> = values.iter().map(|it| (it - mean).powi(2)).collect();
    sum(&squares)
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use serde_json::{Value, json};

    fn told(input: Value) -> Value {
        super::run(&input, Timestamp::from_millis(0)).unwrap_or_else(|it| json!(it.code))
    }

    #[test]
    fn known_lists_have_known_figures() {
        let told = told(json!({ "values": [2, 4, 4, 4, 5, 5, 7, 9], "percentiles": [90] }));
        assert_eq!((&told["mean"], &told["median"]), (&json!(5.0), &json!(4.5)));
        assert_eq!(told["population_variance"], json!(4.0));
        assert_eq!((&told["mode"], &told["quartiles"]), (&json!([4.0]), &json!([4.0, 5.5])));
        assert_eq!(told["percentiles"]["90"], json!(7.6));
    }

    #[test]
    fn small_numbers_are_not_lost_among_large_ones() {
        assert_eq!(told(json!({ "values": [1e16, 1.0, -1e16] }))["sum"], json!(1.0));
    }

    #[test]
    fn a_line_is_found_and_what_has_none_says_so() {
        let line = told(json!({ "values": [1, 2, 3], "with": [2, 4, 6] }))["with"].clone();
        assert_eq!((&line["slope"], &line["correlation"]), (&json!(2.0), &json!(1.0)));
        let flat = told(json!({ "values": [1, 1], "with": [2, 4] }))["with"].clone();
        assert_eq!(flat["slope"], Value::Null);
        assert_eq!(told(json!({ "values": [1, 2], "with": [1] })), "tool_arguments_invalid");
        assert_eq!(told(json!({ "values": [1e308, 1e308] })), "tool_arguments_invalid");
    }
}
