//! Tables as Markdown writes them: the first of a text.

use super::{Options, Raw, RawRow, TOO_MANY, Unreadable};

/// The rows of the first table of a text, the header first.
pub(super) fn rows(text: &str, options: &Options) -> Result<Vec<RawRow>, Unreadable> {
    let lines: Vec<(u64, &str)> = (1..).zip(text.lines()).collect();
    let begins = lines.windows(2).position(|pair| pair[0].1.contains('|') && is_rule(pair[1].1));
    let begins = begins.ok_or_else(|| Unreadable::new(None, "it has no table"))?;
    let header = row(lines[begins]);
    let mut cells = header.cells.len();
    let mut rows = vec![header];
    for line in &lines[begins + 2..] {
        if !line.1.contains('|') {
            break;
        }
        let row = row(*line);
        cells += row.cells.len();
        if cells > options.cells_max || row.cells.len() > options.columns_max {
            return Err(Unreadable::new(Some(line.0), TOO_MANY));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn is_rule(line: &str) -> bool {
    let sign = |c: char| matches!(c, '-' | ':' | '|' | ' ' | '\t');
    line.contains('-') && line.chars().all(sign)
}

fn row((line, text): (u64, &str)) -> RawRow {
    let text = text.trim();
    let text = text.strip_prefix('|').unwrap_or(text);
    let mut cells = vec![String::new()];
    let mut signs = text.chars().peekable();
    while let Some(c) = signs.next() {
        let last = cells.len() - 1;
        match c {
            '\\' if signs.peek() == Some(&'|') => {
                signs.next();
                cells[last].push('|');
            }
            '|' => cells.push(String::new()),
            c => cells[last].push(c),
        }
    }
    if cells.last().is_some_and(|last| last.trim().is_empty()) && cells.len() > 1 {
        cells.pop();
    }
    let cells = cells.into_iter().map(|cell| Raw::Text(cell.trim().to_owned())).collect();
    RawRow { line, cells }
}
