//! Header lines between the ports and the wire.

use async_nats::header::{HeaderMap, HeaderName, HeaderValue};
use contracts::ports::PortError;

/// What the broker's own header names begin with; they are no part of a message.
const BROKERS_OWN: &str = "nats-";

/// Header lines as the broker writes them. A line that the wire cannot carry, or that would speak
/// to the broker itself, is refused.
pub(crate) fn to_map(headers: Vec<(String, String)>) -> Result<HeaderMap, PortError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let refused = || PortError::Refused(format!("the header {name:?} cannot be sent"));
        if is_brokers(&name.to_ascii_lowercase()) {
            return Err(refused());
        }
        let key = name.parse::<HeaderName>().map_err(|_| refused())?;
        let value = value.parse::<HeaderValue>().map_err(|_| refused())?;
        map.append(key, value);
    }
    Ok(map)
}

/// Header lines with names in lower case, ordered by name, without the broker's own.
pub(crate) fn from_map(map: Option<&HeaderMap>) -> Vec<(String, String)> {
    let lines = map.into_iter().flat_map(HeaderMap::iter);
    let mut lines: Vec<(String, String)> = lines
        .flat_map(|(name, values)| {
            let name = name.to_string().to_ascii_lowercase();
            values.iter().map(move |value| (name.clone(), value.to_string()))
        })
        .filter(|(name, _)| !is_brokers(name))
        .collect();
    // A stable sort: lines of the same name keep their order.
    lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    lines
}

/// Lines as whoever reads a message sees them, without a wire between: those that it could not
/// carry are left out.
pub(crate) fn seen(lines: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            map.append(name, value);
        }
    }
    from_map(Some(&map))
}

fn is_brokers(lower: &str) -> bool {
    lower.starts_with(BROKERS_OWN)
}

#[cfg(test)]
mod tests {
    use super::{from_map, to_map};

    fn line(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn lines_come_back_in_lower_case_and_ordered() {
        let map = to_map(vec![line("B", "1"), line("a", "2"), line("B", "0")]).unwrap();
        let lines = from_map(Some(&map));
        assert_eq!(lines, [line("a", "2"), line("b", "1"), line("b", "0")]);
    }

    #[test]
    fn lines_that_speak_to_the_broker_or_break_the_wire_are_refused() {
        for (name, value) in
            [("Nats-TTL", "1"), ("nats-msg-id", "x"), ("a:b", "c"), ("a", "b\r\nc: d")]
        {
            assert!(to_map(vec![line(name, value)]).is_err(), "{name}");
        }
    }
}
