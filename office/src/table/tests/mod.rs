mod rewritten;
mod streamed;

use super::{Format, Options, RecordBounds, Records, Table, Unreadable, read, to_csv, to_markdown};
use crate::sheet::Content;

fn table(text: &str, format: Format) -> Table {
    read(text, format, &Options::default()).expect("a table")
}

fn codes(table: &Table) -> Vec<(Option<u64>, &'static str)> {
    table.unclear.iter().map(|unclear| (unclear.line, unclear.code)).collect()
}

fn sorts(table: &Table) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.sort).collect()
}

#[test]
fn types_are_found() {
    let text = "id,name,price,share,since,done\n007,\"Tiles, red\",1.5,12%,2026-01-31,true\n\
                008,=cmd(),-2e3,5%,2026-02-01 12:00,FALSE\n";
    let told = table(text, Format::Csv);
    assert_eq!(sorts(&told), ["text", "text", "number", "number", "date", "bool"]);
    assert_eq!(told.columns[4].format, Some("yyyy-mm-dd hh:mm:ss"));
    assert_eq!(told.rows[0][1], Some(Content::Text("Tiles, red".into())));
    assert_eq!(told.rows[1][1], Some(Content::Text("=cmd()".into())));
    assert_eq!(told.rows[0][3], Some(Content::Number(0.12)));
    assert_eq!(told.rows[1][4], Some(Content::Number(46_054.5)));
    assert_eq!(codes(&told), []);
}

#[test]
fn a_broken_quote_spoils_one_cell() {
    let mut text = String::from("a,b\n");
    for row in 0..200 {
        text.push_str(if row == 100 { "1,\"open\n" } else { "1,\"fine\"\n" });
    }
    let told = table(&text, Format::Csv);
    assert_eq!((told.rows.len(), codes(&told)), (200, vec![(Some(102), "quote_open")]));
    assert_eq!(told.rows[100][1], Some(Content::Text("\"open".into())));
}

#[test]
fn quotes_hold_lines_and_quotes() {
    let text = "a;b\r\n\"one\r\ntwo\";\"say \"\"hi\"\"\"\r\n\r\nlast;\r\n";
    let records = Records::new(text.as_bytes(), Some(b';'), RecordBounds::default());
    let records: Vec<_> = records.map(|record| record.expect("a record")).collect();
    assert_eq!((records.len(), records[1].line, records[2].line), (4, 2, 4));
    let told = table(text, Format::Csv);
    assert_eq!(told.rows[0][0], Some(Content::Text("one\r\ntwo".into())));
    assert_eq!(told.rows[0][1], Some(Content::Text("say \"hi\"".into())));
    assert_eq!(told.rows[1], [Some(Content::Text("last".into())), None]);
}

#[test]
fn days_are_told_apart_or_stay_texts() {
    let told = table("day,when\n1,03/04/2026\n2,25/04/2026\n", Format::Csv);
    assert_eq!((sorts(&told)[1], codes(&told)), ("date", vec![]));
    assert_eq!(told.rows[0][1], Some(Content::Number(46_115.0)));
    let told = table("day,when\n1,03/04/2026\n2,05/06/2026\n", Format::Csv);
    assert_eq!((sorts(&told)[1], codes(&told)), ("text", vec![(Some(2), "date_ambiguous")]));
    let options = Options { day_first: Some(false), ..Options::default() };
    let told = read("day,when\n1,03/04/2026\n", Format::Csv, &options).expect("a table");
    assert_eq!(told.rows[0][1], Some(Content::Number(46_085.0)));
    let told = table("d\n1900-02-29\n1900-02-28\n2023-02-30\n01.03.1900\n", Format::Csv);
    let lines: Vec<_> = codes(&told).iter().filter_map(|(line, _)| *line).collect();
    assert_eq!((lines, told.rows[3][0].clone()), (vec![2, 3, 4], Some(Content::Number(61.0))));
}

#[test]
fn what_is_unclear_is_told() {
    let told = table("a,,a\n1,2\nx,12345678901234567,3\n", Format::Csv);
    let told_codes: Vec<_> = codes(&told).into_iter().map(|(_, code)| code).collect();
    let all = [
        "header_missing",
        "header_repeated",
        "row_length",
        "mixed_types",
        "number_imprecise",
        "mixed_types",
    ];
    assert_eq!(told_codes, all);
    let told = table("1,2\n3,4\n", Format::Csv);
    assert_eq!((told.columns[1].name.as_str(), told.rows.len()), ("Column 2", 2));
    let few = Options { unclear_max: 1, ..Options::default() };
    let told = read("a,a,a\n1\n", Format::Csv, &few).expect("a table");
    assert_eq!((told.unclear.len(), told.unclear_count), (1, 3));
}

#[test]
fn json_and_markdown_are_tables_too() {
    let told = table(r#"[{"a": 1, "b": "x"}, {"b": null, "c": [1]}]"#, Format::Json);
    let names: Vec<_> = told.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!((names, codes(&told)), (vec!["a", "b", "c"], vec![(Some(3), "value_nested")]));
    let told = table(r#"[["a", "b"], [1, true], [2, "=1"]]"#, Format::Json);
    assert_eq!(sorts(&told), ["number", "mixed"]);
    let text = "Words.\n\n| a | b \\| c |\n|---|:-:|\n| 1 | x |\n| 2 | |\n\nMore.\n";
    let told = table(text, Format::Markdown);
    assert_eq!((told.columns[1].name.as_str(), told.rows.len()), ("b | c", 2));
    assert_eq!(sorts(&told), ["number", "text"]);
}

#[test]
fn what_is_no_table_is_refused() {
    let refused = |text: &str, format| read(text, format, &Options::default()).expect_err("none");
    assert_eq!(refused("", Format::Csv).line, None);
    assert_eq!(
        refused("[1, 2]", Format::Json),
        Unreadable::new(None, "it is a list of neither objects nor lists alone")
    );
    assert_eq!(refused("[\n{,", Format::Json).line, Some(2));
    assert_eq!(refused("no bars", Format::Markdown).line, None);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refused(&deep, Format::Json).line, Some(1));
    let few = Options { cells_max: 3, ..Options::default() };
    assert_eq!(read("a,b\n1,2\n", Format::Csv, &few).expect_err("too many").line, Some(2));
}

#[test]
fn rows_are_written_as_they_are_read() {
    let rows = vec![
        vec!["a".to_owned(), "b;c".to_owned()],
        vec!["say \"hi\"".to_owned(), "one\ntwo | three".to_owned()],
    ];
    let text = to_csv(&rows, ';');
    let records: Vec<Vec<String>> =
        Records::new(text.as_bytes(), Some(b';'), RecordBounds::default())
            .map(|it| it.expect("a record").cells.into_iter().map(|cell| cell.text).collect())
            .collect();
    assert_eq!(records, rows);
    let text = to_markdown(&rows);
    assert_eq!(text, "| a | b;c |\n| --- | --- |\n| say \"hi\" | one two \\| three |\n");
}
