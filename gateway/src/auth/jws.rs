//! Signed texts in their compact form (RFC 7515), read strictly: what could be meant in two ways
//! is not read at all.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::fault::Fault;

/// The parts of a token, its signature not checked yet.
pub struct Compact<'a> {
    /// What its signer says it is signed with. Never believed: the key decides.
    pub algorithm: String,
    /// Which key.
    pub key: Option<String>,
    /// What sort of token, in lower case without `application/`.
    pub r#type: Option<String>,
    /// What it says, as bytes of JSON.
    pub claims: Vec<u8>,
    /// What is signed.
    pub signed: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Whether a credential looks like a token rather than a key.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    text.starts_with("ey") && text.bytes().filter(|byte| *byte == b'.').count() >= 2
}

/// Takes a token apart.
///
/// # Errors
/// [`Fault::TooLong`], [`Fault::Malformed`].
pub fn parse(text: &str, bytes_max: usize) -> Result<Compact<'_>, Fault> {
    if text.len() > bytes_max {
        return Err(Fault::TooLong(bytes_max));
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(Fault::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(Fault::Malformed)?;
    if claims.contains('.') {
        return Err(Fault::Malformed);
    }
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::Malformed);
    let header = object(&decode(header)?)?;
    // Whoever marks a member as critical wants readers to stop who do not know it.
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err(Fault::Malformed);
    }
    let text = |name: &str| match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Fault::Malformed),
    };
    let r#type = text("typ")?.map(|typ| {
        let typ = typ.to_ascii_lowercase();
        typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
    });
    Ok(Compact {
        algorithm: text("alg")?.ok_or(Fault::Malformed)?,
        key: text("kid")?,
        r#type,
        claims: decode(claims)?,
        signed,
        signature: decode(signature)?,
    })
}

/// The unsigned beginning of a token.
///
/// # Errors
/// When the claims have no JSON form.
pub fn unsigned(
    algorithm: &str,
    key: &str,
    r#type: &str,
    claims: &impl Serialize,
) -> Result<String, serde_json::Error> {
    let header = serde_json::json!({ "alg": algorithm, "kid": key, "typ": r#type });
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?);
    Ok(format!("{header}.{claims}"))
}

/// A token of its beginning and the signature.
#[must_use]
pub fn signed(unsigned: &str, signature: &[u8]) -> String {
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Claims of a known shape. A member that comes twice is refused, as an unknown one is.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn claims<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    object(bytes)?;
    contracts::read::from_slice(bytes).map_err(|_| Fault::Malformed)
}

/// A JSON object in which no member comes twice: two readers would take different ones.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, Fault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let map = reader.deserialize_map(Once).map_err(|_| Fault::Malformed)?;
    reader.end().map_err(|_| Fault::Malformed)?;
    Ok(map)
}

struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object in which no member comes twice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if map.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a member comes twice"));
            }
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{Fault, object, parse};

    fn token(header: &str, claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part(claims), part("signature"))
    }

    #[test]
    fn what_could_be_meant_in_two_ways_is_not_read() {
        let good = token(r#"{"alg":"EdDSA","kid":"k","typ":"application/AT+JWT"}"#, "{}");
        let read = parse(&good, 1_000).unwrap();
        assert_eq!((read.algorithm.as_str(), read.key.as_deref()), ("EdDSA", Some("k")));
        assert_eq!(read.r#type.as_deref(), Some("at+jwt"));
        for bad in [
            token(r#"{"alg":"EdDSA","alg":"none"}"#, "{}"),
            token(r#"{"alg":"EdDSA","crit":["x"]}"#, "{}"),
            token(r#"{"alg":1}"#, "{}"),
            token(r#"{"kid":"k"}"#, "{}"),
            token("[]", "{}"),
            format!("{good}."),
            format!("{good}.{good}"),
            format!("{good}="),
            good.replacen('.', "", 1),
            String::new(),
            "..".to_owned(),
        ] {
            assert_eq!(parse(&bad, 10_000).err(), Some(Fault::Malformed), "{bad}");
        }
        assert_eq!(parse(&good, 20).err(), Some(Fault::TooLong(20)));
    }

    #[test]
    fn a_member_that_comes_twice_is_refused() {
        assert!(object(br#"{"a":1,"b":{"c":2}}"#).is_ok());
        assert_eq!(object(br#"{"a":1,"a":1}"#).err(), Some(Fault::Malformed));
        assert_eq!(object(br#"{"a":1} {}"#).err(), Some(Fault::Malformed));
    }
}
