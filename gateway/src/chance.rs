//! What nobody may guess: random bytes of the system, and their text.

use std::fmt::Write as _;

use contracts::Refusal;

/// Random bytes.
///
/// # Errors
/// `internal` when the system gives none.
pub fn bytes<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::internal("there is no randomness"))?;
    Ok(bytes)
}

/// Bytes as hexadecimal digits, two each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
