//! Signatures as Standard Webhooks describes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Timestamp;
use contracts::effect::{NotAKey, SigningKeys};
use ring::hmac;

/// The value of `webhook-timestamp` at `now`, in seconds since 1970, and that of
/// `webhook-signature`: one `v1,…` for each key that counts, the newest first.
///
/// # Errors
/// [`NotAKey`].
pub fn signature(
    keys: &SigningKeys,
    id: &str,
    now: Timestamp,
    body: &[u8],
) -> Result<(String, String), NotAKey> {
    let seconds = now.as_millis().div_euclid(1_000).to_string();
    let mut signatures = Vec::new();
    for key in keys.counting(now) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key.bytes()?);
        let mut signing = hmac::Context::with_key(&key);
        for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
            signing.update(part);
        }
        signatures.push(format!("v1,{}", STANDARD.encode(signing.sign())));
    }
    if signatures.is_empty() { Err(NotAKey) } else { Ok((seconds, signatures.join(" "))) }
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use contracts::effect::SigningKeys;

    use super::signature;

    /// The example of the specification's own libraries.
    #[test]
    fn the_example_of_the_specification_is_met() {
        let keys = SigningKeys::open(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let at = Timestamp::from_millis(1_614_265_330_000);
        let (seconds, signed) = signature(&keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body).unwrap();
        assert_eq!(seconds, "1614265330");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
