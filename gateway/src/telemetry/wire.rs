//! Writing protobuf: the few kinds of fields that OTLP has.

/// A message being written.
#[derive(Debug, Default)]
pub struct Message(Vec<u8>);

/// How a field is written.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

impl Message {
    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).unwrap_or(0));
    }

    fn field(&mut self, field: u32, kind: Kind) {
        self.number((u64::from(field) << 3) | kind as u64);
    }

    /// A number of variable length.
    pub fn varint(&mut self, field: u32, number: u64) {
        self.field(field, Kind::Varint);
        self.number(number);
    }

    /// A number of eight bytes.
    pub fn fixed64(&mut self, field: u32, number: u64) {
        self.field(field, Kind::Fixed64);
        self.0.extend(number.to_le_bytes());
    }

    /// A number of four bytes.
    pub fn fixed32(&mut self, field: u32, number: u32) {
        self.field(field, Kind::Fixed32);
        self.0.extend(number.to_le_bytes());
    }

    /// A floating-point number.
    pub fn double(&mut self, field: u32, number: f64) {
        self.fixed64(field, number.to_bits());
    }

    /// Bytes, or text.
    pub fn bytes(&mut self, field: u32, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.field(field, Kind::Bytes);
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Bytes, or text, unless there are none.
    pub fn some_bytes(&mut self, field: u32, bytes: impl AsRef<[u8]>) {
        if !bytes.as_ref().is_empty() {
            self.bytes(field, bytes);
        }
    }

    /// A message within it.
    pub fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.bytes(field, inner.0);
    }

    /// Numbers of eight bytes, one directly after another.
    pub fn packed64(&mut self, field: u32, numbers: impl IntoIterator<Item = u64>) {
        let bytes: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
        self.bytes(field, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn fields_are_written_as_protobuf_has_them() {
        let mut message = Message::default();
        message.varint(1, 300);
        message.bytes(2, "hi");
        message.fixed32(3, 1);
        message.message(4, |inner| inner.fixed64(1, 2));
        let expected = [
            &[0x08, 0xac, 0x02][..],
            &[0x12, 2, b'h', b'i'],
            &[0x1d, 1, 0, 0, 0],
            &[0x22, 9, 0x09, 2, 0, 0, 0, 0, 0, 0, 0],
        ];
        assert_eq!(message.into_bytes(), expected.concat());
    }
}
