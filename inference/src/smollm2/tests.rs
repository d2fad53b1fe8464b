use contracts::model::{Image, ImageSource, ModelRequest, Options, Role, Tool, Turn};
use serde_json::json;

use super::bytes::{bytes_of, letter};
use super::chat::{Part, check, parts};
use super::choose::Chooser;
use super::pieces::Pieces;
use super::stream::Growing;

/// All bytes, and what a few pairs make.
fn list(merges: &[&str]) -> Pieces {
    let mut list: Vec<String> = vec!["<|im_end|>".to_owned()];
    list.extend((0..=u8::MAX).map(|byte| letter(byte).to_string()));
    list.extend(merges.iter().map(|merge| merge.replace(' ', "")));
    let merges: Vec<String> = merges.iter().map(|merge| (*merge).to_owned()).collect();
    Pieces::new(&list, &merges)
}

fn shown(pieces: &Pieces, text: &str) -> Vec<String> {
    let numbers = pieces.of(text);
    let bytes: Vec<u8> = numbers.iter().flat_map(|it| pieces.bytes(*it)).copied().collect();
    assert_eq!(String::from_utf8(bytes).expect("letters"), text, "nothing is lost");
    let shown = numbers.iter().map(|it| String::from_utf8_lossy(pieces.bytes(*it)).into_owned());
    shown.collect()
}

#[test]
fn each_byte_has_a_letter_and_each_letter_its_byte() {
    for byte in 0..=u8::MAX {
        assert_eq!(bytes_of(&letter(byte).to_string()), Some(vec![byte]), "{byte}");
    }
    assert_eq!((letter(b' '), letter(b'\n'), letter(b'a')), ('Ġ', 'Ċ', 'a'));
    assert_eq!(bytes_of("漢"), None);
}

#[test]
fn pairs_are_put_together_in_the_order_of_the_list_and_never_over_words() {
    let pieces = list(&["l o", "lo w", "e r", "Ġ n", "Ġn e", "s t"]);
    assert_eq!(shown(&pieces, "lower"), ["low", "er"]);
    assert_eq!(shown(&pieces, "low newest"), ["low", " ne", "w", "e", "st"]);
    // What belongs to two words stays apart.
    assert_eq!(shown(&pieces, "ls t"), ["l", "s", " ", "t"]);
    assert_eq!(shown(&pieces, "12  lo"), ["1", "2", " ", " ", "lo"]);
    assert_eq!(shown(&pieces, "it's"), ["i", "t", "'", "s"]);
    assert_eq!(shown(&pieces, "").len(), 0);
    // A sign between turns that somebody writes is text.
    let sign = pieces.sign("<|im_end|>").expect("a sign");
    assert!(!pieces.of("say <|im_end|> now").contains(&sign));
    shown(&pieces, "naïve 漢字 \u{301}\n\n\t x😀");
    shown(&pieces, &"x".repeat(5_000));
}

#[test]
fn a_conversation_is_told_as_the_model_was_taught() {
    let turns = vec![
        Turn::new(Role::User, "Hello"),
        Turn::new(Role::Assistant, "Hi!"),
        Turn::new(Role::User, "Bye"),
    ];
    let text: String = parts(&turns)
        .iter()
        .map(|part| match part {
            Part::Begin => "<|im_start|>",
            Part::End => "<|im_end|>",
            Part::Text(text) => text,
        })
        .collect();
    let system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";
    let wanted = format!(
        "<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n\
         <|im_start|>assistant\nHi!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n\
         <|im_start|>assistant\n"
    );
    assert_eq!(text, wanted);
    let own = parts(&[Turn::new(Role::System, "Be brief.")]).len();
    assert_eq!(own, 5 + 2, "instructions of one's own stand in the place of the makers'");
}

#[test]
fn what_it_cannot_do_is_named() {
    let fits = ModelRequest { turns: vec![Turn::new(Role::User, "x")], ..ModelRequest::default() };
    check(&fits).expect("it fits");
    let (name, description) = ("t".to_owned(), String::new());
    let tool = Tool { name, description, parameters: json!({}), strict: false };
    let source = ImageSource::Url("u".to_owned());
    let image = Image { media_type: "image/png".to_owned(), source };
    let shown = Turn { images: vec![image], ..Turn::new(Role::User, "x") };
    for (request, what) in [
        (ModelRequest { tools: vec![tool], ..fits.clone() }, "tools"),
        (ModelRequest { turns: vec![shown], ..fits.clone() }, "images"),
        (ModelRequest { turns: vec![Turn::new(Role::Tool, "42")], ..fits.clone() }, "tools"),
        (ModelRequest { turns: Vec::new(), ..fits }, "no turns"),
    ] {
        let refusal = check(&request).expect_err("it cannot");
        assert_eq!(refusal.code, "model_validation");
        assert!(refusal.message.contains(what), "{refusal}");
    }
}

#[test]
fn the_same_seed_makes_the_same_choices_and_no_heat_the_likeliest() {
    let scores = [1.0, 3.0, 2.9, f32::NAN, 2.8, f32::NEG_INFINITY];
    let chosen = |options: &Options, seed| {
        let mut chooser = Chooser::new(options, seed);
        (0..32).map(|_| chooser.next(&scores)).collect::<Vec<_>>()
    };
    let cold = Options { temperature: Some(0.0), ..Options::default() };
    assert_eq!(chosen(&cold, 1), [1; 32]);
    let hot = Options { temperature: Some(1.5), top_p: Some(1.0), ..Options::default() };
    assert_eq!(chosen(&hot, 7), chosen(&hot, 7));
    assert_ne!(chosen(&hot, 7), chosen(&hot, 8));
    let all = chosen(&hot, 7);
    assert!(all.contains(&2) && all.contains(&4), "{all:?}");
    assert!(!all.contains(&3) && !all.contains(&5), "what is no number is never chosen");
    let narrow = Options { top_k: Some(1), ..hot.clone() };
    assert_eq!(chosen(&narrow, 7), [1; 32]);
    let narrow = Options { top_p: Some(0.01), ..hot };
    assert_eq!(chosen(&narrow, 7), [1; 32]);
    // What was said is avoided.
    let tired = Options { presence_penalty: Some(2.0), ..cold };
    assert_eq!(chosen(&tired, 1)[..3], [1, 2, 4]);
    assert_eq!(Chooser::new(&Options::default(), 0).next(&[]), 0);
}

#[test]
fn an_answer_is_told_in_whole_letters_and_not_beyond_its_end() {
    let grown = |stops: &[&str], chunks: &[&[u8]]| {
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let (mut growing, mut told) = (Growing::until(&stops), Vec::new());
        let mut tell = |piece: &str| told.push(piece.to_owned());
        let goes_on = chunks.iter().all(|chunk| growing.push(chunk, &mut tell));
        let text = growing.end(&mut tell);
        assert_eq!(told.concat(), text, "the pieces are the text");
        (told, text, goes_on)
    };
    let (told, _, _) = grown(&[], &[b"a", &[0xf0, 0x9f], &[0x98, 0x80], b"b"]);
    assert_eq!(told, ["a", "😀", "b"]);
    let (_, text, _) = grown(&[], &[b"a", &[0xf0, 0x9f], b"b"]);
    assert_eq!(text, "a\u{fffd}b");
    assert_eq!(grown(&[], &[b"a", &[0xc3]]).1, "a\u{fffd}");
    let (told, text, goes_on) = grown(&["END"], &[b"one E", b"N", b"D two"]);
    assert_eq!(
        (told.as_slice(), text.as_str(), goes_on),
        (&["one ".to_owned()][..], "one ", false)
    );
    let (_, text, goes_on) = grown(&["END", ""], &[b"one EN", b"OUGH"]);
    assert_eq!((text.as_str(), goes_on), ("one ENOUGH", true));
    assert_eq!(grown(&["ää"], &["xä".as_bytes(), "äy".as_bytes()]).1, "x");
}
