//! The workbook: sales that come in as a table, formulas over them, and a forecast.

use serde_json::{Value, json};

use super::desk::Desk;
use super::fill::Filled;
use crate::cli::failure::Failure;

/// Three years of sales, by month and product.
pub const SALES: &str = include_str!("story/sales.csv");
/// Commands with their inputs: sheets, formulas, looks.
const WORKBOOK: &str = include_str!("story/workbook.json");
const VALUES: &str = include_str!("story/values.json");
const TABLES: &str = include_str!("story/tables.json");

/// Takes the sales in and lays formulas over them.
pub async fn sales(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let input = json!({
        "text": SALES, "format": "csv", "kind": "myocyte", "id": desk.name, "sheet": "Sales",
        "title": "Linden & Rye: figures for the first quarter of 2027",
    });
    desk.ask("chaperone", "import", &input).await?;
    desk.begun("myocyte");
    let rows = SALES.lines().count() - 1;
    desk.say("chaperone", "import", &format!("sales.csv: {rows} rows into the sheet Sales"))?;
    let commands: Vec<(String, Value)> = story(WORKBOOK)?;
    let mut computed = 0;
    for (command, input) in &commands {
        let told = desk.ask("myocyte", command, input).await?;
        computed += told["computed"].as_u64().unwrap_or_default();
    }
    desk.say("myocyte", "formulas", &format!("{computed} cells computed in five sheets"))?;
    let pivot = json!({
        "source": "Sales!A1:E109", "rows": ["product"], "values": [{ "field": "revenue" }],
    });
    let told = desk.ask("myocyte", "pivot", &pivot).await?;
    let line = |row: &Value| format!("{} {}", row[0].as_str().unwrap_or_default(), row[1]);
    let rows: Vec<_> = told["rows"].as_array().into_iter().flatten().map(line).collect();
    desk.say("myocyte", "pivot", &format!("revenue of three years: {}", rows.join(", ")))
}

/// Computes what comes next, and writes it beside what was.
pub async fn forecast(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let input = json!({
        "sheet": "Forecast", "area": "B2:B37", "periods": 3, "season": 12, "level": 80,
    });
    let told = desk.ask("myocyte", "model_forecast", &input).await?;
    let rounded = |value: &Value| value.as_f64().map(f64::round);
    let months: Vec<_> = told["predictions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|month| ["value", "low", "high"].map(|edge| rounded(&month[edge])))
        .collect();
    let method = method(told["method"].as_str().unwrap_or_default());
    let (error, tried) = (told["errors"]["smape"].clone(), told["tried"].as_array().map(Vec::len));
    let facts = json!([
        ["Method", method],
        ["Mean error", error],
        ["Within the bounds", "=80/100"],
        ["Methods tried", tried],
    ]);
    let areas = json!([{ "at": "C38", "rows": months }, { "at": "G1", "rows": facts }]);
    desk.ask("myocyte", "set", &json!({ "sheet": "Forecast", "areas": areas })).await?;
    let wide = json!({ "number": "0.0%" });
    let look = json!({ "sheet": "Forecast", "area": "H2:H3", "style": wide });
    desk.ask("myocyte", "format", &look).await?;
    let tried = tried.unwrap_or_default();
    let error = error.as_f64().unwrap_or_default() * 100.0;
    let said = format!("{method}, the best of {tried}: {error:.1} % off in back-tests");
    desk.say("myocyte", "forecast", &said)
}

fn method(name: &str) -> &str {
    match name {
        "holt_winters_multiplicative" => "Holt-Winters with a multiplied season",
        "holt_winters_additive" => "Holt-Winters with an added season",
        "seasonal_naive" => "the same month a year before",
        "linear" => "least squares",
        "holt" => "Holt",
        other => other,
    }
}

/// Draws the row of months.
pub async fn look(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let series = json!([
        { "name": "Sold", "values": "Forecast!B14:B40" },
        { "name": "Expected", "values": "Forecast!C14:C40" },
        { "name": "At least", "values": "Forecast!D14:D40" },
        { "name": "At most", "values": "Forecast!E14:E40" },
    ]);
    let input = json!({
        "type": "line", "title": "Revenue by month, in euros", "categories": "Forecast!A14:A40",
        "series": series, "width": 960, "height": 480,
    });
    let told = desk.ask("myocyte", "chart", &input).await?;
    let of = desk.actor("myocyte");
    desk.keep("revenue.svg", &of, told["svg"].as_str().unwrap_or_default().as_bytes())?;
    desk.say("myocyte", "chart", "revenue by month, with what is expected")
}

/// What the names in the texts come to.
pub async fn filled(desk: &mut Desk<'_>) -> Result<Filled, Failure> {
    let filled = Filled::ask(desk, &story(VALUES)?, &story(TABLES)?).await?;
    let said = format!(
        "{} euros expected, {} left on 31 March",
        filled.value("expected"),
        filled.value("cash_end")
    );
    desk.say("myocyte", "evaluate", &said)?;
    Ok(filled)
}

/// A part of the story as what it is.
pub fn story<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Failure> {
    contracts::read::from_str(text)
        .map_err(|error| Failure::Failed(format!("the story is broken: {error}")))
}
