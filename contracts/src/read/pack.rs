//! MessagePack, one token at a time.

use serde::de::Error as _;
use serde_json::Error;

/// Bytes that are read as they are needed.
pub struct Pack<'de> {
    rest: &'de [u8],
    depth: usize,
}

/// What comes next.
#[derive(Clone, Copy)]
pub enum Token<'de> {
    /// Nil.
    Null,
    /// A truth.
    Bool(bool),
    /// An integer from 0.
    Unsigned(u64),
    /// An integer that was written with a sign.
    Signed(i64),
    /// A float of 4 or 8 bytes.
    Float(f64),
    /// Text.
    Text(&'de str),
    /// Bytes.
    Bytes(&'de [u8]),
    /// A list of so many items, which follow.
    List(u32),
    /// An object of so many members, which follow, each after its name.
    Object(u32),
}

const NIL: u8 = 0xc0;

impl<'de> Pack<'de> {
    /// A reader of `bytes` that goes at most `depth_max` lists and objects deep.
    pub const fn new(bytes: &'de [u8], depth_max: usize) -> Self {
        Self { rest: bytes, depth: depth_max }
    }

    /// How many bytes are not read yet.
    pub const fn left(&self) -> usize {
        self.rest.len()
    }

    /// Whether nil comes next.
    pub fn is_null(&self) -> bool {
        self.rest.first() == Some(&NIL)
    }

    /// Whether an object comes next.
    pub fn is_object(&self) -> bool {
        matches!(self.rest.first(), Some(0x80..=0x8f | 0xde | 0xdf))
    }

    /// Goes into a list or an object.
    ///
    /// # Errors
    /// When that is too deep.
    pub fn enter(&mut self) -> Result<(), Error> {
        self.depth -= 1;
        if self.depth == 0 {
            return Err(Error::custom("depth limit exceeded"));
        }
        Ok(())
    }

    /// Leaves what was entered.
    pub const fn leave(&mut self) {
        self.depth += 1;
    }

    fn take(&mut self, count: usize) -> Result<&'de [u8], Error> {
        let Some((head, rest)) = self.rest.split_at_checked(count) else { return Err(cut()) };
        self.rest = rest;
        Ok(head)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else { return Err(cut()) };
        self.rest = rest;
        Ok(*head)
    }

    fn length(&mut self, bytes: u8) -> Result<u32, Error> {
        Ok(match bytes {
            1 => u32::from(u8::from_be_bytes(self.fixed()?)),
            2 => u32::from(u16::from_be_bytes(self.fixed()?)),
            _ => u32::from_be_bytes(self.fixed()?),
        })
    }

    fn text(&mut self, length: u32) -> Result<Token<'de>, Error> {
        let bytes = self.take(length as usize)?;
        std::str::from_utf8(bytes).map(Token::Text).map_err(Error::custom)
    }

    fn bytes(&mut self, length: u32) -> Result<Token<'de>, Error> {
        self.take(length as usize).map(Token::Bytes)
    }

    /// The next token.
    ///
    /// # Errors
    /// When the bytes end, text is not UTF-8, or what comes is of an extension type.
    pub fn token(&mut self) -> Result<Token<'de>, Error> {
        let [marker] = self.fixed()?;
        Ok(match marker {
            0x00..=0x7f => Token::Unsigned(u64::from(marker)),
            0x80..=0x8f => Token::Object(u32::from(marker & 0x0f)),
            0x90..=0x9f => Token::List(u32::from(marker & 0x0f)),
            0xa0..=0xbf => self.text(u32::from(marker & 0x1f))?,
            NIL => Token::Null,
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(1 << (marker - 0xc4))?;
                self.bytes(length)?
            }
            0xca => Token::Float(f64::from(f32::from_be_bytes(self.fixed()?))),
            0xcb => Token::Float(f64::from_be_bytes(self.fixed()?)),
            0xcc => Token::Unsigned(u64::from(u8::from_be_bytes(self.fixed()?))),
            0xcd => Token::Unsigned(u64::from(u16::from_be_bytes(self.fixed()?))),
            0xce => Token::Unsigned(u64::from(u32::from_be_bytes(self.fixed()?))),
            0xcf => Token::Unsigned(u64::from_be_bytes(self.fixed()?)),
            0xd0 => Token::Signed(i64::from(i8::from_be_bytes(self.fixed()?))),
            0xd1 => Token::Signed(i64::from(i16::from_be_bytes(self.fixed()?))),
            0xd2 => Token::Signed(i64::from(i32::from_be_bytes(self.fixed()?))),
            0xd3 => Token::Signed(i64::from_be_bytes(self.fixed()?)),
            0xd9..=0xdb => {
                let length = self.length(1 << (marker - 0xd9))?;
                self.text(length)?
            }
            0xdc..=0xdd => Token::List(self.length(2 << (marker - 0xdc))?),
            0xde..=0xdf => Token::Object(self.length(2 << (marker - 0xde))?),
            0xe0..=0xff => Token::Signed(i64::from(i8::from_be_bytes([marker]))),
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => {
                return Err(Error::custom(format_args!(
                    "the marker {marker:#x} stands for nothing here"
                )));
            }
        })
    }
}

#[cold]
fn cut() -> Error {
    Error::custom("the bytes end within a value")
}
