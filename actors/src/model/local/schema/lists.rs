//! Lists and tables of a text.

use std::collections::BTreeMap;

use crate::model::local::text::blocks::{Sort, blocks, plain};
use crate::model::local::text::stem::stem;
use crate::model::local::text::tokens::{flat, words};

/// The items of the lists in `text`, below a heading or a line that speaks of `label` when there
/// is one, otherwise all.
pub fn items(text: &str, label: &[String], count_max: usize) -> Vec<String> {
    let all = blocks(text);
    let speaks = |text: &str| {
        let stems: Vec<_> = words(text).map(|word| stem(&word.to_lowercase())).collect();
        !label.is_empty() && label.iter().all(|word| stems.contains(word))
    };
    let titled = all.iter().position(|block| block.sort != Sort::Item && speaks(&block.text));
    let from = titled.map_or(0, |at| at + 1);
    let under: Vec<_> = all[from..]
        .iter()
        .skip_while(|block| titled.is_none() && block.sort != Sort::Item)
        .take_while(|block| titled.is_none() || block.sort == Sort::Item)
        .filter(|block| block.sort == Sort::Item)
        .take(count_max)
        .map(|block| flat(&plain(&block.text)))
        .collect();
    under
}

/// The rows of the first table in `text`, each by its columns' names in small letters.
pub fn rows(text: &str, count_max: usize) -> Vec<BTreeMap<String, String>> {
    let piped = piped(text);
    let lines = if piped.len() > 1 { piped } else { separated(text) };
    let [header, rows @ ..] = lines.as_slice() else { return Vec::new() };
    let names: Vec<_> = header.iter().map(|name| name.to_lowercase()).collect();
    let full = |row: &&Vec<String>| row.iter().any(|cell| !cell.is_empty());
    rows.iter()
        .filter(full)
        .take(count_max)
        .map(|row| names.iter().cloned().zip(row.iter().cloned()).collect())
        .collect()
}

fn piped(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(str::trim);
    lines
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .filter(|line| line.chars().any(char::is_alphanumeric))
        .map(|line| {
            line.trim_matches('|').split('|').map(|cell| plain(cell).trim().to_owned()).collect()
        })
        .collect()
}

/// Lines parted by tabs, semicolons or commas, as many in each as in the first.
fn separated(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for sign in ['\t', ';', ','] {
        let count = |line: &str| line.matches(sign).count();
        let Some(start) = lines.iter().position(|line| count(line) > 0) else { continue };
        let width = count(lines[start]);
        let run = lines[start..].iter().take_while(|line| count(line) == width);
        let table: Vec<Vec<String>> = run
            .map(|line| {
                line.split(sign).map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
            })
            .collect();
        let short = table
            .first()
            .is_some_and(|row| row.iter().all(|cell| cell.len() <= 40 && !cell.is_empty()));
        if table.len() > 1 && short {
            return table;
        }
    }
    Vec::new()
}
