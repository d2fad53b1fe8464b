use super::super::fit::says;
use super::{Deck, Error, Format, Theme, all, at, file, said, slide, svg};
use crate::package::Xml;

#[test]
fn a_slide_is_a_picture() {
    let deck = all();
    for number in 0..deck.slides.len() {
        let picture = svg(&deck, number).expect("a picture");
        assert_eq!(picture, svg(&deck, number).expect("a picture"));
        assert!(Xml::new(&picture, 8).all(|piece| piece.is_ok()), "{picture}");
        assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    }
    assert!(svg(&deck, 0).expect("a picture").contains(">costs</text>"));
    assert!(svg(&deck, 4).expect("a picture").contains("data:image/png;base64,"));
    assert!(matches!(svg(&deck, 99), Err(Error::Impossible(_))));
}

#[test]
fn a_deck_is_pages_for_archives_and_for_everybody() {
    let mut deck = all();
    let (bytes, losses) = file(Format::Pdf, &deck);
    assert!(bytes.starts_with(b"%PDF-1."));
    assert_eq!(bytes, file(Format::Pdf, &deck).0, "the same deck is the same file");
    let noted = deck.slides.iter().filter(|slide| says(&slide.notes)).count();
    let lost: Vec<_> = losses.list().into_iter().map(|it| (it.what, it.place)).collect();
    assert_eq!((lost, noted), (vec![("notes", "words".to_owned())], 1));
    deck.slides[2].hidden = true;
    assert_eq!(file(Format::Pdf, &deck).1.count("hidden_slides"), 1);
}

#[test]
fn a_deck_without_a_slide_or_title_is_a_file_all_the_same() {
    let mut deck = Deck::new(None, Theme::default());
    for format in [Format::Pptx, Format::Pdf, Format::Synslide] {
        assert!(!file(format, &deck).0.is_empty());
    }
    deck.slides = vec![slide("one", "blank", vec![])];
    deck.slides.push(slide("two", "title", vec![at(1, said("below nothing"))]));
    for format in [Format::Pptx, Format::Pdf, Format::Synslide] {
        assert!(!file(format, &deck).0.is_empty());
    }
}
