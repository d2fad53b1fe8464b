//! Lines and beginnings.

/// At most `bytes_max` bytes from the beginning of `text`.
pub fn head(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// What a line of a list says after its bullet or number, with the bullet's bytes.
pub fn item(line: &str) -> Option<(usize, &str)> {
    let indent = line.len() - line.trim_start().len();
    let rest = &line[indent..];
    let bullet = ["- ", "* ", "+ ", "• ", "– "].iter().find(|bullet| rest.starts_with(**bullet));
    let width = bullet.map(|bullet| bullet.len()).or_else(|| numbering(rest))?;
    let after = &rest[width..];
    let text = after.trim_start();
    let mut width = indent + width + (after.len() - text.len());
    let mut text = text;
    for checkbox in ["[ ] ", "[x] ", "[X] "] {
        if let Some(rest) = text.strip_prefix(checkbox) {
            width += checkbox.len();
            text = rest;
        }
    }
    (!text.trim().is_empty()).then_some((width, text))
}

/// The bytes of `12. ` or `b) `.
fn numbering(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let letter = digits == 0 && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    let width = if letter { 1 } else { digits };
    if width == 0 || width > 4 {
        return None;
    }
    let rest = &text[width..];
    let closed = if letter {
        rest.starts_with(") ")
    } else {
        rest.starts_with(". ") || rest.starts_with(") ")
    };
    closed.then_some(width + 2)
}

/// The level and the words of a heading written with `#`.
pub fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let rest = line.get(level..)?;
    let marked = (1..=6).contains(&level) && rest.starts_with([' ', '\t']);
    marked.then(|| (level, rest.trim().trim_end_matches('#').trim_end()))
}

/// The fence that a line opens or closes: its sign and length.
pub fn fence(line: &str) -> Option<(char, usize)> {
    let rest = line.trim_start();
    let sign = rest.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let length = rest.chars().take_while(|c| *c == sign).count();
    (length >= 3).then_some((sign, length))
}

/// Whether a line is a rule, such as `---`.
pub fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let Some(first) = line.chars().next().filter(|c| matches!(c, '-' | '*' | '_' | '=')) else {
        return false;
    };
    line.chars().all(|c| c == first || c == ' ') && line.chars().filter(|c| *c == first).count() > 2
}
