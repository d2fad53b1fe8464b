//! How wide the columns of a table are, measured with the letters that come with the program.

use super::model::{Table, plain};
use super::pdf::font::{Face, Shaper};

/// How narrow a column may become, in points.
const COLUMN_MIN: f32 = 24.0;
/// How many rows are measured, and how many letters of a cell.
const ROWS_MAX: usize = 200;
const LETTERS_MAX: usize = 120;
/// How much of the room one word may ask for; a longer one is divided.
const WORD_SHARE_MAX: f32 = 0.4;

/// What a column asks for, in points.
#[derive(Debug, Clone, Copy)]
struct Asks {
    /// So that no word of it is divided.
    least: f32,
    /// So that no line of it ends before its cell does.
    whole: f32,
}

/// The widths of the columns of `table` in points, `room` together, with letters of `size` and as
/// much free `beside` what a cell says. Where all have room they share what is left; where not,
/// those that ask for little have it, and nobody has less than its longest word.
pub fn widths(table: &Table, room: f32, size: f32, beside: f32) -> Vec<f32> {
    let asks = asks(table, room, size, beside);
    let whole: f32 = asks.iter().map(|ask| ask.whole).sum();
    if whole <= room {
        let more = (room - whole) / asks.len().max(1) as f32;
        return asks.into_iter().map(|ask| ask.whole + more).collect();
    }
    let mut least: f32 = asks.iter().map(|ask| ask.least).sum();
    if least >= room {
        return asks.into_iter().map(|ask| ask.least * room / least).collect();
    }
    let mut order: Vec<usize> = (0..asks.len()).collect();
    order.sort_by(|one, other| asks[*one].whole.total_cmp(&asks[*other].whole));
    let mut widths = vec![0.0; asks.len()];
    let (mut left, mut count) = (room, asks.len());
    for column in order {
        let ask = asks[column];
        least -= ask.least;
        let most = (left / count as f32).min(left - least);
        widths[column] = if count == 1 { left } else { ask.whole.min(most).max(ask.least) };
        left -= widths[column];
        count -= 1;
    }
    widths
}

fn asks(table: &Table, room: f32, size: f32, beside: f32) -> Vec<Asks> {
    let mut asks = vec![Asks { least: COLUMN_MIN, whole: COLUMN_MIN }; table.aligned.len()];
    let mut shaper = Shaper::default();
    for row in std::iter::once(&table.head).chain(table.rows.iter().take(ROWS_MAX)) {
        for (ask, cell) in asks.iter_mut().zip(row) {
            let text: String = plain(cell).chars().take(LETTERS_MAX).collect();
            let mut wide = |text: &str| {
                shaper.shape(text, Face::Bold, false).width * size + 2.0 * beside + 2.0
            };
            let word = text.split_whitespace().map(&mut wide).fold(0.0, f32::max);
            ask.least = ask.least.max(word.min(room * WORD_SHARE_MAX));
            ask.whole = ask.whole.max(wide(&text)).max(ask.least);
        }
    }
    asks
}

#[cfg(test)]
mod tests {
    use super::super::model::{Aligned, Inline, Manner, Table};
    use super::widths;

    fn table(cells: &[&str]) -> Table {
        let cell = |text: &&str| vec![Inline::Text((*text).to_owned(), Manner::default())];
        let aligned = vec![Aligned::Start; cells.len()];
        Table { aligned, head: Vec::new(), rows: vec![cells.iter().map(cell).collect()] }
    }

    #[test]
    fn no_word_is_divided_where_all_words_have_room() {
        let long = "Settle recipes, prices and the first stock of the shop on the square";
        let cells = ["13 Jan", long, "Tomas", long, "Against a year before"];
        let widths = widths(&table(&cells), 460.0, 11.0, 5.4);
        assert!((widths.iter().sum::<f32>() - 460.0).abs() < 0.1, "{widths:?}");
        // “Tomas” and “before” in bold letters of eleven points, with what is free beside them.
        assert!(widths[2] > 50.0 && widths[4] > 56.0 && widths[0] > 45.0, "{widths:?}");
        assert!(widths[1] > widths[0] && (widths[1] - widths[3]).abs() < 0.5, "{widths:?}");
    }

    #[test]
    fn what_never_fits_shares_the_room_and_what_fits_has_it_all() {
        let word = "a".repeat(200);
        let narrow =
            widths(&table(&[word.as_str(), word.as_str(), word.as_str()]), 300.0, 9.0, 5.0);
        assert!(narrow.iter().all(|width| (width - 100.0).abs() < 0.5), "{narrow:?}");
        let wide = widths(&table(&["a", "b"]), 300.0, 9.0, 5.0);
        assert!(wide.iter().all(|width| (width - 150.0).abs() < 0.5), "{wide:?}");
        assert!(widths(&table(&[]), 300.0, 9.0, 5.0).is_empty());
    }
}
