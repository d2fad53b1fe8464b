use proptest::prelude::*;
use serde_json::json;

use super::*;

fn canonical(text: &str) -> String {
    let value = parse_exact(text.as_bytes()).expect("valid");
    String::from_utf8(to_canonical(&value).expect("canonical")).expect("UTF-8")
}

#[test]
fn the_state_hash_vectors_hold() {
    for (value, hash) in [
        (json!({}), "6e46dd10defc9b56c29a6ec56b508c21f54c08192194e4df25bf36f0c9c3c279"),
        (json!([]), "d53d18c23212ea7b6300594bb89bce60218f6eff2b9d628b8cc42d3e79bbd5ab"),
        (
            json!({"b": 1, "a": [1, 2, {"z": null, "y": true}]}),
            "860ad9596f3f15cb0b102ced7c1f16a31f536131adeb285d35fd92a2343fd6fd",
        ),
        (
            json!({"outline": ["Introduction", "Main Content", "Conclusion"]}),
            "2d634a35c7018446c1311dfb88ca7df90690f41f273841905030751ef901ac3b",
        ),
        (json!("x"), "52169dd2ef084185bc70d5eb424273244b91850db796a46347ee0fa9fdb235c9"),
        (json!(null), "03f88b99c3d8073bba8948d6e762aac443b265f606cc05abd4d172f03a4def6a"),
    ] {
        assert_eq!(state_hash(&value).expect("canonical").to_string(), hash, "{value}");
    }
}

/// RFC 8785, appendix B: the IEEE 754 bit patterns and their text.
#[test]
fn numbers_are_written_as_rfc_8785_writes_them() {
    for (bits, text) in [
        (0x0000_0000_0000_0000_u64, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        let bytes = to_canonical(&json!(f64::from_bits(bits))).expect("canonical");
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), text, "{bits:016x}");
    }
}

/// RFC 8785, section 3.2.3: keys in the order of their UTF-16 code units.
#[test]
fn keys_are_sorted_as_rfc_8785_sorts_them() {
    let text = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let sorted = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
        \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
        \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
    assert_eq!(canonical(text), sorted);
}

/// RFC 8785, section 3.2.2 and 3.2.4: the worked example.
#[test]
fn the_worked_example_of_rfc_8785_holds() {
    let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
    let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(canonical(text), expected);
}

#[test]
fn integers_that_would_lose_precision_are_refused() {
    for text in [
        "9007199254740993",
        "[1,-9007199254740993]",
        r#"{"n":18446744073709551615}"#,
        r#"{"n":18446744073709551617}"#,
        "123456789012345678901234567890",
    ] {
        assert!(
            matches!(parse_exact(text.as_bytes()), Err(CanonicalError::Imprecise(_))),
            "{text}"
        );
    }
    for text in ["9007199254740992", "9007199254740994", r#"["9007199254740993"]"#, "1e300"] {
        assert!(parse_exact(text.as_bytes()).is_ok(), "{text}");
    }
    assert!(to_canonical(&json!(u64::MAX)).is_err());
    assert!(to_canonical(&json!(i64::MIN + 1)).is_err());
}

#[test]
fn what_is_not_json_is_refused() {
    for text in [
        &b"NaN"[..],
        b"{\"a\":Infinity}",
        b"\xff",
        b"{",
        b"1 2",
        b"{\"a\":1,\"a\":1}",
        b"[{\"b\":{\"a\":1,\"\\u0061\":2}}]",
        b"1e400",
    ] {
        assert!(matches!(parse_exact(text), Err(CanonicalError::Syntax(_))), "{text:?}");
    }
}

#[test]
fn a_text_is_read_as_the_library_reads_it() {
    for text in [
        r#"{"a":[1,-2,3.5,1e-3,null,true,"\u00e9\ud83d\ude00"],"b":{"a":{}},"c":1e300}"#,
        "[]",
        " \"x\" ",
        "18446744073709552000",
    ] {
        let read: Value = serde_json::from_str(text).expect("it is JSON");
        assert_eq!(parse_exact(text.as_bytes()).expect("it is JSON"), read, "{text}");
    }
    // Whole numbers are integers, however they are written; their hash has always been the same.
    let [whole, written] = [&b"[3,-0.0,-7.0,1e3]"[..], b"[3,0,-7,1000]"].map(parse_exact);
    let (whole, written) = (whole.expect("it is JSON"), written.expect("it is JSON"));
    assert_eq!(whole, written);
    assert_eq!(whole[3].as_u64(), Some(1_000));
}

proptest! {
    #[test]
    fn a_canonical_text_is_its_own_canonical_form(text in "[a-z\\u{80}-\\u{10ffff}]{0,8}", int in any::<i32>(), float in any::<f64>()) {
        let value = json!({ text.clone(): [int, float, text] });
        let once = to_canonical(&value).expect("canonical");
        let again = to_canonical(&parse_exact(&once).expect("valid")).expect("canonical");
        prop_assert_eq!(once, again);
    }
}
