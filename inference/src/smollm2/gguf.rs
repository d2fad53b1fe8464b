//! The file format of the model: names with values, then tables of numbers in blocks.

use std::collections::HashMap;

use super::matrix::{BLOCK, Block, Matrix};

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(pub String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the file cannot be read: {}", self.0)
    }
}

/// A value that a file names, as far as it is of use.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Text(String),
    Texts(Vec<String>),
    Other,
}

/// Where a table stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Table {
    /// How many numbers a row has, and how many rows there are.
    size: (usize, usize),
    kind: u32,
    at: usize,
}

/// A file.
#[derive(Debug)]
pub struct File {
    bytes: Vec<u8>,
    values: HashMap<String, Value>,
    tables: HashMap<String, Table>,
}

/// The first bytes, and the version that is read.
const MAGIC: &[u8] = b"GGUF";
const VERSION: u32 = 3;
/// Tables begin at multiples of so many bytes.
const ALIGNMENT: usize = 32;
/// How deep lists of lists are followed.
const DEPTH_MAX: u32 = 4;

/// A place in a file.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

fn broken(what: &str) -> Broken {
    Broken(what.to_owned())
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let taken = &self.bytes[self.at..end.ok_or_else(|| broken("it ends too early"))?];
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        self.take(N)?.try_into().map_err(|_| broken("it ends too early"))
    }

    fn u32(&mut self) -> Result<u32, Broken> {
        self.array().map(u32::from_le_bytes)
    }

    fn length(&mut self) -> Result<usize, Broken> {
        let length = self.array().map(u64::from_le_bytes)?;
        usize::try_from(length).map_err(|_| broken("a length that no file has"))
    }

    fn text(&mut self) -> Result<String, Broken> {
        let length = self.length()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of a model's shape are small")]
    fn value(&mut self, kind: u32, depth: u32) -> Result<Value, Broken> {
        Ok(match kind {
            0 | 1 | 7 => Value::Number(f64::from(self.array::<1>()?[0])),
            2 | 3 => Value::Number(f64::from(u16::from_le_bytes(self.array()?))),
            4 | 5 => Value::Number(f64::from(self.u32()?)),
            6 => Value::Number(f64::from(f32::from_le_bytes(self.array()?))),
            8 => Value::Text(self.text()?),
            9 if depth < DEPTH_MAX => {
                let (inner, count) = (self.u32()?, self.length()?);
                let mut texts = Vec::new();
                for _ in 0..count {
                    if let Value::Text(text) = self.value(inner, depth + 1)? {
                        texts.push(text);
                    }
                }
                if texts.len() == count { Value::Texts(texts) } else { Value::Other }
            }
            10 | 11 => Value::Number(u64::from_le_bytes(self.array()?) as f64),
            12 => Value::Number(f64::from_le_bytes(self.array()?)),
            _ => return Err(broken("a value of a kind that is not known")),
        })
    }

    fn table(&mut self) -> Result<(String, Table), Broken> {
        let (name, axes) = (self.text()?, self.u32()?);
        let mut size = (1, 1);
        for axis in 0..axes {
            let length = self.length()?;
            match axis {
                0 => size.0 = length,
                1 => size.1 = length,
                _ => return Err(broken("a table of more than two axes")),
            }
        }
        let (kind, at) = (self.u32()?, self.length()?);
        Ok((name, Table { size, kind, at }))
    }
}

impl File {
    /// Reads what a file says of itself.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Broken> {
        let mut reader = Reader { bytes: &bytes, at: 0 };
        if reader.take(MAGIC.len())? != MAGIC || reader.u32()? != VERSION {
            return Err(broken("it is no GGUF of version 3"));
        }
        let (count, named) = (reader.length()?, reader.length()?);
        let (mut values, mut tables) = (HashMap::new(), HashMap::new());
        for _ in 0..named {
            let (name, kind) = (reader.text()?, reader.u32()?);
            values.insert(name, reader.value(kind, 0)?);
        }
        for _ in 0..count {
            let (name, table) = reader.table()?;
            tables.insert(name, table);
        }
        let begin = reader.at.next_multiple_of(ALIGNMENT);
        for table in tables.values_mut() {
            table.at = table.at.saturating_add(begin);
        }
        Ok(Self { bytes, values, tables })
    }

    /// A number that is named.
    ///
    /// # Errors
    /// When there is none.
    pub fn number(&self, name: &str) -> Result<f64, Broken> {
        match self.values.get(name) {
            Some(Value::Number(number)) => Ok(*number),
            _ => Err(Broken(format!("it has no {name}"))),
        }
    }

    /// A count that is named.
    ///
    /// # Errors
    /// When there is none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    pub fn count(&self, name: &str) -> Result<usize, Broken> {
        let number = self.number(name)?;
        if !(1.0..=1e9).contains(&number) {
            return Err(Broken(format!("{name} is {number}")));
        }
        Ok(number as usize)
    }

    /// A list of texts that is named.
    ///
    /// # Errors
    /// When there is none.
    pub fn texts(&self, name: &str) -> Result<&[String], Broken> {
        match self.values.get(name) {
            Some(Value::Texts(texts)) => Ok(texts),
            _ => Err(Broken(format!("it has no {name}"))),
        }
    }

    fn numbers(&self, name: &str, bytes: usize, per: usize) -> Result<(&Table, &[u8]), Broken> {
        let none = || Broken(format!("it has no {name}"));
        let table = self.tables.get(name).ok_or_else(none)?;
        let count = table.size.0.checked_mul(table.size.1).ok_or_else(none)?;
        let length = (count / per).checked_mul(bytes).ok_or_else(none)?;
        let end = table.at.checked_add(length).ok_or_else(none)?;
        let found = self.bytes.get(table.at..end);
        Ok((table, found.ok_or_else(|| broken("it ends too early"))?))
    }

    /// Plain numbers.
    ///
    /// # Errors
    /// When there are none of that name.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>, Broken> {
        let (table, bytes) = self.numbers(name, 4, 1)?;
        if table.kind != 0 {
            return Err(Broken(format!("{name} is of kind {}", table.kind)));
        }
        Ok(bytes.as_chunks::<4>().0.iter().map(|it| f32::from_le_bytes(*it)).collect())
    }

    /// A table of numbers in blocks, of 4 bits (`Q4_1`) or 8 (`Q8_0`).
    ///
    /// # Errors
    /// When there is none of that name and size.
    pub fn matrix(&self, name: &str, columns: usize) -> Result<Matrix, Broken> {
        let kind = self.tables.get(name).map_or(0, |table| table.kind);
        let bytes = match kind {
            3 => 20,
            8 => 34,
            _ => return Err(Broken(format!("{name} is of kind {kind}"))),
        };
        let (table, bytes_of) = self.numbers(name, bytes, BLOCK)?;
        if table.size.0 != columns || !columns.is_multiple_of(BLOCK) {
            return Err(Broken(format!("{name} has rows of {} numbers", table.size.0)));
        }
        let blocks = bytes_of.chunks_exact(bytes);
        let blocks = blocks.map(if kind == 3 { of_four } else { of_eight }).collect();
        Ok(Matrix::new(columns, blocks))
    }
}

fn half(low: u8, high: u8) -> f32 {
    let bits = u16::from_le_bytes([low, high]);
    let (sign, exponent, rest) = (bits >> 15, i32::from(bits >> 10 & 31), bits & 1023);
    let size = match exponent {
        0 => f32::from(rest) * 2_f32.powi(-24),
        31 => f32::NAN,
        _ => (1.0 + f32::from(rest) / 1024.0) * 2_f32.powi(exponent - 15),
    };
    if sign == 1 { -size } else { size }
}

/// Scale, least number, and 16 bytes: the lower halves come before the upper ones.
fn of_four(bytes: &[u8]) -> Block {
    let mut values = [0; BLOCK];
    for (at, byte) in bytes[4..].iter().enumerate() {
        values[at] = i8::try_from(byte & 15).unwrap_or_default();
        values[at + BLOCK / 2] = i8::try_from(byte >> 4).unwrap_or_default();
    }
    Block { scale: half(bytes[0], bytes[1]), least: half(bytes[2], bytes[3]), values }
}

/// Scale, and 32 bytes with a sign.
fn of_eight(bytes: &[u8]) -> Block {
    let mut values = [0; BLOCK];
    for (value, byte) in values.iter_mut().zip(&bytes[2..]) {
        *value = i8::from_le_bytes([*byte]);
    }
    Block { scale: half(bytes[0], bytes[1]), least: 0.0, values }
}
