//! Proxies, names, pages and queries, each with what somebody would try.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;

use super::{Arrival, Config, CorsConfig, ForwardedHeader, Safety, sender};

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

fn arrival(peer: &str) -> Arrival {
    let local = "127.0.0.1:8080".parse().unwrap();
    Arrival { peer: format!("{peer}:4000").parse().unwrap(), local, encrypted: false }
}

fn proxied(forwarded_header: ForwardedHeader) -> Config {
    let proxies_trusted = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    Config { proxies_trusted, forwarded_header, ..Config::default() }
}

fn from(peer: &str, lines: &[(&'static str, &str)]) -> String {
    let config = proxied(ForwardedHeader::XForwardedFor);
    sender(&arrival(peer), &headers(lines), &config).address.to_string()
}

#[test]
fn only_a_trusted_proxy_says_who_sent_it() {
    let claim = [("x-forwarded-for", "198.51.100.1")];
    assert_eq!(from("203.0.113.9", &claim), "203.0.113.9", "a stranger may write what it likes");
    assert_eq!(from("10.0.0.1", &claim), "198.51.100.1");
    assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
    let other = [("forwarded", "for=198.51.100.1"), ("x-real-ip", "198.51.100.1")];
    assert_eq!(from("10.0.0.1", &other), "10.0.0.1", "the header that it does not write");
}

#[test]
fn the_rightmost_hop_that_nobody_trusts_is_the_sender() {
    for (told, sender) in [
        ("198.51.100.66, 198.51.100.1", "198.51.100.1"),
        ("198.51.100.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("198.51.100.1:51234", "198.51.100.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("198.51.100.66, unknown", "10.0.0.1"),
        ("198.51.100.66, _hidden, 10.0.0.2", "10.0.0.2"),
        ("198.51.100.66,", "10.0.0.1"),
        ("999.1.1.1", "10.0.0.1"),
        ("", "10.0.0.1"),
    ] {
        assert_eq!(from("10.0.0.1", &[("x-forwarded-for", told)]), sender, "{told}");
    }
    let lines = [("x-forwarded-for", "198.51.100.66"), ("x-forwarded-for", "198.51.100.1")];
    assert_eq!(from("10.0.0.1", &lines), "198.51.100.1", "lines are one list");
    let many = vec!["10.0.0.2"; 10_000].join(",");
    assert_eq!(from("10.0.0.1", &[("x-forwarded-for", &many)]), "10.0.0.2");
}

#[test]
fn the_standards_own_header_is_read_where_it_is_chosen() {
    let config = proxied(ForwardedHeader::Forwarded);
    let of =
        |lines: &[(&'static str, &str)]| sender(&arrival("10.0.0.1"), &headers(lines), &config);
    for (told, address, encrypted) in [
        ("for=198.51.100.1;proto=https", "198.51.100.1", true),
        ("for=198.51.100.66, for=198.51.100.1;proto=http", "198.51.100.1", false),
        ("For=\"[2001:db8::1]:47011\";Proto=HTTPS", "2001:db8::1", true),
        ("for=\"198.51.100.66, for=198.51.100.2\";proto=https", "10.0.0.1", true),
        ("proto=https", "10.0.0.1", true),
        ("for=_secret", "10.0.0.1", false),
    ] {
        let sender = of(&[("forwarded", told)]);
        assert_eq!(sender.address.to_string(), address, "{told}");
        assert_eq!(sender.encrypted, encrypted, "{told}");
    }
    let other = of(&[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")]);
    assert_eq!((other.address.to_string().as_str(), other.encrypted), ("10.0.0.1", false));
}

/// The code that a request under these lines gets, come to a loopback address.
fn told(config: &Config, target: &str, lines: &[(&'static str, &str)]) -> String {
    let mut request = Request::builder().uri(target).body(Body::empty()).unwrap();
    *request.headers_mut() = headers(lines);
    let sender = sender(&arrival("127.0.0.1"), request.headers(), config);
    let admitted = Safety::new(config).admit(&request, Some(&sender));
    admitted.err().map_or_else(String::new, |refusal| refusal.code.into_owned())
}

#[test]
fn a_loopback_address_is_answered_under_no_strangers_name() {
    let config = Config::default();
    for name in [
        "127.0.0.1:8080",
        "localhost",
        "localhost:8080",
        "LOCALHOST.",
        "[::1]:8080",
        "app.localhost",
        "host.docker.internal:8080",
        "mybox",
        "192.168.1.7",
    ] {
        assert_eq!(told(&config, "/v1/counter", &[("host", name)]), "", "{name}");
    }
    for name in ["evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example", "a.local"]
    {
        assert_eq!(told(&config, "/v1/counter", &[("host", name)]), "host_refused", "{name}");
    }
    let all = Config { hosts: vec!["*".into()], ..Config::default() };
    assert_eq!(told(&all, "/v1/counter", &[("host", "evil.example")]), "");
    let trusting = Config { proxies_trusted: vec!["127.0.0.0/8".parse().unwrap()], ..config };
    assert_eq!(told(&trusting, "/v1/counter", &[("host", "api.example")]), "", "its proxy says so");
}

#[test]
fn a_list_of_names_holds_for_everybody() {
    let hosts = vec!["api.example".into(), "*.below.example".into(), "127.0.0.1".into()];
    let config = Config { hosts, ..Config::default() };
    for name in
        ["api.example", "API.example:443", "a.below.example", "a.b.below.example.", "127.0.0.1:1"]
    {
        assert_eq!(told(&config, "/", &[("host", name)]), "", "{name}");
    }
    for name in ["below.example", "xbelow.example", "api.example.evil.example", "localhost"] {
        assert_eq!(told(&config, "/", &[("host", name)]), "host_refused", "{name}");
    }
}

#[test]
fn a_request_has_one_name() {
    let config = Config::default();
    for lines in [
        &[("host", "localhost"), ("host", "localhost")][..],
        &[("host", "user@localhost")][..],
        &[("host", "local host")][..],
        &[("host", "")][..],
        &[][..],
    ] {
        assert_eq!(told(&config, "/v1/counter", lines), "header_invalid", "{lines:?}");
    }
    let target = "http://localhost:8080/v1/counter";
    assert_eq!(told(&config, target, &[("host", "localhost:8080")]), "");
    assert_eq!(told(&config, target, &[("host", "127.0.0.1:8080")]), "header_invalid");
    assert_eq!(told(&config, target, &[]), "", "HTTP/2 says it in the target alone");
}

#[test]
fn no_parameter_of_a_route_is_taken_for_a_secret() {
    for route in crate::edge::routes::all() {
        for parameter in route.query {
            let target = format!("/v1/counter?{}=x", parameter.name);
            let told = told(&Config::default(), &target, &[("host", "localhost")]);
            assert_ne!(told, "secret_in_query", "{}: {}", route.name, parameter.name);
        }
    }
}

#[test]
fn a_query_carries_no_secret() {
    let host = [("host", "localhost")];
    for query in [
        "access_token=x",
        "a=1&api_key=x",
        "API-Key=x",
        "apikey=x",
        "ticket=ck_0123456789abcdef0123",
        "a=eyJhbGciOiJub25lIn0.e30.",
        "Password=x",
        "client_secret=x",
        "%61ccess%5Ftoken=x",
        "a=1;token=x",
        "x-api-key=x",
        "refreshToken=x",
    ] {
        let target = format!("/v1/counter?{query}");
        assert_eq!(told(&Config::default(), &target, &host), "secret_in_query", "{query}");
    }
    for query in [
        "ticket=x",
        "text=token",
        "text=ck_short",
        "key=group",
        "after=3",
        "token",
        "token=",
        "keyboard=x",
        "tokens=x",
    ] {
        let target = format!("/v1/counter?{query}");
        assert_eq!(told(&Config::default(), &target, &host), "", "{query}");
    }
}

fn with_origins(origins: &[&str], credentials: bool) -> Config {
    let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    Config {
        cors: CorsConfig { origins, credentials, ..CorsConfig::default() },
        ..Config::default()
    }
}

#[test]
fn origins_are_what_they_say() {
    let allowed = ["https://app.example", "https://*.below.example:8443", "http://localhost:5173"];
    let safety = Safety::new(&with_origins(&allowed, true));
    let opens = |origin: &str| {
        safety.socket(&headers(&[("host", "api.example"), ("origin", origin)])).is_ok()
    };
    for origin in [
        "https://app.example",
        "https://a.below.example:8443",
        "https://a.b.below.example:8443",
        "http://localhost:5173",
        "http://api.example",
        "https://API.example",
    ] {
        assert!(opens(origin), "{origin}");
    }
    for origin in [
        "http://app.example",
        "https://app.example:8443",
        "https://app.example.evil.example",
        "https://below.example:8443",
        "https://evil.example/.below.example:8443",
        "https://evil.example#a.below.example:8443",
        "https://x@a.below.example:8443",
        "https://a.below.example",
        "null",
        "",
        "https://",
        "api.example",
        "https://api.example.evil",
    ] {
        assert!(!opens(origin), "{origin}");
    }
    assert!(safety.socket(&headers(&[("host", "api.example")])).is_ok(), "no browser");
}

#[test]
fn settings_that_make_no_sense_are_told() {
    let key = |config: &Config| config.check().err().map(|(key, _)| key);
    assert_eq!(key(&Config::default()), None);
    assert_eq!(key(&with_origins(&["*"], false)), None);
    assert_eq!(key(&with_origins(&["*"], true)), Some("edge.http.cors.origins"));
    for odd in ["app.example", "https://", "https://a b", "https://*", "https://*example", "null"] {
        assert_eq!(key(&with_origins(&[odd], false)), Some("edge.http.cors.origins"), "{odd}");
    }
    let hosts = Config { hosts: vec!["https://api.example".into()], ..Config::default() };
    assert_eq!(key(&hosts), Some("edge.http.hosts"));
    let odd = [("x frame".to_owned(), "DENY".to_owned())].into();
    assert_eq!(key(&Config { headers: odd, ..Config::default() }), Some("edge.http.headers"));
    let odd = CorsConfig { exposed: vec!["e tag".into()], ..CorsConfig::default() };
    assert_eq!(key(&Config { cors: odd, ..Config::default() }), Some("edge.http.cors.exposed"));
}
