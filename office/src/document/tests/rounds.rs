//! Whatever a document says, its CommonMark says the same.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{said, told};
use crate::document::{
    Aligned, Block, Change, Document, Format, Inline, Item, Manner, Raised, Table, push,
};

fn text() -> impl Strategy<Value = String> {
    let letter = proptest::char::ranges(
        vec![' '..='~', ' '..='~', ' '..='/', 'a'..='d', 'é'..='é', '👍'..='👍', 'ש'..='ש'].into(),
    );
    vec(letter, 1..8).prop_map(|letters| letters.into_iter().collect())
}

fn manner() -> impl Strategy<Value = Manner> {
    let link = prop_oneof![
        3 => Just(None),
        1 => Just(Some("https://example.org/(a)b".to_owned())),
        1 => Just(Some("mailto:a@b".to_owned())),
    ];
    let raised =
        prop_oneof![4 => Just(Raised::No), 1 => Just(Raised::Above), 1 => Just(Raised::Below)];
    let change = prop_oneof![4 => Just(None), 1 => any::<bool>().prop_map(|added| {
        Some(Change { added, by: String::new(), at_s: None })
    })];
    (any::<[bool; 5]>(), link, raised, change).prop_map(|(is, link, raised, change)| {
        let [bold, italic, struck, underlined, code] = is;
        Manner { bold, italic, struck, underlined, code, raised, link, change }
    })
}

fn words() -> impl Strategy<Value = Vec<Inline>> {
    let word = prop_oneof![
        6 => (text(), manner()).prop_map(|(text, manner)| Inline::Text(text, manner)),
        3 => text().prop_map(|text| Inline::Text(text, Manner::default())),
        1 => Just(Inline::Break),
    ];
    vec(word, 1..6).prop_map(|all| {
        // A line begins and ends with a word, as those that are read do.
        let mut words = vec![Inline::Text("a".to_owned(), Manner::default())];
        all.into_iter().for_each(|word| push(&mut words, word));
        push(&mut words, Inline::Text("z".to_owned(), Manner::default()));
        words
    })
}

fn leaf() -> impl Strategy<Value = Block> {
    let table = (vec(words(), 2..3), vec(vec(words(), 2..3), 0..3)).prop_map(|(head, rows)| {
        Table { aligned: vec![Aligned::Center, Aligned::End], head, rows }
    });
    prop_oneof![
        (1_u8..=6, words()).prop_map(|(level, words)| Block::Heading(level, words)),
        words().prop_map(Block::Paragraph),
        vec(text(), 1..3).prop_map(|lines| Block::Code(None, lines.join("\n") + "\n")),
        table.prop_map(Block::Table),
        Just(Block::Rule),
        Just(Block::PageBreak),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    leaf().prop_recursive(3, 12, 3, |block| {
        let item = (words(), vec(block.clone(), 0..3)).prop_map(|(words, rest)| {
            let blocks = [Block::Paragraph(words)].into_iter().chain(rest).collect();
            Item { done: None, blocks }
        });
        let first = prop_oneof![Just(None), (0_u64..1_000).prop_map(Some)];
        prop_oneof![
            vec(block, 1..3).prop_map(Block::Quote),
            (first, vec(item, 1..3)).prop_map(|(first, items)| Block::List(first, items)),
        ]
    })
}

proptest! {
    #[test]
    fn commonmark_says_the_same(blocks in vec(block(), 1..4)) {
        let document = Document { blocks, ..Document::default() };
        let (text, _) = told(Format::Markdown, &document);
        let (again, losses) = said(Format::Markdown, &text);
        assert!(losses.is_empty(), "{losses:?}\n{text}");
        assert_eq!(again, document, "{text}");
    }
}
