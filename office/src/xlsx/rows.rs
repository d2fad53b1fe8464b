//! Rows as an `.xlsx` file that goes out while they come: none of them stays in memory. What is
//! beyond the last row of a sheet goes on in another one, below the same header.

use std::io::{Error, Result, Write};

use crate::package::Stream;
use crate::sheet::{ROWS_MAX, column_name};

/// What such a file holds.
#[derive(Debug, Clone)]
pub struct RowsOf<'a> {
    /// What the first sheet is called; the others have a number behind it.
    pub sheet: &'a str,
    /// Its header, when it has one.
    pub header: Option<Vec<String>>,
    /// How many rows come below it.
    pub rows: u64,
    /// How many cells the widest row has.
    pub width: usize,
    /// How many rows one sheet takes with its header, 2 to [`ROWS_MAX`].
    pub sheet_rows_max: u32,
}

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said<'a> {
    /// Nothing.
    Nothing,
    /// A text.
    Text(&'a str),
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A day, in days since 1899-12-30.
    Day(f64),
    /// A day with a time.
    Moment(f64),
    /// A share.
    Share(f64),
}

/// A file that goes out.
pub struct Rows<'a, W: Write> {
    of: RowsOf<'a>,
    package: Stream<W>,
    columns: Vec<String>,
    sheet: u64,
    /// The last row of the sheet.
    row: u32,
    /// How many rows went out.
    done: u64,
    /// A row as it is put together.
    text: String,
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const SPREADSHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
/// How a sheet may be called at most, in letters as its format counts them.
const NAME_MAX: usize = 31;
/// The looks of cells, in the order of the numbers that [`look`] gives.
const LOOKS: &str = concat!(
    "<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>",
    "<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts>",
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>",
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>",
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>",
    "<fill><patternFill patternType=\"gray125\"/></fill></fills>",
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>",
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>",
    "</cellStyleXfs><cellXfs count=\"5\">",
    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>",
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>",
    "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" ",
    "applyNumberFormat=\"1\"/>",
    "<xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" ",
    "applyNumberFormat=\"1\"/>",
    "<xf numFmtId=\"10\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" ",
    "applyNumberFormat=\"1\"/></cellXfs>",
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>",
);
const BOLD: u32 = 1;

impl<'a, W: Write> Rows<'a, W> {
    /// A file that goes to `out`.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn new(out: W, of: RowsOf<'a>) -> Result<Self> {
        let columns = (1..).take(of.width).map(column_name).collect();
        let package = Stream::new(out);
        let text = String::new();
        let mut rows = Self { of, package, columns, sheet: 0, row: 0, done: 0, text };
        rows.frame()?;
        rows.open()?;
        Ok(rows)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When nothing can be written, or more rows come than were told.
    pub fn row<'c>(&mut self, cells: impl Iterator<Item = Said<'c>>) -> Result<()> {
        if self.done == self.of.rows {
            return Err(Error::other("more rows come than were told"));
        }
        if self.row >= self.of.sheet_rows_max {
            self.close()?;
            self.open()?;
        }
        self.done += 1;
        self.put(cells, None)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn finish(mut self) -> Result<W> {
        self.close()?;
        self.package.done()
    }

    /// How many rows one sheet has room for, below its header.
    fn room(&self) -> u64 {
        u64::from(self.of.sheet_rows_max.clamp(2, ROWS_MAX)) - u64::from(self.of.header.is_some())
    }

    /// On how many sheets they stand.
    #[must_use]
    pub fn sheets(&self) -> u64 {
        self.of.rows.div_ceil(self.room()).max(1)
    }

    /// What stands around the sheets.
    fn frame(&mut self) -> Result<()> {
        let sheets = self.sheets();
        let part = |kind: &str, name: String| {
            let kind = format!("ContentType=\"{SPREADSHEET}.{kind}+xml\"");
            format!("<Override PartName=\"/xl/{name}.xml\" {kind}/>")
        };
        let own = (1..=sheets).map(|at| part("worksheet", format!("worksheets/sheet{at}")));
        let types = format!(
            "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default \
             Extension=\"xml\" ContentType=\"application/xml\"/>{}{}{}</Types>",
            part("sheet.main", "workbook".to_owned()),
            part("styles", "styles".to_owned()),
            own.collect::<String>(),
        );
        let relation = |id: u64, kind: &str, to: String| {
            format!("<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{to}\"/>")
        };
        let relations = |all: String| {
            format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{all}</Relationships>")
        };
        let own = (1..=sheets)
            .map(|at| relation(at, "worksheet", format!("worksheets/sheet{at}.xml")))
            .chain([relation(sheets + 1, "styles", "styles.xml".to_owned())]);
        let named = (1..=sheets).map(|at| {
            let mut name = String::new();
            escape(&mut name, &self.name(at));
            format!("<sheet name=\"{name}\" sheetId=\"{at}\" r:id=\"rId{at}\"/>")
        });
        let book = format!(
            "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{}</sheets></workbook>",
            named.collect::<String>()
        );
        let styles = format!("{HEAD}<styleSheet xmlns=\"{MAIN}\">{LOOKS}</styleSheet>");
        let whole = relation(1, "officeDocument", "xl/workbook.xml".to_owned());
        for (name, text) in [
            ("[Content_Types].xml", types),
            ("_rels/.rels", relations(whole)),
            ("xl/workbook.xml", book),
            ("xl/_rels/workbook.xml.rels", relations(own.collect())),
            ("xl/styles.xml", styles),
        ] {
            self.package.part(name)?;
            self.package.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// What a sheet is called.
    fn name(&self, number: u64) -> String {
        let behind = if number == 1 { String::new() } else { format!(" ({number})") };
        let room = NAME_MAX - behind.len();
        let mut length = 0;
        let fits = |sign: &char| {
            length += sign.len_utf16();
            length <= room
        };
        let name: String = self.of.sheet.chars().take_while(fits).collect();
        format!("{name}{behind}")
    }

    /// Begins the next sheet.
    fn open(&mut self) -> Result<()> {
        self.sheet += 1;
        self.row = 0;
        self.package.part(&format!("xl/worksheets/sheet{}.xml", self.sheet))?;
        let head = u64::from(self.of.header.is_some());
        let last = (self.of.rows - self.done).min(self.room()) + head;
        let to = self.columns.last().map_or("A", String::as_str);
        let used = format!("A1:{to}{}", last.max(1));
        write!(
            self.package,
            "{HEAD}<worksheet xmlns=\"{MAIN}\"><dimension ref=\"{used}\"/><sheetData>"
        )?;
        if let Some(header) = self.of.header.take() {
            let put = self.put(header.iter().map(|name| Said::Text(name)), Some(BOLD));
            self.of.header = Some(header);
            put?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.package.write_all(b"</sheetData></worksheet>")
    }

    fn put<'c>(&mut self, cells: impl Iterator<Item = Said<'c>>, looks: Option<u32>) -> Result<()> {
        self.row += 1;
        let row = self.row.to_string();
        let text = &mut self.text;
        text.clear();
        text.push_str("<row r=\"");
        text.push_str(&row);
        text.push_str("\">");
        for (column, said) in self.columns.iter().zip(cells) {
            if said == Said::Nothing {
                continue;
            }
            for part in ["<c r=\"", column.as_str(), row.as_str(), "\""] {
                text.push_str(part);
            }
            let look = looks.unwrap_or_else(|| look(said));
            if look > 0 {
                text.push_str(&format!(" s=\"{look}\""));
            }
            cell(text, said);
        }
        text.push_str("</row>");
        self.package.write_all(text.as_bytes())
    }
}

const fn look(said: Said<'_>) -> u32 {
    match said {
        Said::Nothing | Said::Text(_) | Said::Bool(_) | Said::Number(_) => 0,
        Said::Day(_) => 2,
        Said::Moment(_) => 3,
        Said::Share(_) => 4,
    }
}

/// What a cell says, from the end of its attributes on.
fn cell(out: &mut String, said: Said<'_>) {
    match said {
        Said::Nothing => {}
        Said::Text(text) => {
            out.push_str(" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
            escape(out, text);
            out.push_str("</t></is></c>");
        }
        Said::Bool(yes) => {
            out.push_str(if yes { " t=\"b\"><v>1</v></c>" } else { " t=\"b\"><v>0</v></c>" });
        }
        Said::Number(number) | Said::Day(number) | Said::Moment(number) | Said::Share(number) => {
            let size = number.abs();
            let short = size == 0.0 || (1e-5..1e15).contains(&size);
            let number = if short { number.to_string() } else { format!("{number:e}") };
            for part in ["><v>", number.as_str(), "</v></c>"] {
                out.push_str(part);
            }
        }
    }
}

/// Adds a text to XML. A sign that XML has no place for stands there by its number, as the format
/// has it, and so does the beginning of what looks like one.
fn escape(out: &mut String, text: &str) {
    for (at, sign) in text.char_indices() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '_' if is_number(&text.as_bytes()[at..]) => out.push_str("_x005F_"),
            '\t' | '\n' => out.push(sign),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            '\0'..='\u{1f}' => out.push_str(&format!("_x{:04X}_", u32::from(sign))),
            sign => out.push(sign),
        }
    }
}

/// Whether `_x0000_` stands here, with any digits.
fn is_number(text: &[u8]) -> bool {
    let digits = text.get(2..6).is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit));
    digits && text[1] == b'x' && text.get(6) == Some(&b'_')
}
