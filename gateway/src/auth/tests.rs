//! Bad tokens, each with its stable code; all but the forged ones signed with the system's own key.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::ports::Guard;
use contracts::{Cursor, Timestamp};
use nats::streams::Bucket;
use serde_json::{Value, json};

use super::config::{Algorithm, Config};
use super::signing::{SigningKey, SigningKeys};
use super::testing::Toy;
use super::{Fault, Sort, Subject, Tokens, jws};
use crate::edge::testing::Sessions;
use crate::settings::Secret;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const ISSUER: &str = "https://cambium.example.org";

struct Desk {
    tokens: Tokens,
    guard: Arc<Sessions>,
    store: nats::Memory,
    config: Config,
}

impl Desk {
    async fn with(config: Config) -> Self {
        let store = nats::Memory::default();
        let secrets = store.store(Bucket::Secrets);
        let keys = SigningKeys::open(&config, secrets, Arc::new(Toy), NOW).await.unwrap();
        let guard = Arc::new(Sessions::default());
        let dyn_guard: Arc<dyn Guard> = guard.clone();
        let tokens = Tokens::new(&config, ISSUER.to_owned(), Arc::new(keys), dyn_guard);
        Self { tokens, guard, store, config }
    }

    async fn new() -> Self {
        Self::with(Config::default()).await
    }

    fn subject(&self) -> Subject {
        Subject {
            tenant: "acme".parse().unwrap(),
            principal: "ada".parse().unwrap(),
            credential: "s1".parse().unwrap(),
        }
    }

    fn made(&self, sort: Sort) -> String {
        self.tokens.make(sort, &self.subject(), Some(Cursor(7)), NOW).unwrap().text
    }

    /// Claims as they stand in a good access token.
    fn claims(&self) -> Value {
        let text = self.made(Sort::Access);
        let middle = text.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).unwrap()).unwrap()
    }

    /// Whatever is said, signed with the system's own key.
    fn signed(&self, r#type: &str, claims: &Value) -> String {
        self.signed_text(r#type, &claims.to_string())
    }

    fn signed_text(&self, r#type: &str, claims: &str) -> String {
        let ring = self.tokens.keys.ring();
        let key = ring.signer(self.tokens.keys.algorithm(), NOW).unwrap();
        let header = json!({ "alg": key.algorithm.name(), "kid": key.kid, "typ": r#type });
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let unsigned = format!("{}.{}", part(&header.to_string()), part(claims));
        jws::signed(&unsigned, &key.sign(unsigned.as_bytes()).unwrap())
    }

    fn code(&self, text: &str) -> &'static str {
        self.tokens.judge(text, NOW).map_or_else(|fault| fault.code(), |_| "none")
    }

    fn but(&self, change: impl Fn(&mut Value)) -> &'static str {
        let mut claims = self.claims();
        change(&mut claims);
        self.code(&self.signed("at+jwt", &claims))
    }
}

#[tokio::test]
async fn a_good_token_says_who_presents_it() {
    let desk = Desk::new().await;
    let text = desk.made(Sort::Access);
    for _ in 0..2 {
        let identity = desk.tokens.judge(&text, NOW).unwrap();
        assert_eq!(identity.principal.as_str(), "ada");
        assert_eq!(identity.credential.unwrap().as_str(), "s1");
    }
    assert_eq!(desk.but(|_| {}), "none", "what the other tests change is good as it is");
    desk.guard.end();
    assert_eq!(desk.code(&text), "token_revoked", "also when its signature was checked before");
}

#[tokio::test]
async fn every_bad_token_has_its_code() {
    let desk = Desk::new().await;
    let now_s = NOW.as_millis() / 1_000;
    assert_eq!(desk.but(|it| it["exp"] = json!(now_s)), "token_expired");
    assert_eq!(desk.but(|it| it["nbf"] = json!(now_s + 31)), "token_not_yet_valid");
    assert_eq!(desk.but(|it| it["nbf"] = json!(now_s + 30)), "none", "clocks differ a little");
    assert_eq!(desk.but(|it| it["aud"] = json!("other")), "token_audience_wrong");
    assert_eq!(desk.but(|it| it["aud"] = json!(["cambium", "other"])), "token_audience_wrong");
    assert_eq!(desk.but(|it| it["iss"] = json!("https://evil.org")), "token_issuer_unknown");
    assert_eq!(desk.but(|it| it["typ"] = json!("rt+jwt")), "token_type_wrong");
    assert_eq!(desk.but(|it| it["sub"] = json!("a b")), "token_malformed");
    assert_eq!(desk.but(|it| it["roles"] = json!(["admin"])), "token_malformed");
    assert_eq!(desk.but(|it| it["exp"] = json!(1e300)), "token_malformed");
    assert_eq!(
        desk.but(|it| {
            it.as_object_mut().unwrap().remove("exp");
        }),
        "token_malformed"
    );
    assert_eq!(desk.code(&desk.made(Sort::Refresh)), "token_type_wrong", "refresh as access");
    let id_token = desk.signed("JWT", &desk.claims());
    assert_eq!(desk.code(&id_token), "token_type_wrong", "an ID token is no access token");
    let refresh = desk.tokens.read(&desk.made(Sort::Access), Sort::Refresh, NOW);
    assert_eq!(refresh.err(), Some(Fault::Type), "access as refresh");
    assert_eq!(desk.code(&format!("ey{}.a.b", "x".repeat(10_000))), "token_malformed");
    let twice = desk.claims().to_string().replacen('{', r#"{"sub":"eve","#, 1);
    assert_eq!(desk.code(&desk.signed_text("at+jwt", &twice)), "token_malformed");
}

#[tokio::test]
async fn what_was_not_signed_by_us_is_nothing() {
    let desk = Desk::new().await;
    let (good, claims) = (desk.made(Sort::Access), desk.claims().to_string());
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let ring = desk.tokens.keys.ring();
    let key = ring.signer(Algorithm::Eddsa, NOW).unwrap();
    for none in ["none", "None", "NONE"] {
        let header = json!({ "alg": none, "kid": key.kid, "typ": "at+jwt" }).to_string();
        for text in [
            format!("{}.{}.", part(&header), part(&claims)),
            format!("{}.{}.{signature}", part(&header), part(&claims)),
        ] {
            assert_eq!(desk.code(&text), "token_algorithm_refused", "{text}");
        }
    }
    // Key confusion: HS256 with what everybody can read of the key.
    let public = key.public().unwrap().to_jwk(&key.kid, "EdDSA");
    let x = public["x"].as_str().unwrap().to_owned();
    for secret in [public.to_string(), x.clone(), key.kid.clone()] {
        let header = json!({ "alg": "HS256", "kid": key.kid, "typ": "at+jwt" }).to_string();
        let unsigned = format!("{}.{}", part(&header), part(&claims));
        let made = SigningKey::of_secret(&secret).sign(unsigned.as_bytes()).unwrap();
        assert_eq!(desk.code(&jws::signed(&unsigned, &made)), "token_algorithm_refused");
    }
    let other = Desk::new().await;
    assert_eq!(desk.code(&other.made(Sort::Access)), "token_key_unknown", "another system's");
    let stranger = other.made(Sort::Access);
    let mixed = format!("{}.{}", head, stranger.rsplit_once('.').unwrap().1);
    assert_eq!(desk.code(&mixed), "token_signature_invalid");
    let (first, _) = head.split_once('.').unwrap();
    let evil = claims.replace("ada", "eve");
    let tampered = format!("{first}.{}.{signature}", part(&evil));
    assert_eq!(desk.code(&tampered), "token_signature_invalid");
    let cut = &good[..good.len() - 2];
    assert_eq!(desk.code(cut), "token_signature_invalid");
    // The header's own key or address of keys is never looked at.
    let header = json!({
        "alg": "EdDSA", "typ": "at+jwt", "jwk": public, "jku": "http://evil.org/keys",
    });
    let text = format!("{}.{}.{signature}", part(&header.to_string()), part(&claims));
    assert_eq!(desk.code(&text), "token_key_unknown");
}

#[tokio::test]
async fn an_old_key_verifies_until_its_last_token_is_over_and_all_nodes_agree() {
    let desk = Desk::new().await;
    let old = desk.made(Sort::Access);
    let before = desk.tokens.keys.ring().keys[0].kid.clone();
    desk.tokens.keys.rotate(NOW).await.unwrap();
    let lead = i64::from(desk.config.rotate_lead_s) * 1_000;
    let ring = desk.tokens.keys.ring();
    assert_eq!(ring.signer(Algorithm::Eddsa, NOW).unwrap().kid, before, "published first");
    let later = NOW.plus_millis(lead);
    assert_ne!(ring.signer(Algorithm::Eddsa, later).unwrap().kid, before);
    assert_eq!(desk.code(&old), "none");
    // Another node reads the same keys; after the last token of the old one is over it is gone.
    let secrets = desk.store.store(Bucket::Secrets);
    let open = async |now| {
        SigningKeys::open(&desk.config, secrets.clone(), Arc::new(Toy), now).await.unwrap()
    };
    let kids =
        |keys: &SigningKeys| keys.ring().keys.iter().map(|key| key.kid.clone()).collect::<Vec<_>>();
    assert_eq!(kids(&open(NOW).await), kids(&desk.tokens.keys));
    let week = i64::from(desk.config.refresh_s) * 1_000;
    let over = NOW.plus_millis(lead + week + lead);
    assert!(!kids(&open(over).await).contains(&before));
    let jwks = desk.tokens.keys.ring().jwks().to_string();
    assert!(!jwks.contains("\"d\""), "no private half: {jwks}");
}

#[tokio::test]
async fn keys_rotate_by_themselves_and_follow_the_algorithm() {
    let desk = Desk::new().await;
    let secrets = desk.store.store(Bucket::Secrets);
    let month = i64::from(desk.config.rotate_days) * 24 * 60 * 60 * 1_000;
    let keys =
        SigningKeys::open(&desk.config, secrets.clone(), Arc::new(Toy), NOW.plus_millis(month));
    assert_eq!(keys.await.unwrap().ring().keys.len(), 2, "the month is over");
    let config = Config { algorithm: Algorithm::Rs256, ..Config::default() };
    let keys = SigningKeys::open(&config, secrets.clone(), Arc::new(Toy), NOW).await.unwrap();
    assert_eq!(keys.ring().signer(Algorithm::Rs256, NOW).unwrap().algorithm, Algorithm::Rs256);
    let hs256_secret = Some(Secret::new("9f2c4be8a01d77e3c5b6840f1ea2d93b7c15".to_owned()));
    let config = Config { algorithm: Algorithm::Hs256, hs256_secret, ..Config::default() };
    let keys = SigningKeys::open(&config, secrets, Arc::new(Toy), NOW).await.unwrap();
    assert_eq!(keys.ring().signer(Algorithm::Hs256, NOW).unwrap().algorithm, Algorithm::Hs256);
    assert!(!keys.ring().jwks().to_string().contains("oct"), "a secret is never published");
    assert_eq!(keys.rotate(NOW).await.err().unwrap().code, "signing_keys_fixed");
}

#[tokio::test]
async fn a_token_of_each_algorithm_is_good() {
    for algorithm in [Algorithm::Rs256, Algorithm::Hs256] {
        let hs256_secret = Some(Secret::new("9f2c4be8a01d77e3c5b6840f1ea2d93b7c15".to_owned()));
        let desk = Desk::with(Config { algorithm, hs256_secret, ..Config::default() }).await;
        assert_eq!(desk.code(&desk.made(Sort::Access)), "none", "{algorithm:?}");
    }
}
