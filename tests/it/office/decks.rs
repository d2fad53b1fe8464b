//! Decks, opened and made by programs that we did not write: python-pptx, pypdf, qpdf (pikepdf),
//! and LibreOffice where it is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::python;
use office::deck::{
    Chart, ChartSort, Content, Deck, Diagram, Direction, Edge, Format, Limits, Node, Paragraph,
    Part, Run, Series, Slide, Table, Theme, check, read, write,
};
use office::document::Meta;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::pages::looks_whole;
use super::{converted, has_libreoffice, oracle};

fn asked(script: &str, verb: &str, path: &Path) -> String {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("decks");
    let packages = ["python-pptx==1.0.2", "pypdf==6.19.0", "pikepdf==10.17.0"];
    let client = python::with(&home, &packages).expect("clients");
    let mut command = Command::new(client);
    python::run(command.arg(oracle(script)).arg(verb).arg(path)).expect("answered")
}

fn told(script: &str, verb: &str, path: &Path) -> Json {
    serde_json::from_str(&asked(script, verb, path)).expect("JSON")
}

fn at(place: u32, content: Content) -> Part {
    Part { place: Some(place), area: None, content }
}

fn said(text: &str) -> Content {
    Content::Text(text.lines().map(Paragraph::plain).collect())
}

fn slide(id: &str, layout: &str, title: &str, content: Content) -> Slide {
    let parts = vec![at(0, said(title)), at(1, content)];
    Slide { id: id.to_owned(), layout: layout.to_owned(), parts, ..Slide::default() }
}

fn words() -> Content {
    let link = Some("https://example.org/a?b=c".to_owned());
    let bold = Run { bold: true, ..Run::plain("bold") };
    let words = vec![Run::plain("Plain, "), bold, Run { link, ..Run::plain(" and a link") }];
    let deeper = Paragraph { level: 1, ..Paragraph::plain("within שלום") };
    Content::Text(vec![Paragraph { words, ..Paragraph::default() }, deeper])
}

fn chart(sort: ChartSort) -> Content {
    let values = vec![Some(420.5), None, Some(480.0)];
    let series = Series { name: "Tiles & more".to_owned(), along: Vec::new(), values };
    let scatter = sort == ChartSort::Scatter;
    let categories = if scatter { vec![] } else { vec!["North", "South", "West"] };
    Content::Chart(Chart {
        sort,
        title: "Costs".to_owned(),
        categories: categories.into_iter().map(str::to_owned).collect(),
        series: vec![series],
        alt: "Costs by side".to_owned(),
    })
}

fn diagram() -> Content {
    let node = |id: &str| Node { id: id.to_owned(), label: format!("Step {id}") };
    let edge = |from: &str, to: &str| Edge { from: from.to_owned(), to: to.to_owned() };
    Content::Diagram(Diagram {
        direction: Direction::Right,
        nodes: ["a", "b", "c"].map(node).to_vec(),
        edges: vec![edge("a", "b"), edge("a", "c")],
        alt: "Three steps".to_owned(),
    })
}

fn deck() -> Deck {
    let mut deck = Deck::new(Some("Roof & \"wall\"".to_owned()), Theme::default());
    let cell = |text: &str| vec![Run::plain(text)];
    let rows = vec![vec![cell("Tiles"), cell("420.5")]];
    let table = Table { head: vec![cell("Item"), cell("Price")], rows, alt: "Prices".to_owned() };
    deck.slides = vec![
        slide("start", "title", "Roof", said("What it costs")),
        slide("words", "title_and_content", "Words", words()),
        slide("bars", "chart", "Bars", chart(ChartSort::Bar)),
        slide("lines", "chart", "Lines", chart(ChartSort::Line)),
        slide("points", "chart", "Points", chart(ChartSort::Scatter)),
        slide("shares", "chart", "Shares", chart(ChartSort::Pie)),
        slide("prices", "table", "Prices", Content::Table(table)),
        slide("steps", "title_and_content", "Steps", diagram()),
    ];
    deck.slides[1].notes = vec![Paragraph::plain("Slowly."), Paragraph::plain("Twice.")];
    deck
}

/// The file of a deck in `folder`.
fn written(format: Format, folder: &Path) -> PathBuf {
    let meta = Meta { author: Some("Ann".to_owned()), at_s: 1_700_000_000, ..Meta::default() };
    let (bytes, _) = write(format, &deck(), &meta, &Limits::default()).expect("written");
    let path = folder.join(if format == Format::Pdf { "ours.pdf" } else { "ours.pptx" });
    fs::write(&path, bytes).expect("kept");
    path
}

#[test]
fn python_pptx_reads_what_we_write() {
    let folder = TempDir::new().expect("a folder");
    let told = told("deck.py", "read", &written(Format::Pptx, folder.path()));
    assert_eq!((&told["title"], &told["author"]), (&"Roof & \"wall\"".into(), &"Ann".into()));
    assert_eq!(told["created"], "2023-11-14T22:13:20");
    assert_eq!(told["size"], json!([12_192_000, 6_858_000]));
    assert_eq!(told["layouts"].as_array().map(Vec::len), Some(9));
    let slides = told["slides"].as_array().expect("slides");
    let titles: Vec<_> = slides.iter().filter_map(|slide| slide["title"].as_str()).collect();
    let ours = ["Roof", "Words", "Bars", "Lines", "Points", "Shares", "Prices", "Steps"];
    assert_eq!(titles, ours);
    assert_eq!((&slides[0]["layout"], &slides[0]["name"]), (&"Title".into(), &"start".into()));
    assert_eq!(slides[1]["notes"], "Slowly.\nTwice.");
    let words = &slides[1]["shapes"][1];
    assert_eq!(words["text"], json!([[0, "Plain, bold and a link"], [1, "within שלום"]]));
    assert_eq!((&words["place"], &words["bold"]), (&json!(1), &json!(["bold"])));
    assert_eq!(words["links"], json!(["https://example.org/a?b=c"]));
    for (number, sort) in [(2, "COLUMN_CLUSTERED"), (3, "LINE"), (4, "XY_SCATTER"), (5, "PIE")] {
        let shape = &slides[number]["shapes"][1];
        let chart = &shape["chart"];
        assert!(chart["sort"].as_str().is_some_and(|it| it.starts_with(sort)), "{chart}");
        assert_eq!((&chart["title"], &shape["alt"]), (&"Costs".into(), &"Costs by side".into()));
        assert_eq!(chart["series"], json!([["Tiles & more", [420.5, null, 480.0]]]));
        let names =
            if sort == "XY_SCATTER" { json!([]) } else { json!(["North", "South", "West"]) };
        assert_eq!(chart["categories"], names);
        assert!(chart["workbook"].as_u64().is_some_and(|bytes| bytes > 1_000));
    }
    assert_eq!(slides[6]["shapes"][1]["table"], json!([["Item", "Price"], ["Tiles", "420.5"]]));
    let group = &slides[7]["shapes"][1];
    assert_eq!(
        (&group["alt"], group["shapes"].as_array().map(Vec::len)),
        (&"Three steps".into(), Some(5))
    );
}

#[test]
fn we_read_what_python_pptx_writes() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("theirs.pptx");
    asked("deck.py", "write", &path);
    let bytes = fs::read(&path).expect("a file");
    let (deck, losses) = read(Format::Pptx, &bytes, &Limits::default()).expect("read");
    let lost: Vec<_> = losses.list().into_iter().map(|it| (it.what, it.count)).collect();
    assert_eq!(lost, [("arrows", 1), ("shapes", 1)]);
    assert_eq!((deck.title.as_deref(), deck.layouts.len()), (Some("Größe & more"), 11));
    assert_eq!((deck.size.wide, deck.size.high), (9_144_000, 6_858_000));
    let text = |slide: usize, part: usize| match &deck.slides[slide].parts[part].content {
        Content::Text(words) => words.iter().map(Paragraph::text).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!((text(0, 0), text(0, 1)), (vec!["Roof".into()], vec!["What it costs".into()]));
    assert_eq!(deck.slides[0].notes.len(), 2);
    assert_eq!(text(1, 1), ["one bold", "within שלום 👩‍🚀"]);
    let Content::Text(words) = &deck.slides[1].parts[1].content else { panic!("a text") };
    assert!(words[0].words[1].bold && words[1].level == 1);
    let Content::Chart(bars) = &deck.slides[2].parts[1].content else { panic!("a chart") };
    assert_eq!(
        (bars.sort, &bars.categories[..]),
        (ChartSort::Bar, &["North".into(), "South".into()][..])
    );
    assert_eq!(bars.series[0].values, [Some(420.5), None]);
    let Content::Chart(points) = &deck.slides[2].parts[2].content else { panic!("a chart") };
    assert_eq!((points.sort, &points.series[0].along[..]), (ChartSort::Scatter, &[0.5, 1.5][..]));
    let Content::Table(table) = &deck.slides[3].parts[0].content else { panic!("a table") };
    assert_eq!(table.rows[0][1], [Run::plain("420.5")]);
    assert!(matches!(&deck.slides[3].parts[1].content, Content::Picture(_)));
    assert_eq!((text(3, 2), text(3, 3)), (vec!["anywhere".into()], vec!["star".into()]));
    assert!(!check(&deck).is_empty(), "pictures without words are told");
    let meta = Meta::default();
    for format in [Format::Pptx, Format::Pdf, Format::Synslide] {
        write(format, &deck, &meta, &Limits::default()).expect("written again");
    }
}

#[test]
fn pypdf_reads_the_pages_of_a_deck() {
    let folder = TempDir::new().expect("a folder");
    let path = written(Format::Pdf, folder.path());
    looks_whole(&super::pages::pages(&path), 0.0);
    let told = told("document.py", "pdf", &path);
    assert_eq!((&told["title"], &told["tagged"]), (&"Roof & \"wall\"".into(), &true.into()));
    let pages = told["pages"].as_array().expect("pages");
    assert_eq!((pages.len(), told["outline"].as_array().map(Vec::len)), (8, Some(8)));
    let text: String = pages.iter().filter_map(Json::as_str).collect();
    for words in ["What it costs", "Plain, bold", "Costs", "Tiles & more", "420.5", "Step b"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(told["links"], json!(["https://example.org/a?b=c"]));
}

/// Whether LibreOffice has its slides, which some installations lack.
pub fn has_impress() -> bool {
    has_libreoffice() && Path::new("/usr/lib/libreoffice/program/libsdlo.so").exists()
}

#[test]
fn libreoffice_shows_decks_that_we_write() {
    if !has_impress() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let path = written(Format::Pptx, folder.path());
    let pdf = converted(&path, "pdf", folder.path());
    looks_whole(&super::pages::pages(&pdf), 0.0);
    let told = told("document.py", "pdf", &pdf);
    let pages = told["pages"].as_array().expect("pages");
    assert_eq!(pages.len(), 8);
    let text: String = pages.iter().filter_map(Json::as_str).collect();
    for words in ["What it costs", "Plain, bold", "Costs", "Tiles & more", "420.5", "Step b"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
