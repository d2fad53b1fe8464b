//! The real program behind TLS, and its command line in front of it.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use cambium_tests::program::Program;

use super::BINARY;

fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(arguments).arg("--data").arg(data).output().expect("it runs")
}

async fn reloads(program: &Program) -> String {
    let answer = program.request(reqwest::Method::GET, "/metrics").send().await.expect("an answer");
    let text = answer.text().await.expect("text");
    let lines = text.lines().filter(|line| line.starts_with("cambium_tls_reloads_total"));
    lines.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_made_used_renewed_and_believed() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    assert!(run(&data, &["admin", "certs", "--client", "agent-1.acme"]).status.success());
    let certs = data.join("certs");
    let file = |name: &str| certs.join(name).display().to_string();
    let (certificate, key) = (file("server.pem"), file("server.key"));
    let settings = [
        ("CAMBIUM_EDGE__TLS__CERTIFICATE", certificate.as_str()),
        ("CAMBIUM_EDGE__TLS__KEY", key.as_str()),
    ];
    let program = Program::start_in(BINARY, &data, &[], &settings).await.expect("it starts");
    assert!(program.url().starts_with("https://127.0.0.1:"), "{}", program.url());
    let ready = program.get("/readyz").await.expect("parts").to_string();
    assert!(ready.contains("the certificate lasts for 36"), "{ready}");
    // The command line finds server, key and authority by the data directory.
    assert!(run(&data, &["send", "counter/a", "add"]).status.success());
    let shown = ["--cert", &file("client-agent-1.acme.pem"), "--cert-key"];
    let key = file("client-agent-1.acme.key");
    let shown = [&["show", "counter/a"][..], &shown, &[key.as_str()]].concat();
    assert!(run(&data, &shown).status.success());
    let other = home.path().join("other");
    assert!(run(&other, &["admin", "certs"]).status.success());
    let authority = other.join("certs/ca.pem").display().to_string();
    let told = run(&data, &["show", "counter/a", "--ca", &authority]);
    assert_eq!(told.status.code(), Some(3), "unreachable: an authority of others");
    // Renewed under the running program, which is told by a signal.
    assert_eq!(reloads(&program).await, "");
    assert!(run(&data, &["admin", "certs"]).status.success());
    let pid = program.pid().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().expect("it runs").success());
    while reloads(&program).await != "cambium_tls_reloads_total{outcome=\"good\"} 1" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(run(&data, &["show", "counter/a"]).status.success());
    program.stop().expect("it ends in order");
}
