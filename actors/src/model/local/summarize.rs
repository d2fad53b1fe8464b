//! A shorter text, in the text's own words.

use super::LocalConfig;
use super::text::blocks::{Sort, blocks, plain};
use super::text::lines;
use super::text::rank::choose;
use super::text::sentences::placed;
use super::text::tokens::{clip, flat};

/// What stands instead of the summary of nothing.
pub const NOTHING: &str = "There is no text to summarise.";

/// At most `sentences_max` sentences of `text`, in their order, without headings and Markdown.
pub fn summarize(text: &str, sentences_max: u32, config: &LocalConfig) -> String {
    let text = lines::head(text, config.material_bytes_max);
    let count = usize::try_from(sentences_max.max(1)).unwrap_or(usize::MAX);
    let mut all = placed(text, config.ranked_sentences_max);
    // What ends with a colon says only that something follows.
    if all.iter().any(|one| !announces(&one.text)) {
        all.retain(|one| !announces(&one.text));
    }
    if all.is_empty() {
        return without_sentences(text, config);
    }
    let places: Vec<usize> =
        if all.len() <= count { (0..all.len()).collect() } else { choose(&all, count, config) };
    let one = |place: &usize| clip(&all[*place].text, config.sentence_chars_max);
    places.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn announces(sentence: &str) -> bool {
    sentence.trim_end().ends_with(':')
}

/// Of a text without sentences: its headings, or else what stands in it.
fn without_sentences(text: &str, config: &LocalConfig) -> String {
    let all = blocks(text);
    let headings: Vec<_> = all
        .iter()
        .filter(|block| matches!(block.sort, Sort::Heading(_)))
        .map(|block| flat(&plain(&block.text)))
        .filter(|words| !words.is_empty())
        .take(config.list_items_max)
        .collect();
    let words = if headings.is_empty() {
        all.iter().map(|block| flat(lines::head(&block.text, 4_096))).collect::<Vec<_>>().join(" ")
    } else {
        headings.join("; ")
    };
    let words = clip(words.trim(), config.sentence_chars_max);
    if words.is_empty() { NOTHING.to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use super::{LocalConfig, NOTHING, summarize};

    const TEXT: &str = "# Storage\n\nBattery storage lowers the peak load of the grid. The mayor \
        opened the meeting at nine. Battery storage also keeps the grid up when a line fails. \
        Lunch was served at noon. Storage costs fell by half in five years, so the grid \
        operator wants more of it. The room was warm.\n\n```\nlet code = 1.0;\n```\n";

    fn short(text: &str, most: u32) -> String {
        summarize(text, most, &LocalConfig::default())
    }

    #[test]
    fn the_sentences_that_matter_are_kept_in_their_order() {
        assert_eq!(
            short(TEXT, 2),
            "Battery storage lowers the peak load of the grid. Battery storage also keeps the \
             grid up when a line fails."
        );
        assert_eq!(short(TEXT, 1), "Battery storage lowers the peak load of the grid.");
    }

    #[test]
    fn no_word_is_added_and_the_limit_holds() {
        for most in 0..8 {
            let summary = short(TEXT, most);
            let count = super::super::text::sentences(&summary).len();
            assert!(count <= most.max(1) as usize, "{most}: {summary}");
            assert!(!summary.contains("Storage\n") && !summary.contains("code"));
            for sentence in super::super::text::sentences(&summary) {
                assert!(TEXT.replace('\n', " ").contains(sentence), "{sentence}");
            }
        }
    }

    #[test]
    fn what_announces_something_else_is_no_summary() {
        let text = "This report is about roofs. To settle:\n\nTiles last long.";
        assert_eq!(short(text, 3), "This report is about roofs. Tiles last long.");
        assert_eq!(short("To settle:", 3), "To settle:");
    }

    #[test]
    fn repeats_are_left_out() {
        let text = "The bridge is closed on Monday. On Monday the bridge is closed. Buses go over \
            the hill instead. The market opens as usual.";
        assert_eq!(
            short(text, 2),
            "The bridge is closed on Monday. Buses go over the hill instead."
        );
    }

    #[test]
    fn tiny_texts_stay_and_nothing_is_said_to_be_nothing() {
        assert_eq!(short("Short.", 3), "Short.");
        assert_eq!(short("# Only\n\n## Headings", 3), "Only; Headings");
        assert_eq!(short(" \n\t", 3), NOTHING);
        assert_eq!(short("```\nx = 1\n```", 3), "x = 1");
    }
}
