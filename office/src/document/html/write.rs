//! A document as one page of HTML that needs nothing else and runs nothing.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::file::Meta;
use super::super::{
    Aligned, Block, Document, Image, Inline, Item, Manner, Raised, Source, Table, headings, leads,
    picture, plain,
};
use crate::losses::Losses;

/// What a page looks like where nothing else says so.
const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}\
    table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.25em .6em}\
    pre{background:#f4f4f4;padding:.8em;overflow-x:auto}blockquote{border-left:3px solid #bbb;\
    margin-left:0;padding-left:1em;color:#444}.page-break{break-after:page}\
    nav ul{list-style:none}.comment{background:#fff3c4;margin:0 .3em;padding:0 .3em}\
    img{max-width:100%}";

/// The page. Its pictures are in it; those that are not at hand are told by their words.
#[must_use]
pub fn write(document: &Document, meta: &Meta) -> (Vec<u8>, Losses) {
    let title = escaped(document.title.as_deref().unwrap_or_default());
    let language = escaped(meta.language.as_deref().unwrap_or("en"));
    let mut page =
        format!("<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n");
    if let Some(author) = &meta.author {
        let _ = writeln!(page, "<meta name=\"author\" content=\"{}\">", escaped(author));
    }
    let _ = write!(page, "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n");
    if !title.is_empty() {
        let _ = writeln!(page, "<h1 class=\"title\">{title}</h1>");
    }
    let mut writer = Writer { page, headings: 0, document, losses: Losses::new() };
    writer.blocks(&document.blocks);
    writer.notes(&document.notes);
    writer.sources(&document.sources);
    writer.page.push_str("</body>\n</html>\n");
    (writer.page.into_bytes(), writer.losses)
}

struct Writer<'a> {
    page: String,
    headings: usize,
    document: &'a Document,
    losses: Losses,
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.page.push_str(text);
    }

    fn contents(&mut self) {
        self.put("<nav class=\"contents\">\n<ul>\n");
        for (place, (level, words)) in headings(&self.document.blocks).iter().enumerate() {
            let (number, words) = (place + 1, escaped(&plain(words)));
            let _ = writeln!(
                self.page,
                "<li class=\"level-{level}\"><a href=\"#h{number}\">{words}</a></li>"
            );
        }
        self.put("</ul>\n</nav>\n");
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, words) => {
                self.headings += 1;
                let _ = write!(self.page, "<h{level} id=\"h{}\">", self.headings);
                self.words(words);
                let _ = writeln!(self.page, "</h{level}>");
            }
            Block::Paragraph(words) => {
                self.put("<p>");
                self.words(words);
                self.put("</p>\n");
            }
            Block::List(first, items) => self.list(*first, items),
            Block::Quote(blocks) => {
                self.put("<blockquote>\n");
                self.blocks(blocks);
                self.put("</blockquote>\n");
            }
            Block::Code(language, text) => {
                let class =
                    language.as_ref().map(|it| format!(" class=\"language-{}\"", escaped(it)));
                let (class, text) = (class.unwrap_or_default(), escaped(text));
                let _ = writeln!(self.page, "<pre><code{class}>{text}</code></pre>");
            }
            Block::Table(table) => self.table(table),
            Block::Rule => self.put("<hr>\n"),
            Block::PageBreak => self.put("<div class=\"page-break\"></div>\n"),
            Block::Contents => self.contents(),
        }
    }

    fn list(&mut self, first: Option<u64>, items: &[Item]) {
        match first {
            None => self.put("<ul>\n"),
            Some(1) => self.put("<ol>\n"),
            Some(first) => {
                let _ = writeln!(self.page, "<ol start=\"{first}\">");
            }
        }
        for item in items {
            self.put("<li>");
            match item.done {
                None => {}
                Some(false) => self.put("<input type=\"checkbox\" disabled> "),
                Some(true) => self.put("<input type=\"checkbox\" disabled checked> "),
            }
            match &item.blocks[..] {
                [Block::Paragraph(words)] => self.words(words),
                blocks => self.blocks(blocks),
            }
            self.put("</li>\n");
        }
        self.put(if first.is_some() { "</ol>\n" } else { "</ul>\n" });
    }

    fn table(&mut self, table: &Table) {
        self.put("<table>\n<thead>\n");
        self.row(table, &table.head, "th");
        self.put("</thead>\n<tbody>\n");
        for row in &table.rows {
            self.row(table, row, "td");
        }
        self.put("</tbody>\n</table>\n");
    }

    fn row(&mut self, table: &Table, cells: &[Vec<Inline>], tag: &str) {
        self.put("<tr>");
        for (cell, aligned) in cells.iter().zip(&table.aligned) {
            let style = match aligned {
                Aligned::Start => "",
                Aligned::Center => " style=\"text-align:center\"",
                Aligned::End => " style=\"text-align:end\"",
            };
            let _ = write!(self.page, "<{tag}{style}>");
            self.words(cell);
            let _ = write!(self.page, "</{tag}>");
        }
        self.put("</tr>\n");
    }

    fn words(&mut self, words: &[Inline]) {
        for word in words {
            match word {
                Inline::Text(text, manner) => self.text(text, manner),
                Inline::Break => self.put("<br>\n"),
                Inline::Image(image) => self.image(image),
                Inline::Note(place) => {
                    let number = place + 1;
                    let _ = write!(
                        self.page,
                        "<sup><a class=\"note\" href=\"#n{number}\">{number}</a></sup>"
                    );
                }
                Inline::Cite(place) => {
                    let number = place + 1;
                    let _ =
                        write!(self.page, "<a class=\"cite\" href=\"#s{number}\">[S{number}]</a>");
                }
                Inline::Comment(place) => {
                    if let Some(comment) = self.document.comments.get(*place) {
                        let (by, text) = (escaped(&comment.by), escaped(&comment.text));
                        let _ = write!(
                            self.page,
                            "<span class=\"comment\" data-by=\"{by}\">{text}</span>"
                        );
                    }
                }
            }
        }
    }

    fn image(&mut self, image: &Image) {
        let alt = escaped(&image.alt);
        match self.document.media.get(&image.source) {
            Some(bytes) if let Some(kind) = picture::kind(bytes) => {
                let (kind, data) = (kind.media_type(), STANDARD.encode(bytes));
                let _ = write!(self.page, "<img src=\"data:{kind};base64,{data}\" alt=\"{alt}\">");
            }
            None if leads(&image.source) => {
                let source = escaped(&image.source);
                let _ = write!(self.page, "<a href=\"{source}\">{alt}</a>");
                self.losses.at("pictures", &image.source, 1);
            }
            _ => {
                let _ = write!(self.page, "[{alt}]");
                self.losses.at("pictures", &image.source, 1);
            }
        }
    }

    fn text(&mut self, text: &str, manner: &Manner) {
        let mut ends = Vec::new();
        if let Some(change) = &manner.change {
            let tag = if change.added { "ins" } else { "del" };
            let by = escaped(&change.by);
            let _ = write!(self.page, "<{tag} data-by=\"{by}\">");
            ends.push(if change.added { "</ins>" } else { "</del>" });
        }
        if let Some(link) = manner.link.as_ref().filter(|link| leads(link)) {
            let _ = write!(self.page, "<a href=\"{}\">", escaped(link));
            ends.push("</a>");
        }
        let tags = [
            (manner.raised == Raised::Above, "<sup>", "</sup>"),
            (manner.raised == Raised::Below, "<sub>", "</sub>"),
            (manner.bold, "<strong>", "</strong>"),
            (manner.italic, "<em>", "</em>"),
            (manner.struck, "<s>", "</s>"),
            (manner.underlined, "<u>", "</u>"),
            (manner.code, "<code>", "</code>"),
        ];
        for (_, open, close) in tags.into_iter().filter(|(so, ..)| *so) {
            self.put(open);
            ends.push(close);
        }
        self.page.push_str(&escaped(text));
        ends.into_iter().rev().for_each(|end| self.put(end));
    }

    fn sources(&mut self, sources: &[Source]) {
        if sources.is_empty() {
            return;
        }
        self.put("<hr>\n<ol class=\"sources\">\n");
        for (place, source) in sources.iter().enumerate() {
            let (number, key) = (place + 1, escaped(&source.key));
            let _ = write!(self.page, "<li id=\"s{number}\" data-key=\"{key}\">");
            self.words(&source.words);
            self.put("</li>\n");
        }
        self.put("</ol>\n");
    }

    fn notes(&mut self, notes: &[Vec<Block>]) {
        if notes.is_empty() {
            return;
        }
        self.put("<hr>\n<ol class=\"notes\">\n");
        for (place, note) in notes.iter().enumerate() {
            let _ = write!(self.page, "<li id=\"n{}\">", place + 1);
            self.blocks(note);
            self.put("</li>\n");
        }
        self.put("</ol>\n");
    }
}

/// A text that means nothing but itself.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            sign => out.push(sign),
        }
    }
    out
}
