//! `admin certs`: a certificate authority for development, with what it signs.

use std::fs;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::json;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::home::{CA, CERTS};

/// What is made.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to [default: DATA/certs]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// More names and addresses of the server; localhost and its addresses are there anyway
    #[arg(long = "host", value_name = "NAME")]
    pub hosts: Vec<String>,
    /// Also a certificate for this client
    #[arg(long = "client", value_name = "NAME")]
    pub clients: Vec<String>,
    /// How many days the certificates last; the authority's own lasts ten times as long
    #[arg(long, value_name = "DAYS", default_value_t = 365,
        value_parser = clap::value_parser!(u32).range(1..=825))]
    pub days: u32,
}

/// How far back a certificate begins, so that a clock that is behind takes it.
const BEFORE: Duration = Duration::from_hours(1);
/// A day.
const DAY: Duration = Duration::from_hours(24);
/// What an authority lasts longer than what it signs.
const CA_TIMES: u32 = 10;

/// Makes an authority where there is none, and lets it sign a certificate for the server and each
/// client. Keys can be read by their owner only.
///
/// # Errors
/// [`Failure::Usage`] for a name that is none, [`Failure::Failed`] when a file cannot be written.
pub fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let dir = args.dir.clone().unwrap_or_else(|| cx.home().file(CERTS));
    let files = make(&dir, &args)?;
    tell(&dir, &files, cx)
}

/// Makes them in `dir`; gives the names of the certificates' files, and whether each was made now.
///
/// # Errors
/// As [`run`].
pub fn make(dir: &Path, args: &Args) -> Result<Vec<(bool, String)>, Failure> {
    fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    let (issuer, made) = authority(dir, args.days)?;
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(args.hosts.iter().cloned());
    let mut files = vec![(made, CA.to_owned())];
    let server = leaf("cambium server", &names, ExtendedKeyUsagePurpose::ServerAuth, args.days)?;
    sign(dir, "server", server, &issuer)?;
    files.push((true, "server.pem".to_owned()));
    for client in &args.clients {
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        let name = format!("client-{}", file_name(client)?);
        sign(dir, &name, leaf(client, std::slice::from_ref(client), usage, args.days)?, &issuer)?;
        files.push((true, format!("{name}.pem")));
    }
    Ok(files)
}

fn tell(dir: &Path, files: &[(bool, String)], cx: &mut Cx<'_>) -> Result<(), Failure> {
    let path = |name: &str| dir.join(name).display().to_string();
    if cx.out.is_json() {
        let told = files.iter().map(|(made, name)| json!({ "file": path(name), "made": made }));
        return cx.out.json(&json!({ "files": told.collect::<Vec<_>>() }));
    }
    for (made, name) in files {
        let word = if *made { "made" } else { "kept" };
        cx.out.line(&format!("{word} {}", path(name)))?;
    }
    cx.out.line("")?;
    cx.out.line("In cambium.toml:")?;
    cx.out.line("[edge.tls]")?;
    cx.out.line(&format!("certificate = {}", json!(path("server.pem"))))?;
    cx.out.line(&format!("key = {}", json!(path("server.key"))))?;
    if files.iter().any(|(_, name)| name.starts_with("client-")) {
        cx.out.line(&format!("client_ca = {}", json!(path(CA))))?;
    }
    Ok(())
}

/// The authority of a directory, and whether it was made now.
fn authority(dir: &Path, days: u32) -> Result<(Issuer<'static, KeyPair>, bool), Failure> {
    let (certificate, key) = (dir.join(CA), dir.join("ca.key"));
    if certificate.exists() && key.exists() {
        let read = |path: &Path| fs::read_to_string(path).map_err(|error| failed(path, &error));
        let pair = KeyPair::from_pem(&read(&key)?).map_err(|error| failed(&key, &error))?;
        let issuer = Issuer::from_ca_cert_pem(&read(&certificate)?, pair);
        return Ok((issuer.map_err(|error| failed(&certificate, &error))?, false));
    }
    let mut params = params("cambium development authority", days.saturating_mul(CA_TIMES));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let pair = KeyPair::generate().map_err(|error| failed(&key, &error))?;
    let own = params.self_signed(&pair).map_err(|error| failed(&certificate, &error))?;
    write(&key, &pair.serialize_pem(), 0o600)?;
    write(&certificate, &own.pem(), 0o644)?;
    Ok((Issuer::new(params, pair), true))
}

fn params(name: &str, days: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = SystemTime::now();
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + DAY * days).into();
    params
}

fn leaf(
    name: &str,
    names: &[String],
    usage: ExtendedKeyUsagePurpose,
    days: u32,
) -> Result<CertificateParams, Failure> {
    let mut params = params(name, days);
    for name in names {
        let usage = |error: rcgen::Error| Failure::Usage(format!("{name}: {error}"));
        let san = match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) if name.contains("://") => {
                SanType::URI(name.as_str().try_into().map_err(usage)?)
            }
            Err(_) if name.contains('@') => {
                SanType::Rfc822Name(name.as_str().try_into().map_err(usage)?)
            }
            Err(_) => SanType::DnsName(name.as_str().try_into().map_err(usage)?),
        };
        params.subject_alt_names.push(san);
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn sign(
    dir: &Path,
    name: &str,
    params: CertificateParams,
    issuer: &Issuer<'static, KeyPair>,
) -> Result<(), Failure> {
    let (certificate, key) = (dir.join(format!("{name}.pem")), dir.join(format!("{name}.key")));
    let pair = KeyPair::generate().map_err(|error| failed(&key, &error))?;
    let signed = params.signed_by(&pair, issuer).map_err(|error| failed(&certificate, &error))?;
    write(&key, &pair.serialize_pem(), 0o600)?;
    write(&certificate, &signed.pem(), 0o644)
}

/// A client's name as a part of a file's name.
fn file_name(client: &str) -> Result<String, Failure> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let name: String = client.chars().map(|it| if fine(it) { it } else { '-' }).collect();
    let usable = !client.is_empty() && client.len() <= 128 && !name.starts_with('.');
    usable.then_some(name).ok_or_else(|| Failure::Usage(format!("{client}: no name of a client")))
}

/// Writes a file in one step, so that a server that looks meanwhile sees the old or the new one.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let fresh = path.with_extension("new");
    let written = (|| {
        let _ = fs::remove_file(&fresh);
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    })();
    written.map_err(|error: io::Error| failed(path, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Failed(format!("{}: {error}", path.display()))
}
