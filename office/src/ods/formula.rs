//! Formulas as files of OpenDocument write them (OpenFormula), and as people do.

use super::functions::{called, filed};
use crate::sheet::{Corner, Piece, Reference, scan};

/// A formula of a workbook, with its `=`, as a file has it.
pub(super) fn filed_formula(formula: &str) -> String {
    let mut text = String::from("of:=");
    let mut depth = 0_usize;
    for piece in scan(formula.strip_prefix('=').unwrap_or(formula)) {
        match piece {
            Piece::Reference(reference) => {
                text.push('[');
                text.push_str(&place(&reference));
                text.push(']');
            }
            Piece::Other(other) => {
                let signs = |sign: char, depth: usize| match (sign, depth) {
                    (',', _) => ';',
                    (';', 1..) => '|',
                    (sign, _) => sign,
                };
                translate(other, &mut text, &mut depth, signs, filed_word);
            }
        }
    }
    text
}

/// What a name of a workbook means, as a file has it: `$Costs.$B$2:.$B$9`.
pub(super) fn filed_area(refers: &str) -> Option<String> {
    match scan(refers).as_slice() {
        [Piece::Reference(reference)] => Some(place(reference)),
        _ => None,
    }
}

/// A reference, without its brackets.
fn place(reference: &Reference) -> String {
    let sheet = reference.sheet.as_deref().map(|sheet| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if sheet.chars().all(word) && sheet.starts_with(|c: char| c.is_ascii_alphabetic()) {
            format!("${sheet}")
        } else {
            format!("$'{}'", sheet.replace('\'', "''"))
        }
    });
    let from = format!("{}.{}", sheet.unwrap_or_default(), reference.from);
    match &reference.to {
        Some(to) => format!("{from}:.{to}"),
        None => from,
    }
}

/// A word as the other side has it, and how much of what follows it that stands for, in bytes.
type Word = (String, usize);

fn filed_word(word: &str, after: &str) -> Word {
    let word = match word {
        word if after.starts_with('(') => filed(word),
        word if word.eq_ignore_ascii_case("true") => "TRUE()".to_owned(),
        word if word.eq_ignore_ascii_case("false") => "FALSE()".to_owned(),
        word => word.to_owned(),
    };
    (word, 0)
}

fn called_word(word: &str, after: &str) -> Word {
    match word {
        "TRUE" | "FALSE" if after.starts_with("()") => (word.to_owned(), "()".len()),
        word if after.starts_with('(') => (called(word), 0),
        word => (word.to_owned(), 0),
    }
}

/// Copies what stands between references: texts in quotes as they are, signs and words as they are
/// called on the other side. `depth` counts the braces that are open.
fn translate(
    from: &str,
    to: &mut String,
    depth: &mut usize,
    sign: impl Fn(char, usize) -> char,
    word: impl Fn(&str, &str) -> Word,
) {
    let mut rest = from;
    while let Some(c) = rest.chars().next() {
        let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let end = match c {
            '"' | '\'' => quoted(rest, c),
            c if c.is_alphabetic() || c == '_' => rest.find(|c| !letter(c)).unwrap_or(rest.len()),
            // Digits are no word, and neither is what follows them.
            c if c.is_ascii_digit() => rest.find(|c| !letter(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, mut after) = rest.split_at(end);
        match c {
            '"' | '\'' => to.push_str(piece),
            c if c.is_alphabetic() || c == '_' => {
                let (word, also) = word(piece, after);
                to.push_str(&word);
                after = &after[also..];
            }
            c if c.is_ascii_digit() => to.push_str(piece),
            c => {
                match c {
                    '{' => *depth += 1,
                    '}' => *depth = depth.saturating_sub(1),
                    _ => {}
                }
                to.push(sign(c, *depth));
            }
        }
        rest = after;
    }
}

/// Where a text in quotes ends that begins here; a quote within is written twice.
fn quoted(text: &str, quote: char) -> usize {
    let mut rest = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        if c != quote {
            continue;
        }
        if rest.next_if(|(_, next)| *next == quote).is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The formula of a file as people write it, with its `=`; none when it leads out of the file or
/// cannot be read.
pub(super) fn formula(filed: &str) -> Option<String> {
    let filed = filed.trim();
    let bare = filed.strip_prefix("of:").or_else(|| filed.strip_prefix("oooc:"));
    if let Some(plain) = filed.strip_prefix("msoxl:") {
        return plain.starts_with('=').then(|| plain.to_owned());
    }
    let bare = bare.unwrap_or(filed);
    let mut rest = bare.strip_prefix('=').or_else(|| bare.strip_prefix("{="))?;
    let mut text = String::from("=");
    let mut depth = 0;
    while !rest.is_empty() {
        let end = bracket(rest);
        let (between, from) = rest.split_at(end);
        let signs = |sign: char, depth: usize| match (sign, depth) {
            (';' | '~', _) => ',',
            ('|', 1..) => ';',
            ('!', _) => ' ',
            (sign, _) => sign,
        };
        translate(&errors_kept(between), &mut text, &mut depth, signs, called_word);
        text = text.replace(ERROR_SIGN, "!");
        let Some(inside) = from.strip_prefix('[') else {
            break;
        };
        let close = closing(inside)?;
        text.push_str(&reference(&inside[..close])?);
        rest = &inside[close + 1..];
    }
    Some(text)
}

/// Stands for the `!` of an error's name, which is no sign of its own.
const ERROR_SIGN: char = '\u{1}';

fn errors_kept(between: &str) -> String {
    let mut text = between.to_owned();
    for error in ["#REF!", "#DIV/0!", "#NULL!", "#NUM!", "#VALUE!"] {
        if text.contains(error) {
            text = text.replace(error, &error.replace('!', &ERROR_SIGN.to_string()));
        }
    }
    text
}

/// Where the next reference begins that is no part of a text in quotes; the end when none does.
fn bracket(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '[' => return at,
            '"' | '\'' => at += quoted(&text[at..], c),
            c => at += c.len_utf8(),
        }
    }
    at
}

/// Where a reference ends.
fn closing(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            ']' => return Some(at),
            '\'' => at += quoted(&text[at..], c),
            c => at += c.len_utf8(),
        }
    }
    None
}

/// What a reference of a file, without its brackets, is called by people.
pub(super) fn reference(inside: &str) -> Option<String> {
    if inside.contains("#REF!") {
        return Some("#REF!".to_owned());
    }
    let (from, to) = match divided(inside, ':') {
        Some((from, to)) => (from, Some(to)),
        None => (inside, None),
    };
    let (sheet, from) = corner(from)?;
    let to = match to {
        Some(to) => Some(corner(to).filter(|(other, _)| other.is_none() || *other == sheet)?.1),
        None => None,
    };
    Some(Reference { sheet, from, to }.to_string())
}

/// What stands before and behind the last such sign that is no part of a name in quotes.
fn divided(text: &str, sign: char) -> Option<(&str, &str)> {
    let mut found = None;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c == sign {
            found = Some(at);
        }
        at += if c == '\'' { quoted(&text[at..], c) } else { c.len_utf8() };
    }
    found.map(|at| (&text[..at], &text[at + sign.len_utf8()..]))
}

/// A corner, and the sheet that it names.
fn corner(text: &str) -> Option<(Option<String>, Corner)> {
    let (sheet, place) = divided(text, '.')?;
    let corner = Corner::parse(place)?;
    let name = sheet.strip_prefix('$').unwrap_or(sheet);
    if name.is_empty() {
        return Some((None, corner));
    }
    let plain = match name.strip_prefix('\'') {
        // A file of its own stands before `#`.
        Some(inner) => inner.strip_suffix('\'').filter(|_| quoted(name, '\'') == name.len())?,
        None if name.contains(['#', '/', '\'']) => return None,
        None => name,
    };
    Some((Some(plain.replace("''", "'")), corner))
}

#[cfg(test)]
mod tests {
    use super::{filed_area, filed_formula, formula, reference};

    #[test]
    fn formulas_come_back_as_they_were() {
        for (ours, theirs) in [
            ("=SUM(B2:B3)", "of:=SUM([.B2:.B3])"),
            ("=SUM($B$2:B3,1,\"a,;\"\"[b]\")", "of:=SUM([.$B$2:.B3];1;\"a,;\"\"[b]\")"),
            ("='Costs & more'!A1*2", "of:=[$'Costs & more'.A1]*2"),
            ("=Other!A1+'It''s'!$C$9", "of:=[$Other.A1]+[$'It''s'.$C$9]"),
            ("=INDEX({1,2;3,4},2,1)", "of:=INDEX({1;2|3;4};2;1)"),
            ("=IFS(A1>1,TRUE,1<2,FALSE)", "of:=COM.MICROSOFT.IFS([.A1]>1;TRUE();1<2;FALSE())"),
            ("=SUM(A:A)+SUM(2:3)", "of:=SUM([.A:.A])+SUM([.2:.3])"),
            ("=CEILING(A1,2)&#REF!", "of:=COM.MICROSOFT.CEILING([.A1];2)&#REF!"),
            ("=Prices*1E3+LOG10(100)", "of:=Prices*1E3+LOG10(100)"),
            ("=F.DIST(1,2,3,TRUE)", "of:=FDIST(1;2;3;TRUE())"),
            ("=#DIV/0!", "of:=#DIV/0!"),
        ] {
            assert_eq!(filed_formula(ours), theirs);
            assert_eq!(formula(theirs).as_deref(), Some(ours), "{theirs}");
        }
    }

    #[test]
    fn what_leads_out_or_is_none_is_told() {
        for odd in [
            "of:=['file:///etc/passwd'#$Sheet1.A1]",
            "of:=[file.ods#Sheet.A1]",
            "of:=[.A1",
            "of:=[]",
            "of:=[Sheet.]",
            "SUM(A1)",
            "",
        ] {
            assert_eq!(formula(odd), None, "{odd}");
        }
        assert_eq!(formula("of:=[$A.#REF!]+1").as_deref(), Some("=#REF!+1"));
        assert_eq!(formula("msoxl:=A1+1").as_deref(), Some("=A1+1"));
    }

    #[test]
    fn names_mean_areas() {
        let filed = filed_area("'Costs & more'!$B$2:$B$3");
        assert_eq!(filed.as_deref(), Some("$'Costs & more'.$B$2:.$B$3"));
        assert_eq!(reference("$A.$B$2:$A.$B$3").as_deref(), Some("A!$B$2:$B$3"));
        assert_eq!(reference("$A.$B$2:$C.$B$3"), None, "an area of more than one sheet");
        assert_eq!(filed_area("1+2"), None);
    }
}
