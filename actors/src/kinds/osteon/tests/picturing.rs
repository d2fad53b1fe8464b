use contracts::Hash;
use serde_json::json;

use super::super::picture::named;
use super::{document, now};

fn blob(digit: &str) -> String {
    format!("blob:{}", digit.repeat(64))
}

#[test]
fn a_picture_is_put_behind_words_or_at_the_end() {
    let put = |after: Option<&str>| json!({ "section": "damage", "picture": blob("a"), "alt": "Ti*les] [1]", "after": after });
    let then = document().when("put_picture", put(Some("Forty")));
    assert_eq!(now(&then)["place"], 1);
    let then = then.given.when("put_picture", put(None));
    let mark = format!("![Ti\\*les\\] \\[1\\]]({})", blob("a"));
    let text = &then.given.state.section("damage").expect("a section").text;
    assert_eq!(*text, format!("Forty {mark} tiles broke.\n\n{mark}"));
    assert_eq!(
        named(text).into_iter().collect::<Vec<_>>(),
        ["a".repeat(64).parse::<Hash>().expect("a hash")]
    );
    then.given.state_is_the_fold();
}

#[test]
fn what_is_no_picture_is_refused() {
    let refused = |picture: &str, alt: &str, after: Option<&str>| {
        let input = json!({ "section": "damage", "picture": picture, "alt": alt, "after": after });
        let then = document().when("put_picture", input);
        then.result.expect_err("refused").code.into_owned()
    };
    for picture in ["", "https://example.org/a.png", "blob:", "blob:../x", &blob("A"), &blob("g")] {
        assert_eq!(refused(picture, "x", None), "invalid_input", "{picture}");
    }
    assert_eq!(refused(&blob("a"), " ", None), "invalid_input");
    assert_eq!(refused(&blob("a"), "x", Some("slates")), "section_changed");
    assert_eq!(named("blob:é blob: ![x](blob:abc) [blob]"), [].into());
}
