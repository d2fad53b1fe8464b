//! The secret that nodes of one system share.

use std::path::Path;

use anyhow::Context as _;
use contracts::envelope::NodeKey;

use crate::home::Home;

/// The file that holds it, 0600: 64 hexadecimal digits.
pub const FILE: &str = "node.key";

/// The node key in the file that the settings name, or else of a data directory, made there when
/// there is none.
///
/// # Errors
/// When the file cannot be read or made, or holds something else.
pub fn open(home: &Home, named: Option<&Path>) -> anyhow::Result<NodeKey> {
    let path = named.map_or_else(|| home.file(FILE), Path::to_owned);
    if named.is_none() && !path.exists() {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        home.write_private(FILE, text.as_bytes())
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let hash: contracts::Hash =
        text.trim().parse().with_context(|| format!("{} holds no node key", path.display()))?;
    Ok(NodeKey(hash.0))
}
