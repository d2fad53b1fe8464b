use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{from_ref, from_slice, from_str, from_value, located, packed, tagged};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    #[serde(default)]
    part: Option<Part>,
    #[serde(default)]
    parts: Vec<Part>,
    #[serde(default)]
    sort: Sort,
    #[serde(default)]
    any: Value,
    #[serde(default)]
    pair: (u8, f64),
    #[serde(default)]
    counts: BTreeMap<u64, i64>,
    #[serde(default)]
    truths: BTreeMap<bool, char>,
    #[serde(default)]
    sorts: BTreeMap<Plain, ()>,
    #[serde(default)]
    one: One,
    #[serde(default)]
    loose: Option<Loose>,
    #[serde(default)]
    said: Option<Said>,
    #[serde(default)]
    spread: Spread,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Part {
    name: String,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    #[default]
    Plain,
    Of(Part),
    With {
        part: Part,
    },
    Both(u8, Option<bool>),
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Plain {
    Here,
    There,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct One(u64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(i64),
    Text(String),
    Part(Part),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
enum Said {
    Nothing,
    Empty {},
    Word { word: String, at: Option<u32> },
    Part(Part),
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Spread {
    known: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

fn wholes() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "part": null, "parts": [{ "name": "a" }, {}] }),
        json!({ "sort": "plain", "any": [1, { "b": [null, -2, 1e300, true] }] }),
        json!({ "sort": { "of": { "name": "a" } }, "pair": [1, 2] }),
        json!({ "sort": { "with": { "part": {} } }, "part": { "name": "x" } }),
        json!({ "sort": { "both": [1, null] }, "any": u64::MAX }),
        json!({ "counts": { "18446744073709551615": i64::MIN, "0": -1 }, "one": u64::MAX }),
        json!({ "truths": { "true": "t", "false": "f" }, "sorts": { "Here": null } }),
        json!({ "loose": -7 }),
        json!({ "loose": "text" }),
        json!({ "loose": { "name": "x" } }),
        json!({ "said": { "type": "nothing" } }),
        json!({ "said": { "type": "nothing", "data": null } }),
        json!({ "said": { "type": "empty", "data": {} } }),
        json!({ "said": { "data": { "word": "w", "at": 4294967295_u32 }, "type": "word" } }),
        json!({ "said": { "type": "part", "data": { "name": "p" } } }),
        json!({ "spread": { "known": 3, "other": [1.5], "more": {} } }),
    ]
}

/// What serde_json says of the same.
fn usual<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}

fn every_way<T: DeserializeOwned>(value: &Value) -> [Result<T, String>; 4] {
    let text = value.to_string();
    [
        from_value(value.clone()).map_err(|error| error.to_string()),
        from_ref(value).map_err(|error| error.to_string()),
        from_str(&text).map_err(|error| error.to_string()),
        located(value.clone()).map_err(|fault| fault.to_string()),
    ]
}

#[test]
fn what_serde_reads_is_read_the_same_from_values_and_text() {
    for value in wholes() {
        let usual: Whole = usual(&value).expect("serde reads it");
        for read in every_way::<Whole>(&value) {
            assert_eq!(read.as_ref(), Ok(&usual), "{value}");
        }
    }
}

#[test]
fn what_is_packed_is_read_as_the_codec_has_always_read_it() {
    for value in wholes() {
        let whole: Whole = usual(&value).expect("serde reads it");
        let bytes = rmp_serde::to_vec_named(&whole).expect("packs");
        let before: Whole = rmp_serde::from_slice(&bytes).expect("was read");
        let (now, left) = packed::<Whole>(&bytes, 128).expect("is read");
        assert_eq!((now, left), (before, 0), "{value}");
        for cut in 0..bytes.len() {
            let cut = packed::<Whole>(&bytes[..cut], 128);
            assert!(cut.is_err(), "{value} ends too early");
        }
    }
    let (two, left) = packed::<u8>(&[1, 2], 128).expect("reads the first");
    assert_eq!((two, left), (1, 1));
}

#[test]
fn a_list_is_no_object_and_faults_are_told_in_the_words_of_serde() {
    let lists = [
        json!([]),
        json!({ "part": [] }),
        json!({ "part": ["x"] }),
        json!({ "parts": [[]] }),
        json!({ "sort": { "of": ["x"] } }),
        json!({ "sort": { "with": [{}] } }),
        json!({ "sort": { "with": { "part": [] } } }),
    ];
    for value in lists {
        for read in every_way::<Whole>(&value) {
            let error = read.expect_err("no object");
            assert!(error.contains("sequence"), "{value}: {error}");
        }
    }
    let faults = [
        json!({ "other": 1 }),
        json!({ "pair": [1, 2, 3] }),
        json!({ "pair": [1] }),
        json!({ "part": "x" }),
        json!({ "part": { "name": null } }),
        json!({ "parts": {} }),
        json!({ "one": -1 }),
        json!({ "one": 1.5 }),
        json!({ "counts": { "x": 1 } }),
        json!({ "counts": 5 }),
        json!({ "sort": "none" }),
        json!({ "sort": 7 }),
        json!({ "sort": {} }),
        json!({ "sort": { "plain": null, "of": {} } }),
        json!({ "sort": "of" }),
        json!({ "loose": [[]] }),
        json!({ "said": { "type": "word", "data": {} } }),
        json!({ "said": { "type": "none" } }),
        json!({ "said": { "data": 1 } }),
        json!({ "truths": { "yes": "a" } }),
        json!({ "sorts": { "Nowhere": null } }),
    ];
    for value in faults {
        let usual = usual::<Whole>(&value).expect_err("serde refuses it");
        for read in every_way::<Whole>(&value) {
            assert_eq!(read.expect_err("refused"), usual, "{value}");
        }
    }
    assert!(from_str::<Value>("{\"a\":1").is_err() && from_str::<Value>("1 2").is_err());
}

#[test]
fn a_member_that_comes_twice_is_refused_where_it_is_known() {
    let twice = br#"{"part": {"name": "a", "name": "b"}}"#;
    let error = from_slice::<Whole>(twice).expect_err("twice").to_string();
    assert!(error.contains("duplicate field `name`"), "{error}");
    let free: Value = from_slice(br#"{"a": 1, "a": 2}"#).expect("a free object");
    assert_eq!(free, json!({ "a": 2 }));
}

#[test]
fn the_place_of_a_fault_is_the_one_that_the_field_has_always_told() {
    let faults = [
        json!({ "parts": [{}, { "name": 1 }] }),
        json!({ "part": { "name": [] } }),
        json!({ "sort": { "with": { "part": { "name": 1 } } } }),
        json!({ "sort": { "of": { "name": 1 } } }),
        json!({ "sort": { "both": [1, 2] } }),
        json!({ "sort": { "none": 1 } }),
        json!({ "other": 1 }),
        json!({ "counts": { "1": "x" } }),
        json!({ "pair": [1, "x"] }),
        json!({ "said": { "type": "word", "data": {} } }),
        json!({ "said": { "type": "word", "data": { "word": 1 } } }),
        json!(7),
    ];
    for value in faults {
        let before = serde_path_to_error::deserialize::<_, Whole>(value.clone());
        let before = before.expect_err("was refused");
        let now = located::<Whole>(value.clone()).expect_err("is refused");
        assert_eq!(now.path, before.path().to_string(), "{value}");
        assert_eq!(now.to_string(), before.inner().to_string(), "{value}");
    }
    let said = |name: &str, value: Value| {
        tagged::<Said>(("type", name), ("data", &value)).map_err(|fault| fault.path)
    };
    assert_eq!(said("nothing", Value::Null), Ok(Said::Nothing));
    let word = json!({ "word": "w", "at": 1 });
    assert_eq!(said("word", word), Ok(Said::Word { word: "w".to_owned(), at: Some(1) }));
    assert_eq!(said("word", json!({ "word": 1 })), Err("data.word".to_owned()));
    assert_eq!(said("part", json!({ "name": {} })), Err("data.name".to_owned()));
    let plain = |name: &str, value: Value| {
        tagged::<Sort>(("name", name), ("input", &value)).map_err(|fault| fault.path)
    };
    assert_eq!(plain("plain", Value::Null), Ok(Sort::Plain), "with no attribute");
    assert_eq!(plain("of", json!({})), Ok(Sort::Of(Part::default())));
    assert_eq!(plain("of", json!({ "name": 1 })), Err("input.name".to_owned()));
    assert_eq!(plain("both", json!([1, 2])), Err("input[1]".to_owned()));
    let deep = json!({ "part": { "name": {} } });
    assert_eq!(plain("with", deep), Err("input.part.name".to_owned()));
}

proptest! {
    #[test]
    fn a_number_is_read_as_the_one_that_was_written(number in any::<f64>()) {
        prop_assume!(number.is_finite());
        let text = serde_json::to_string(&number).expect("a number");
        let read: f64 = from_str(&text).expect("a number");
        prop_assert_eq!(read.to_bits(), number.to_bits());
        let read: Value = from_slice(text.as_bytes()).expect("a number");
        prop_assert_eq!(read.as_f64().map(f64::to_bits), Some(number.to_bits()));
    }
}
