//! `convert_units`: exact factors of the units that people use.

use contracts::{Refusal, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Pure, fault, view};

/// A quantity and its units, each with how many of the first one it is.
type Quantity = (&'static str, &'static [(&'static str, &'static str)]);

/// All units. The factors are exact by definition.
const QUANTITIES: &[Quantity] = &[
    (
        "length",
        &[
            ("m", "1"),
            ("km", "1000"),
            ("cm", "0.01"),
            ("mm", "0.001"),
            ("um", "0.000001"),
            ("nm", "0.000000001"),
            ("in", "0.0254"),
            ("ft", "0.3048"),
            ("yd", "0.9144"),
            ("mi", "1609.344"),
            ("nmi", "1852"),
        ],
    ),
    (
        "mass",
        &[
            ("kg", "1"),
            ("g", "0.001"),
            ("mg", "0.000001"),
            ("t", "1000"),
            ("lb", "0.45359237"),
            ("oz", "0.028349523125"),
            ("st", "6.35029318"),
        ],
    ),
    (
        "time",
        &[
            ("s", "1"),
            ("ms", "0.001"),
            ("us", "0.000001"),
            ("min", "60"),
            ("h", "3600"),
            ("d", "86400"),
            ("week", "604800"),
        ],
    ),
    (
        "volume",
        &[
            ("l", "1"),
            ("ml", "0.001"),
            ("cl", "0.01"),
            ("m3", "1000"),
            ("gal", "3.785411784"),
            ("qt", "0.946352946"),
            ("pt", "0.473176473"),
            ("cup", "0.2365882365"),
            ("floz", "0.0295735295625"),
            ("gal_uk", "4.54609"),
        ],
    ),
    (
        "area",
        &[
            ("m2", "1"),
            ("km2", "1000000"),
            ("cm2", "0.0001"),
            ("ha", "10000"),
            ("acre", "4046.8564224"),
            ("ft2", "0.09290304"),
        ],
    ),
    (
        "speed",
        &[
            ("m/s", "1"),
            ("km/h", "0.2777777777777777777777777778"),
            ("mph", "0.44704"),
            ("kn", "0.5144444444444444444444444444"),
        ],
    ),
    (
        "data",
        &[
            ("B", "1"),
            ("bit", "0.125"),
            ("kB", "1000"),
            ("MB", "1000000"),
            ("GB", "1000000000"),
            ("TB", "1000000000000"),
            ("KiB", "1024"),
            ("MiB", "1048576"),
            ("GiB", "1073741824"),
            ("TiB", "1099511627776"),
        ],
    ),
    ("energy", &[("J", "1"), ("kJ", "1000"), ("Wh", "3600"), ("kWh", "3600000"), ("kcal", "4184")]),
    (
        "pressure",
        &[
            ("Pa", "1"),
            ("hPa", "100"),
            ("kPa", "1000"),
            ("bar", "100000"),
            ("atm", "101325"),
            ("psi", "6894.757293168361336722673445"),
        ],
    ),
];

/// Temperatures: what is to be added before the factor leads to kelvin.
const TEMPERATURES: &[(&str, &str, &str)] =
    &[("K", "0", "1"), ("C", "273.15", "1"), ("F", "459.67", "0.5555555555555555555555555556")];

pub(super) fn tool() -> Pure {
    let mut units: Vec<&str> =
        QUANTITIES.iter().flat_map(|(_, units)| units.iter().map(|(name, _)| *name)).collect();
    units.extend(TEMPERATURES.iter().map(|(name, ..)| *name));
    let unit = json!({ "type": "string", "enum": units });
    let parameters = json!({
        "type": "object",
        "properties": {
            "value": {
                "type": ["number", "string"],
                "description": "A number, or its digits as a text where they must be exact.",
            },
            "from": unit,
            "to": unit,
        },
        "required": ["value", "from", "to"],
        "additionalProperties": false,
        "examples": [{ "value": 26.2, "from": "mi", "to": "km" }],
    });
    let about = "Converts a value between units of length, mass, time, volume, area, speed, data, \
                 energy, pressure or temperature.";
    Pure { view: view("convert_units", about, parameters), run }
}

fn run(input: &Value, _: Timestamp) -> Result<Value, Refusal> {
    let value = match &input["value"] {
        Value::String(text) => text.trim().to_owned(),
        number => number.to_string(),
    };
    let value = Decimal::from_str_exact(&value)
        .or_else(|_| Decimal::from_scientific(&value))
        .map_err(|_| fault(format!("{value} is no number of at most 28 digits")))?;
    let from = input["from"].as_str().unwrap_or_default();
    let to = input["to"].as_str().unwrap_or_default();
    let result = convert(value, from, to)
        .ok_or_else(|| fault(format!("{value} {from} cannot be told in {to}")))?;
    Ok(json!({ "result": result.round_dp(20).normalize().to_string(), "unit": to }))
}

fn convert(value: Decimal, from: &str, to: &str) -> Option<Decimal> {
    let exact = |text: &str| Decimal::from_str_exact(text).ok();
    if from == to {
        return Some(value);
    }
    let temperature = |name: &str| TEMPERATURES.iter().find(|(unit, ..)| *unit == name);
    if let (Some((_, add, factor)), Some((_, less, by))) = (temperature(from), temperature(to)) {
        let kelvin = value.checked_add(exact(add)?)?.checked_mul(exact(factor)?)?;
        return kelvin.checked_div(exact(by)?)?.checked_sub(exact(less)?).map(|it| it.round_dp(20));
    }
    let factors = QUANTITIES.iter().find_map(|(_, units)| {
        let factor = |name: &str| units.iter().find(|(unit, _)| *unit == name).map(|it| it.1);
        Some((factor(from)?, factor(to)?))
    });
    let (factor, by) = factors?;
    value.checked_mul(exact(factor)?)?.checked_div(exact(by)?)
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use serde_json::json;

    fn told(value: &str, from: &str, to: &str) -> String {
        let input = json!({ "value": value, "from": from, "to": to });
        let told = super::run(&input, Timestamp::from_millis(0));
        told.map_or_else(|it| it.code.to_string(), |it| it["result"].as_str().unwrap().to_owned())
    }

    #[test]
    fn factors_are_exact() {
        for (value, from, to, wanted) in [
            ("1", "mi", "km", "1.609344"),
            ("100", "C", "F", "212"),
            ("-40", "F", "C", "-40"),
            ("0", "K", "C", "-273.15"),
            ("1", "lb", "g", "453.59237"),
            ("1", "GiB", "MB", "1073.741824"),
            ("36", "km/h", "m/s", "10"),
            ("1.50", "h", "min", "90"),
            ("1e3", "m", "km", "1"),
        ] {
            assert_eq!(told(value, from, to), wanted, "{value} {from} in {to}");
        }
    }

    #[test]
    fn what_is_of_another_quantity_is_refused() {
        for (from, to) in [("kg", "m"), ("C", "m"), ("s", "K")] {
            assert_eq!(told("1", from, to), "tool_arguments_invalid");
        }
        assert_eq!(told("much", "m", "km"), "tool_arguments_invalid");
    }

    #[test]
    fn no_unit_is_named_twice_and_every_factor_can_be_read() {
        let mut seen = std::collections::BTreeSet::new();
        for (_, units) in super::QUANTITIES {
            for (name, factor) in *units {
                assert!(seen.insert(*name), "{name}");
                assert!(rust_decimal::Decimal::from_str_exact(factor).is_ok(), "{name}");
            }
        }
    }
}
