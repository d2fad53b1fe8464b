//! Which of the media types that a route offers the caller wants most.

use axum::http::{HeaderMap, header};

/// The offered type that fits `Accept` best, the first offered among equals; `None` = none fits.
#[must_use]
pub fn choose(headers: &HeaderMap, offered: &'static [&'static str]) -> Option<&'static str> {
    let lines: Vec<_> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .collect();
    if lines.is_empty() {
        return offered.first().copied();
    }
    let mut best: Option<((u32, u8), &'static str)> = None;
    for &media in offered {
        let fit = lines.iter().filter_map(|range| fit(range, media)).max_by_key(|fit| fit.0);
        let Some((precision, quality)) = fit.filter(|(_, quality)| *quality > 0) else { continue };
        let rank = (quality, precision);
        if best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, media));
        }
    }
    best.map(|(_, media)| media)
}

/// How precisely a media range names `media`, and its quality in thousandths.
fn fit(range: &str, media: &str) -> Option<(u8, u32)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let (main, _) = media.split_once('/')?;
    let precision = match name.as_str() {
        "*/*" => 0,
        _ if name == media => 2,
        _ if name.strip_suffix("/*") == Some(main) => 1,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |text| {
        text.trim().parse::<f64>().ok().filter(|quality| quality.is_finite()).unwrap_or(0.0)
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "held between 0 and 1,000"
    )]
    Some((precision, (quality.clamp(0.0, 1.0) * 1_000.0) as u32))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::choose;

    const BOTH: &[&str] = &["application/json", "text/event-stream"];

    fn of(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert("accept", accept.parse().unwrap());
        choose(&headers, BOTH)
    }

    #[test]
    fn the_best_fit_wins_and_the_first_among_equals() {
        assert_eq!(choose(&HeaderMap::new(), BOTH), Some(BOTH[0]));
        assert_eq!(of("*/*"), Some(BOTH[0]));
        assert_eq!(of("text/event-stream"), Some(BOTH[1]));
        assert_eq!(of("text/event-stream, */*"), Some(BOTH[1]));
        assert_eq!(of("text/*;q=0.5, application/json;q=0.4"), Some(BOTH[1]));
        assert_eq!(of("application/json, text/event-stream"), Some(BOTH[0]));
        assert_eq!(of("*/*, application/json;q=0"), Some(BOTH[1]));
        assert_eq!(of("text/html"), None);
        assert_eq!(of("application/json;q=0"), None);
    }
}
