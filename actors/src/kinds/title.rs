//! What something without a title is called.

/// The beginning of what it is for: its first line, at most `bytes_max` bytes of it.
pub(super) fn of(purpose: &str, bytes_max: usize) -> String {
    let line = purpose.trim().lines().next().unwrap_or_default().trim();
    line[..line.floor_char_boundary(bytes_max)].trim_end_matches(['.', ' ', ':']).to_owned()
}
