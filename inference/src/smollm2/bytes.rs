//! Pieces are written with one visible letter a byte; which letter stands for which byte.

/// The letter that stands for a byte.
#[must_use]
pub fn letter(byte: u8) -> char {
    let stands_for_itself = matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if stands_for_itself {
        return char::from(byte);
    }
    // The others follow each other from 256 on, in the order of the bytes.
    let place = match byte {
        0..=0x20 => u32::from(byte),
        0x7f..=0xa0 => 0x21 + u32::from(byte) - 0x7f,
        _ => 0x43,
    };
    char::from_u32(256 + place).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The bytes that a piece stands for; `None` when a letter of it stands for none.
#[must_use]
pub fn bytes_of(piece: &str) -> Option<Vec<u8>> {
    piece.chars().map(byte).collect()
}

fn byte(letter: char) -> Option<u8> {
    match u32::from(letter) {
        code @ (0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) => u8::try_from(code).ok(),
        code @ 0x100..=0x120 => u8::try_from(code - 0x100).ok(),
        code @ 0x121..=0x142 => u8::try_from(code - 0x121 + 0x7f).ok(),
        0x143 => Some(0xad),
        _ => None,
    }
}
