use super::{Deck, Format, Paragraph, Sign, Theme, all, at, chart, diagram, file, said, slide};
use crate::deck::{ChartSort, Direction, from_markdown};

#[test]
fn a_text_in_common_mark_becomes_paragraphs() {
    let text = "A **bold** start\n\n- one\n  - deeper\n- two\n\n1. first\n2. second\n\n> said\n";
    let (told, losses) = from_markdown(text).expect("read");
    let lines: Vec<_> = told.iter().map(|it| (it.level, it.sign, it.text())).collect();
    let line = |level, sign, text: &str| (level, sign, text.to_owned());
    assert_eq!(
        lines,
        [
            line(0, Sign::Own, "A bold start"),
            line(0, Sign::Bullet, "one"),
            line(1, Sign::Bullet, "deeper"),
            line(0, Sign::Bullet, "two"),
            line(0, Sign::Number, "first"),
            line(0, Sign::Number, "second"),
            line(0, Sign::Own, "said"),
        ]
    );
    assert!(told[0].words[1].bold && told[6].words[0].italic);
    assert!(losses.is_empty());
    let (told, losses) = from_markdown("| a |\n| - |\n| b |\n").expect("read");
    assert_eq!((told, losses.count("tables")), (Vec::<Paragraph>::new(), 1));
}

#[test]
fn a_deck_is_told_as_common_mark() {
    let mut deck = Deck::new(Some("Roof".to_owned()), Theme::default());
    let steps = diagram(Direction::Right, &[("a", "b"), ("b", "a")]);
    deck.slides = vec![
        slide(
            "one",
            "two_columns",
            vec![
                at(0, said("Words")),
                at(1, said("left\nmore")),
                at(2, super::Content::Diagram(steps)),
            ],
        ),
        slide("two", "chart", vec![at(1, chart(ChartSort::Bar))]),
    ];
    deck.slides[0].notes = vec![Paragraph::plain("Say it slowly.")];
    let (bytes, losses) = file(Format::Markdown, &deck);
    let text = String::from_utf8(bytes).expect("a text");
    for part in ["# Roof", "## Words", "- left\n- more", "Step a → Step b", "> Say it slowly."] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("## Slide 2") && text.contains("| 420.5 |"), "{text}");
    assert_eq!((losses.count("charts"), losses.count("diagrams")), (1, 1));
}

#[test]
fn what_goes_out_as_common_mark_comes_in_again() {
    for slide in &all().slides {
        let deck = all();
        let title = deck.title_of(slide);
        assert_eq!(title.is_none(), ["said", "free"].contains(&slide.id.as_str()), "{title:?}");
    }
    let text = "Plain\n\n- a *b*\n  - c `d`\n- e [f](https://example.org/)\n";
    let (first, _) = from_markdown(text).expect("read");
    let mut deck = Deck::new(None, Theme::default());
    let words = super::Content::Text(first.clone());
    deck.slides = vec![slide("one", "section", vec![at(1, words)])];
    let (bytes, _) = file(Format::Markdown, &deck);
    let written = String::from_utf8(bytes).expect("a text");
    let (_, body) = written.split_once("\n\n").expect("a heading");
    assert_eq!(from_markdown(body).expect("read").0, first, "{written}");
}
