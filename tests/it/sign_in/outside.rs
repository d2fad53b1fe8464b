//! A provider of identities that is not ours, and a reader of our tokens that is not ours.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use cambium_tests::python;
use reqwest::Method;
use serde_json::{Value, json};

use super::{World, text};

/// Starts a provider, tells where it is, and for each line that names somebody logs him in by the
/// authorization code flow and tells his ID token.
const PROVIDER: &str = r#"
import sys, warnings
warnings.filterwarnings("ignore")
import logging
logging.disable(logging.CRITICAL)
from urllib.parse import urlparse, parse_qs, urlencode
import httpx, oidc_provider_mock
from oidc_provider_mock import User

users = [
    User(sub="ada", claims={"groups": ["staff"], "name": "Ada"}),
    User(sub="eve", claims={"groups": ["strangers"]}),
]
with oidc_provider_mock.run_server_in_thread(port=0, user_claims=users) as server:
    base = f"http://127.0.0.1:{server.server_port}"
    print(base, flush=True)
    for line in sys.stdin:
        sub, client = line.split()
        about = httpx.get(base + "/.well-known/openid-configuration").json()
        back = "http://127.0.0.1:1/back"
        query = dict(client_id=client, redirect_uri=back, response_type="code",
                     scope="openid profile email", state="s", nonce="n")
        page = about["authorization_endpoint"] + "?" + urlencode(query)
        sent = httpx.post(page, data={"sub": sub}).headers["location"]
        code = parse_qs(urlparse(sent).query)["code"][0]
        grant = dict(grant_type="authorization_code", code=code, redirect_uri=back)
        told = httpx.post(about["token_endpoint"], data=grant, auth=(client, "secret")).json()
        print(told["id_token"], flush=True)
"#;

/// Reads a token by the published keys, as any program would.
const READER: &str = r#"
import json, sys, urllib.request
from joserfc import jwt
from joserfc.jwk import KeySet

url, token = sys.argv[1:]
about = json.load(urllib.request.urlopen(url + "/.well-known/oauth-authorization-server"))
assert about["issuer"] == url, about
keys = KeySet.import_key_set(json.load(urllib.request.urlopen(about["jwks_uri"])))
read = jwt.decode(token, keys, algorithms=["Ed25519", "EdDSA", "RS256"])
print(json.dumps({"header": read.header, "claims": read.claims}))
"#;

struct Provider {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned()
}

impl Provider {
    fn start() -> Self {
        let python = python::interpreter(&folder()).expect("python");
        let mut child = Command::new(python)
            .args(["-c", PROVIDER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut provider = Self { child, stdin, stdout, url: String::new() };
        provider.url = provider.line();
        provider
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        line.trim().to_owned()
    }

    /// The ID token that somebody is given for a client.
    fn token(&mut self, sub: &str, client: &str) -> String {
        writeln!(self.stdin, "{sub} {client}").expect("written");
        self.stdin.flush().expect("written");
        self.line()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_provider_logs_in() {
    let mut provider = Provider::start();
    let settings = format!(
        "[[auth.issuers]]\nissuer = \"{}\"\naudience = \"cambium\"\ntenant = \"main\"\n\
         register = true\nroles_claim = \"groups\"\nrole_map = {{ staff = [\"developer\"] }}\n",
        provider.url
    );
    let world = World::with(&settings).await;
    let token = provider.token("ada", "cambium");
    let (status, me) = world.ask((Method::GET, "/v1/auth/me"), Some(&token), &Value::Null).await;
    assert!(status.is_success(), "{me}");
    assert_eq!((text(&me["principal"]), text(&me["tenant"])), ("sso-ada", "main"));
    assert_eq!(me["roles"][0]["role"], "developer");
    assert_eq!(me["profile"]["display"], "Ada");
    world.done("/v1/counter/c/add", Some(&token), json!({})).await;
    // Somebody who means no role here is somebody, and may nothing.
    let eve = provider.token("eve", "cambium");
    assert_eq!(world.code(&eve).await, "none");
    assert_eq!(world.refused("/v1/counter/c/add", Some(&eve), json!({})).await, "forbidden");
    // A token for another program, a tampered one, and who was suspended.
    assert_eq!(world.code(&provider.token("ada", "another")).await, "token_audience_wrong");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let (head, _) = signed.split_once('.').expect("three parts");
    let (eves, _) = eve.rsplit_once('.').expect("three parts");
    let mixed = format!("{head}.{}.{signature}", eves.split_once('.').expect("two").1);
    assert_eq!(world.code(&mixed).await, "token_signature_invalid");
    let key = Some(world.program.key());
    world.done("/v1/principal/sso-ada/suspend", key, json!({})).await;
    assert_eq!(world.code(&token).await, "token_revoked");
    // What the operator took away comes back with the next token, since the issuer decides.
    world.done("/v1/principal/sso-ada/restore", key, json!({})).await;
    world.done("/v1/principal/sso-ada/unassign", key, json!({ "role": "developer" })).await;
    let again = provider.token("ada", "cambium");
    world.done("/v1/counter/c/add", Some(&again), json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_registered_where_the_operator_does_not_say_so() {
    let mut provider = Provider::start();
    let settings = format!(
        "[[auth.issuers]]\nissuer = \"{}\"\naudience = \"cambium\"\ntenant = \"main\"\n\
         principal_prefix = \"\"\n",
        provider.url
    );
    let world = World::with(&settings).await;
    let token = provider.token("ada", "cambium");
    assert_eq!(world.code(&token).await, "token_principal_unknown");
    world.user("ada", &["user"]).await;
    assert_eq!(world.code(&token).await, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_can_check_our_tokens() {
    for algorithm in ["eddsa", "rs256"] {
        let world = World::with(&format!("[auth]\nalgorithm = \"{algorithm}\"\n")).await;
        world.user("ada", &["user"]).await;
        let token = text(&world.login("ada").await["access_token"]).to_owned();
        let python = python::interpreter(&folder()).expect("python");
        let read = async || {
            let mut command = Command::new(&python);
            command.args(["-c", READER, world.program.url(), &token]);
            let said = python::run(&mut command).expect("it reads the token");
            serde_json::from_str::<Value>(said.trim()).expect("JSON")
        };
        let told = read().await;
        assert_eq!(told["header"]["typ"], "at+jwt");
        assert_eq!(told["claims"]["sub"], "ada");
        assert_eq!(told["claims"]["iss"], world.program.url());
        let key = Some(world.program.key());
        let keys = world.done("/v1/admin/signing-keys/rotate", key, json!({})).await;
        assert_eq!(keys["items"].as_array().map(Vec::len), Some(2), "{keys}");
        assert_eq!(read().await, told, "after a rotation too");
        assert_eq!(world.code(&token).await, "none");
    }
}
