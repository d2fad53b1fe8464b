//! Requests as the edge reads them: query, headers, body.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use cambium::edge::query::Query;
use cambium::edge::{body, headers, query};
use contracts::{Principal, Tenant};

/// The first line is a path with its query, then one header a line, then an empty line and a body.
pub fn http(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    if let Some(Ok(uri)) = lines.next().map(Uri::try_from) {
        read_query(&uri);
    }
    let mut map = HeaderMap::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()).take(16) {
        let cut = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(cut + 1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(&line[..cut]), HeaderValue::from_bytes(value))
        {
            map.append(name, value);
        }
    }
    read_headers(&map);
    let rest: Vec<&[u8]> = lines.collect();
    let _ = body::json(&rest.join(&b'\n'));
}

fn read_query(uri: &Uri) {
    let Ok(asked) = Query::read(uri, &[]) else { return };
    let _ = (asked.at("at"), asked.cursor("after"), asked.limit(10, 100), asked.flag("raw"));
    if let Some(text) = asked.text("at") {
        let _ = query::parse_at("at", text);
    }
}

fn read_headers(map: &HeaderMap) {
    let _ = (headers::lock(map), headers::wait(map), headers::correlation(map));
    let _ = headers::not_modified(map, "\"7\"");
    if let Ok(Some(key)) = headers::key(map) {
        let (tenant, principal) = (Tenant::from_static("main"), Principal::from_static("admin"));
        let command = key.command(&tenant, &principal);
        assert_eq!(command, key.command(&tenant, &principal), "the same key, the same command");
    }
}
