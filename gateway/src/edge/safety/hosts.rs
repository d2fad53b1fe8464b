//! Under which names this server answers. A page of a stranger may have its own name point to
//! 127.0.0.1 and then read, as if it were its own, what listens there (DNS rebinding); so a
//! connection to a loopback address is answered only under a name that no stranger can give it.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{Version, header};
use contracts::Refusal;

use super::forwarded::Sender;
use crate::problem::codes;

/// Whether `text` is a host name, perhaps with `*.` before it, or `*`.
pub(super) fn is_pattern(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    text == "*"
        || (!name.is_empty() && name.bytes().all(letter))
        || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// Lets a request in under its name.
///
/// # Errors
/// `header_invalid` when it has none, or more than one; `host_refused`.
pub(super) fn ensure(request: &Request, sender: &Sender, known: &[String]) -> Result<(), Refusal> {
    let mut lines = request.headers().get_all(header::HOST).iter();
    let line = lines.next();
    if lines.next().is_some() {
        return Err(codes::header_invalid("Host", "may be given only once"));
    }
    let line = match line {
        Some(line) => {
            let text = line.to_str().ok().filter(|text| is_authority(text));
            Some(text.ok_or_else(|| codes::header_invalid("Host", "is a name and a port"))?)
        }
        None => None,
    };
    let target = request.uri().authority().map(|authority| authority.as_str());
    if let (Some(line), Some(target)) = (line, target)
        && !line.eq_ignore_ascii_case(target)
    {
        return Err(codes::header_invalid("Host", "is what the request's target says"));
    }
    let Some(authority) = target.or(line) else {
        // Only HTTP/1.0 knows no names.
        let nameless = request.version() <= Version::HTTP_10 && known.is_empty();
        let refusal = || codes::header_invalid("Host", "is needed");
        return if nameless { Ok(()) } else { Err(refusal()) };
    };
    let name = name_of(authority).to_ascii_lowercase();
    let fits = if known.is_empty() {
        !sender.loopback || sender.proxied || cannot_be_pointed_here(&name)
    } else {
        known.iter().any(|pattern| matches(pattern, &name))
    };
    if fits { Ok(()) } else { Err(codes::host_refused()) }
}

/// A name, an address, a port: nothing that an URL could hide there, such as a user.
fn is_authority(text: &str) -> bool {
    let letter = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'[' | b']')
    };
    !text.is_empty() && text.bytes().all(letter)
}

/// The name without its port and without the dot at the end.
fn name_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    let name = authority.split(':').next().unwrap_or(authority);
    name.strip_suffix('.').unwrap_or(name)
}

/// Addresses, `localhost`, names without a dot and the private zone `internal`, by which
/// containers reach their machine: no public DNS answers for them.
fn cannot_be_pointed_here(name: &str) -> bool {
    let private = [".localhost", ".internal"].iter().any(|zone| name.ends_with(zone));
    name.parse::<IpAddr>().is_ok() || !name.contains('.') || private
}

fn matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    if pattern == "*" {
        return true;
    }
    match pattern.strip_prefix('*') {
        Some(zone) => name.len() > zone.len() && name.ends_with(zone),
        None => pattern.trim_matches(['[', ']']) == name,
    }
}
