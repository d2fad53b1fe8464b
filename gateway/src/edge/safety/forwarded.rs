//! Who sent a request, when it came through proxies. Whatever a client writes about itself stands
//! to the left of what the first trusted proxy added, so the list is read from the right, and ends
//! at the first address that is nobody's whom we trust.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use super::Arrival;
use super::config::{Config, ForwardedHeader};

/// How many hops are looked at.
const HOPS_MAX: usize = 32;

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// Its address.
    pub address: IpAddr,
    /// Whether it came through a proxy that is trusted.
    pub proxied: bool,
    /// Whether it was encrypted up to us, or up to that proxy.
    pub encrypted: bool,
    /// Whether the connection came in at a loopback address.
    pub loopback: bool,
}

/// Who sent a request that arrived like this.
#[must_use]
pub fn sender(arrival: &Arrival, headers: &HeaderMap, config: &Config) -> Sender {
    let peer = arrival.peer.ip().to_canonical();
    let loopback = arrival.local.ip().to_canonical().is_loopback();
    let is_trusted =
        |address: IpAddr| config.proxies_trusted.iter().any(|net: &IpNet| net.contains(&address));
    let (mut address, proxied, mut encrypted) = (peer, is_trusted(peer), arrival.encrypted);
    if proxied {
        let (hops, scheme) = match config.forwarded_header {
            ForwardedHeader::XForwardedFor => {
                let scheme = list(headers, "x-forwarded-proto").pop();
                (list(headers, "x-forwarded-for"), scheme)
            }
            ForwardedHeader::Forwarded => {
                let elements = list(headers, "forwarded");
                let of = |element: &String, name| parameter(element, name).unwrap_or_default();
                let scheme = elements.last().map(|last| of(last, "proto"));
                (elements.iter().map(|element| of(element, "for")).collect(), scheme)
            }
        };
        encrypted = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        for hop in hops.iter().rev().take(HOPS_MAX) {
            // Who hides itself, or writes nonsense, is taken for the proxy that told of it.
            let Some(told) = parse(hop) else { break };
            address = told.to_canonical();
            if !is_trusted(address) {
                break;
            }
        }
    }
    Sender { address, proxied, encrypted, loopback }
}

/// The elements of a list header, in order, over all its lines. A comma between quotes is none.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let mut elements = Vec::new();
    for line in headers.get_all(name) {
        // A line that is no text hides nobody: it is an element that cannot be read.
        let line = line.to_str().unwrap_or("?");
        let (mut element, mut quoted) = (String::new(), false);
        for letter in line.chars() {
            quoted ^= letter == '"';
            if letter == ',' && !quoted {
                elements.push(element.trim().to_owned());
                element.clear();
            } else {
                element.push(letter);
            }
        }
        elements.push(element.trim().to_owned());
    }
    elements
}

/// A parameter of an element of `Forwarded`.
fn parameter(element: &str, wanted: &str) -> Option<String> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.to_owned())
    })
}

/// An address, with or without a port, of IPv6 with or without brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}
