use std::io::{Cursor, Read as _, Write as _};

use contracts::Timestamp;
use contracts::effect::ConvertFormat;
use serde_json::json;

use super::super::{Config, Made, Shape, Stop, write};
use super::documents::{loaded, made, subject, taken};
use crate::kinds::osteon::{Osteon, State};
use crate::kinds::testing::given;

const TEXT: &str = "It costs **900** euros, and it takes _three_ days.\n\n- tiles\n- slates\n\n\
    ```\nlet x = 1;\n```\n";

/// A document that somebody remarks on.
fn document() -> State {
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    let mut now = given::<Osteon>(Vec::new()).when("create", json!({ "title": "Roof" })).given;
    for (name, input) in [
        ("set_section", json!({ "section": "costs", "title": "Costs", "text": TEXT })),
        ("comment", json!({ "section": "costs", "quote": "tiles", "text": "Which?\nRed?" })),
        ("comment", json!({ "section": "costs", "text": "Too short." })),
        ("comment", json!({ "section": "costs", "quote": "let x", "text": "Code." })),
        ("suggest", json!({ "section": "costs", "changes": [change("900", "950")] })),
        (
            "suggest",
            json!({ "section": "costs", "why": "Said twice.",
                "changes": [change("three", "fourteen"), change("slates", "red slates")] }),
        ),
        ("suggest", json!({ "section": "costs", "changes": [change("x = 1;", "x = 2;")] })),
    ] {
        let then = now.when(name, input);
        assert!(then.result.is_ok(), "{name}");
        now = then.given;
    }
    now.state
}

fn part(file: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(file)).expect("an archive");
    let mut text = String::new();
    zip.by_name(name).expect("a part").read_to_string(&mut text).expect("UTF-8");
    text
}

fn lost(made: &Made) -> Vec<(&str, u64)> {
    made.losses.iter().map(|it| (it.what.as_str(), it.count)).collect()
}

/// What a suggestion makes of the text of its section.
fn taken_up(state: &State, number: usize) -> String {
    let suggestion = state.suggestions[number].id.clone();
    let mut now = given::<Osteon>(Vec::new());
    now.state = state.clone();
    let then = now.when("settle", json!({ "suggestion": suggestion, "accept": true }));
    assert!(then.result.is_ok(), "{:?}", then.result.as_ref().err());
    then.given.state.sections[0].text.clone()
}

#[test]
fn remarks_go_out_as_those_of_word_processors_and_come_back() {
    let state = document();
    let file = made(&state, ConvertFormat::Docx);
    // Nobody can mark words in a piece of code: that suggestion is said in a comment.
    assert_eq!(lost(&file), [("suggestions", 1)]);
    let body = part(&file.bytes, "word/document.xml");
    for (sign, count) in [("<w:ins ", 3), ("<w:del ", 2), ("<w:commentRangeStart", 1)] {
        assert!(body.matches(sign).count() >= count, "{sign} in {body}");
    }
    let comments = part(&file.bytes, "word/comments.xml");
    assert_eq!(comments.matches("<w:comment ").count(), 5, "{comments}");
    let read = taken(file.bytes, ConvertFormat::Docx).expect("read");
    assert_eq!(read.losses, []);
    let back = loaded(&read);
    assert_eq!(back.sections[0].text.trim_end(), TEXT.trim_end());
    let told = back.comments.iter().map(|it| (it.quote.as_deref(), it.text.as_str()));
    let told: Vec<_> = told.collect();
    assert!(told.contains(&(Some("tiles"), "Which?\nRed?")), "{told:?}");
    assert!(told.contains(&(None, "Too short.")) && told.contains(&(None, "Said twice.")));
    assert!(told.iter().any(|(_, text)| text.contains("x = 2;")), "{told:?}");
    let one = &state.comments[0];
    let at = Timestamp::from_millis(one.at.as_millis().div_euclid(1_000) * 1_000);
    for said in &back.comments {
        assert_eq!((&said.author, said.made_at), (&Some(one.by.to_string()), Some(at)));
    }
    assert_eq!(back.suggestions.len(), 3, "{:?}", back.suggestions);
    assert!(taken_up(&back, 0).contains("**950** euros"));
    assert!(taken_up(&back, 1).contains("_fourteen_ days"));
    assert!(taken_up(&back, 2).contains("- red slates"));
    let again = made(&back, ConvertFormat::Docx);
    assert_eq!(lost(&again), []);
    assert_eq!(part(&again.bytes, "word/document.xml").matches("<w:del ").count(), 2);
}

#[test]
fn remarks_are_left_out_where_somebody_asks_for_it() {
    let state = document();
    let shape = Shape { remarks: false, ..Shape::of(ConvertFormat::Docx) };
    let plain = write(subject(&state), &shape, &Config::default(), &Stop::default());
    let plain = plain.expect("written");
    let body = part(&plain.bytes, "word/document.xml");
    assert!(!body.contains("<w:ins ") && !body.contains("commentReference"), "{body}");
    for made in [plain, made(&state, ConvertFormat::Html), made(&state, ConvertFormat::Pdf)] {
        assert_eq!(lost(&made), [("comments", 3), ("suggestions", 3)]);
    }
}

/// A file of a stranger, whose paragraphs are these.
fn stranger(paragraphs: &str) -> Vec<u8> {
    let body = format!("<w:document><w:body>{paragraphs}</w:body></w:document>");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).expect("begun");
    zip.write_all(body.as_bytes()).expect("written");
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn what_strangers_changed_is_suggested_and_not_taken() {
    let head = "<w:p><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr><w:r><w:t>Costs</w:t></w:r></w:p>";
    let who = "w:id=\"1\" w:author=\"Ann\" w:date=\"2024-05-01T10:00:00Z\"";
    let run = |text: &str| format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>");
    let gone = |look: &str, text: &str| {
        format!("<w:del {who}><w:r>{look}<w:delText>{text}</w:delText></w:r></w:del>")
    };
    let come = |text: &str| format!("<w:ins {who}>{}</w:ins>", run(text));
    let paragraph = |inner: &str| format!("<w:p>{inner}</w:p>");
    let bold = gone("<w:rPr><w:b/></w:rPr>", "900");
    let simple = [run("It costs "), bold, come("950"), run(" euros. It costs.")].concat();
    let around = |between: &str| {
        [paragraph(&run("a * b")), paragraph(between), paragraph(&run("c"))].concat()
    };
    for (paragraphs, before, after) in [
        (paragraph(&simple), "It costs **900** euros. It costs.", "It costs 950 euros. It costs."),
        (around(&come("New.")), "a \\* b\n\nc", "a \\* b\n\nNew.\n\nc"),
        (around(&gone("", "Old.")), "a \\* b\n\nOld.\n\nc", "a \\* b\n\nc"),
    ] {
        let read = taken(stranger(&format!("{head}{paragraphs}")), ConvertFormat::Docx);
        let read = read.expect("read");
        assert_eq!(read.losses, []);
        let state = loaded(&read);
        assert_eq!(state.sections[0].text.trim_end(), before);
        assert_eq!(state.suggestions.len(), 1, "{:?}", state.suggestions);
        let suggestion = &state.suggestions[0];
        assert_eq!(suggestion.author.as_deref(), Some("Ann"));
        assert_eq!(suggestion.made_at, Some(Timestamp::from_millis(1_714_557_600_000)));
        assert_eq!(taken_up(&state, 0).trim_end(), after);
    }
}

#[test]
fn more_remarks_than_a_document_holds_are_told() {
    let line = |number: usize| {
        format!(
            "<w:p><w:r><w:t>Line {number}</w:t></w:r><w:ins w:id=\"{number}\" w:author=\"A\">\
             <w:r><w:t xml:space=\"preserve\"> more</w:t></w:r></w:ins></w:p>"
        )
    };
    let paragraphs: String = (0..230).map(line).collect();
    let read = taken(stranger(&paragraphs), ConvertFormat::Docx).expect("read");
    let lost: Vec<_> = read.losses.iter().map(|it| (it.what.as_str(), it.count)).collect();
    assert_eq!(lost, [("suggestions", 30)]);
    let state = loaded(&read);
    assert_eq!(state.suggestions.len(), 200);
    assert!(!state.sections[0].text.contains("more"));
}

#[test]
fn words_that_stand_in_the_text_as_inserted_ones_are_no_suggestions() {
    let text = "H<sub>2</sub>O <ins>new</ins> <del>old</del>.";
    let section = json!({ "section": "a", "title": "A", "text": text });
    let now = given::<Osteon>(Vec::new()).when("create", json!({ "title": "T" })).given;
    let now = now.when("set_section", section).given;
    let state = now.state.clone();
    let file = made(&state, ConvertFormat::Docx);
    assert_eq!(lost(&file), []);
    let back = loaded(&taken(file.bytes, ConvertFormat::Docx).expect("read"));
    assert_eq!((back.sections[0].text.trim_end(), back.suggestions.len()), (text, 0));
    assert_eq!(lost(&made(&state, ConvertFormat::Text)), [("inserted_deleted", 2)]);
    let change = json!({ "old": "H<sub>2</sub>O", "new": "Water" });
    let then = now.when("suggest", json!({ "section": "a", "changes": [change] }));
    assert!(then.result.is_ok(), "suggested");
    let state = then.given.state;
    let file = made(&state, ConvertFormat::Text);
    assert_eq!(lost(&file), [("inserted_deleted", 2), ("suggestions", 1)]);
    let file = made(&state, ConvertFormat::Docx);
    let back = loaded(&taken(file.bytes, ConvertFormat::Docx).expect("read"));
    assert_eq!((back.sections[0].text.trim_end(), back.suggestions.len()), (text, 1));
}
