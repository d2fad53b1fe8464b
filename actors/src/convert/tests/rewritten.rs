use contracts::effect::ConvertFormat;
use contracts::{Refusal, Timestamp};

use super::super::{Asked, Config, Made, Source, Stop, rewrite};

fn asked(format: ConvertFormat) -> Asked {
    let at = Timestamp::from_millis(1_800_000_000_000);
    Asked { format, kind: None, sheet: None, day_first: None, types: None, at }
}

fn made(name: &str, bytes: &[u8], asked: &Asked) -> Result<Made, Refusal> {
    within(name, bytes, asked, &Config::default())
}

fn within(name: &str, bytes: &[u8], asked: &Asked, config: &Config) -> Result<Made, Refusal> {
    let source = Source::file(bytes.to_vec().into(), name.to_owned(), None)?;
    rewrite(&source, asked, config, &Stop::default())
}

#[test]
fn a_document_becomes_a_file_of_a_word_processor_and_comes_back() {
    let text = "# Why\n\nIt *leaks*.\n\n# How\n\n- tiles\n- slates\n";
    let docx = made("report.md", text.as_bytes(), &asked(ConvertFormat::Docx)).unwrap();
    assert_eq!((docx.filename.as_str(), &docx.bytes[..2]), ("report.docx", &b"PK"[..]));
    let again = made("report.md", text.as_bytes(), &asked(ConvertFormat::Docx)).unwrap();
    assert_eq!(docx, again, "the same file");
    let back = made("report.docx", &docx.bytes, &asked(ConvertFormat::Markdown)).unwrap();
    let back = String::from_utf8(back.bytes).unwrap();
    assert!(back.contains("It _leaks_.") && back.contains("- slates"), "{back}");
    let pdf = made("report.docx", &docx.bytes, &asked(ConvertFormat::Pdf)).unwrap();
    assert!(pdf.bytes.starts_with(b"%PDF"));
}

#[test]
fn a_table_goes_through_and_a_workbook_gives_one_back() {
    let csv = b"item,since,price\nTiles,03/04/2026,\"420\nWork,04/04/2026,480\n";
    let wanted = Asked { day_first: Some(true), ..asked(ConvertFormat::Xlsx) };
    let xlsx = made("costs.csv", csv, &wanted).unwrap();
    let told: Vec<_> = xlsx.losses.iter().map(|loss| loss.what.as_str()).collect();
    assert_eq!((xlsx.filename.as_str(), told), ("costs.xlsx", vec!["quote_open", "mixed_types"]));
    let back = Asked { sheet: Some("costs".to_owned()), ..asked(ConvertFormat::Csv) };
    let back = made("costs.xlsx", &xlsx.bytes, &back).unwrap();
    let text = String::from_utf8(back.bytes).unwrap();
    assert_eq!(text, "item,since,price\r\nTiles,2026-04-03,\"\"\"420\"\r\nWork,2026-04-04,480\r\n");
    let json = Asked { types: Some(false), ..asked(ConvertFormat::Json) };
    let json = made("zip.csv", b"zip\n0123\n9\n", &json).unwrap();
    assert_eq!(String::from_utf8(json.bytes).unwrap(), r#"[{"zip":"0123"},{"zip":"9"}]"#);
    let table = made("list.json", br#"[{"a": 1}, {"a": 2}]"#, &asked(ConvertFormat::Csv)).unwrap();
    assert_eq!(table.bytes, b"a\r\n1\r\n2\r\n");
}

#[test]
fn what_does_not_become_the_other_is_refused_by_its_code() {
    let code = |name: &str, bytes: &[u8], asked: &Asked| made(name, bytes, asked).unwrap_err().code;
    assert_eq!(code("a.docx", b"PK", &asked(ConvertFormat::Xlsx)), "file_unsupported");
    assert_eq!(code("a.csv", b"\n\n", &asked(ConvertFormat::Xlsx)), "file_damaged");
    assert_eq!(code("a.csv", b"a\n\xff\n", &asked(ConvertFormat::Json)), "file_damaged");
    let typed = Asked { types: Some(true), ..asked(ConvertFormat::Ods) };
    assert_eq!(code("a.csv", b"a\n1\n", &typed), "file_unsupported");
    let wide = ",".repeat(20_000);
    assert_eq!(code("a.csv", wide.as_bytes(), &asked(ConvertFormat::Json)), "file_too_large");
    let config = Config { made_bytes_max: 20, ..Config::default() };
    let large = within("a.csv", b"name\n1\n2\n3\n4\n", &asked(ConvertFormat::Json), &config);
    assert_eq!(large.unwrap_err().code, "file_too_large");
}
