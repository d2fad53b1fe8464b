//! A text with commas is read alike, wherever its pieces end.

use std::io::{BufRead, Read, Result};

use proptest::prelude::*;

use super::super::{
    Format, Options, Record, RecordBounds, Records, Table, Unreadable, read, read_separated,
};

/// Gives a text in pieces of these sizes, again and again.
struct Pieces<'a> {
    text: &'a [u8],
    sizes: &'a [usize],
    at: usize,
    piece: usize,
    next: usize,
}

impl<'a> Pieces<'a> {
    fn new(text: &'a [u8], sizes: &'a [usize]) -> Self {
        Self { text, sizes, at: 0, piece: 0, next: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let found = self.fill_buf()?;
        let taken = found.len().min(to.len());
        to[..taken].copy_from_slice(&found[..taken]);
        self.consume(taken);
        Ok(taken)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.piece == 0 {
            self.piece = self.sizes[self.next % self.sizes.len()];
            self.next += 1;
        }
        let end = self.text.len().min(self.at + self.piece);
        Ok(&self.text[self.at..end])
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
        self.piece -= bytes;
    }
}

/// What a record is, told in another manner: over a text that is in memory, by its rest.
fn plainly(text: &str, delimiter: char, most: usize) -> Vec<(u64, Vec<String>, Option<u64>)> {
    let (mut rest, mut line, mut records) = (text, 1, Vec::new());
    while !rest.is_empty() {
        let (begins, mut cells, mut broken) = (line, Vec::new(), None);
        loop {
            let quoted = rest.strip_prefix('"').and_then(|inner| closed(inner, delimiter, most));
            if rest.starts_with('"') && quoted.is_none() {
                broken.get_or_insert(line);
            }
            let counts = quoted.is_some();
            let (cell, behind) = quoted.unwrap_or_else(|| {
                let end = rest.find([delimiter, '\n', '\r']).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            });
            if counts {
                line += cell.matches('\n').count() as u64;
            }
            cells.push(cell);
            rest = behind;
            match rest.strip_prefix(delimiter) {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        let ends = ["\r\n", "\n", "\r"].into_iter().find_map(|sign| rest.strip_prefix(sign));
        line += u64::from(ends.is_some());
        rest = ends.unwrap_or(rest);
        records.push((begins, cells, broken));
    }
    records
}

/// The text up to the quote that closes it, and what is behind.
fn closed(inner: &str, delimiter: char, most: usize) -> Option<(String, &str)> {
    let mut from = 0;
    loop {
        let quote = from + inner[from..].find('"').filter(|at| from + at <= most)?;
        let behind = &inner[quote + 1..];
        if behind.starts_with('"') {
            from = quote + 2;
            continue;
        }
        let ends = behind.is_empty() || behind.starts_with([delimiter, '\n', '\r']);
        return ends.then(|| (inner[..quote].replace("\"\"", "\""), behind));
    }
}

fn records(reader: impl BufRead, bounds: RecordBounds) -> Vec<Record> {
    let records = Records::new(reader, Some(b','), bounds);
    records.map(|record| record.expect("a record")).collect()
}

fn bounds() -> RecordBounds {
    RecordBounds { cell_bytes_max: 40, ..RecordBounds::default() }
}

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just(",".to_owned()),
        3 => Just("\"".to_owned()),
        2 => Just("\"\"".to_owned()),
        2 => prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n"]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["1", "03/04/2026", "25/04/2026", "12%", "x", "ä€𝄞", " ",
            "true", "12345678901234567", "2026-01-31 10:00"]).prop_map(str::to_owned),
        1 => Just("a long text ".to_owned()),
    ];
    prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn records_are_those_of_the_text(
        text in texts(),
        sizes in prop::collection::vec(1_usize..9, 1..8),
    ) {
        let come = records(Pieces::new(text.as_bytes(), &sizes), bounds());
        let whole = records(text.as_bytes(), bounds());
        prop_assert_eq!(&come, &whole);
        let wanted = plainly(&text, ',', 40);
        prop_assert_eq!(come.len(), wanted.len());
        for (record, (line, cells, broken)) in come.into_iter().zip(wanted) {
            prop_assert_eq!((record.line, record.broken.is_some()), (line, broken.is_some()));
            for (cell, text) in record.cells.into_iter().zip(cells) {
                let cut = text.floor_char_boundary(40);
                prop_assert_eq!(&cell.text, &text[..cut]);
                prop_assert_eq!(cell.cut_bytes, if text.len() > 40 { text.len() } else { 0 });
            }
        }
    }

    #[test]
    fn tables_are_those_of_the_text(
        text in texts(),
        sizes in prop::collection::vec(1_usize..9, 1..8),
        unclear_max in 0_usize..6,
    ) {
        let options = Options { unclear_max, text_bytes_max: 40, ..Options::default() };
        let come = read_separated(Pieces::new(text.as_bytes(), &sizes), None, &options);
        let whole = read(&text, Format::Csv, &options);
        prop_assert_eq!(&come, &whole);
        // What is told is the beginning of all that there is to tell.
        let all = Options { unclear_max: usize::MAX, ..options };
        if let (Ok(some), Ok(all)) = (whole, read(&text, Format::Csv, &all)) {
            prop_assert_eq!(all.unclear.len(), all.unclear_count);
            prop_assert_eq!(some.unclear_count, all.unclear_count);
            prop_assert_eq!(&some.unclear[..], &all.unclear[..some.unclear.len()]);
            prop_assert_eq!(some.unclear.len(), unclear_max.min(all.unclear_count));
        }
    }
}

#[test]
fn what_is_no_text_is_told_with_its_place() {
    let told = |bytes: &[u8]| -> Come { read_separated(bytes, None, &Options::default()) };
    for (bytes, at, line) in [
        (&b"a,b\n1,\xff2\n"[..], 6, 2),
        (b"\xef\xbb\xbfa,b\n1,\"\xc3\",2\n", 10, 2),
        (b"a\n\xe2\x82", 2, 2),
    ] {
        let refused = told(bytes).expect_err("no text");
        let reason = format!("it is no UTF-8 from byte {at} on");
        assert_eq!((refused.reason, refused.line), (reason, Some(line)));
    }
    let bounds = RecordBounds { cell_bytes_max: 4, ..RecordBounds::default() };
    let cut = records("a€€€€,b\n".as_bytes(), bounds);
    assert_eq!((cut[0].cells[0].text.as_str(), cut[0].cells[0].cut_bytes), ("a€", 13));
}

type Come = std::result::Result<Table, Unreadable>;

#[test]
fn one_record_takes_no_more_than_it_may() {
    let commas = ",".repeat(20_000);
    let refused = read(&commas, Format::Csv, &Options::default()).expect_err("too wide");
    assert!(refused.is_too_large(), "{refused}");
    let options = Options { record_bytes_max: 100, ..Options::default() };
    let long = format!("a,b\n{},{}\n", "x".repeat(60), "y".repeat(60));
    let refused = read(&long, Format::Csv, &options).expect_err("too long");
    assert_eq!((refused.is_too_large(), refused.line), (true, Some(2)));
    // One cell without an end is told and cut, and nothing of the rest is kept.
    let endless = std::io::BufReader::new(std::io::repeat(b'x').take(20_000_000));
    let table = read_separated(endless, None, &Options::default()).expect("a table");
    assert_eq!(table.columns[0].name.len(), 32_767);
}
