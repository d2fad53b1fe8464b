//! Reading certificates and keys, and finding out whether they can be used together.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::Hash;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::config::{ClientCertificates, Config};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds not what it should.
    #[error("{path} holds no usable {what}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// Why it does not.
        reason: String,
    },
    /// Certificate and key do not belong together, or the authorities are none.
    #[error("the certificate cannot be used: {0}")]
    Unusable(String),
}

/// What was read.
pub struct Loaded {
    /// How to answer a handshake.
    pub server: Arc<ServerConfig>,
    /// When the certificate ends, in seconds since 1970.
    pub ends_s: i64,
    /// Whom it names.
    pub names: Vec<String>,
}

/// The files that `config` names, in order.
fn paths(config: &Config) -> impl Iterator<Item = &PathBuf> {
    [&config.certificate, &config.key, &config.client_ca].into_iter().flatten()
}

/// What tells whether any of the files has changed: a hash of all they hold, or that one cannot be
/// read.
#[must_use]
pub fn fingerprint(config: &Config) -> Option<Hash> {
    let mut all = Vec::new();
    for path in paths(config) {
        all.extend_from_slice(Hash::of(&std::fs::read(path).ok()?).0.as_slice());
    }
    Some(Hash::of(&all))
}

/// Reads what `config` names.
///
/// # Errors
/// Which file cannot be used, and why.
pub fn load(config: &Config) -> Result<Loaded, TlsError> {
    let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
        return Err(TlsError::Unusable("a certificate and a key are needed".to_owned()));
    };
    let chain = certificates(certificate, "certificate")?;
    let (ends_s, names) = facts(certificate, &chain)?;
    let file =
        |path: &Path, what, reason: String| TlsError::File { path: path.to_owned(), what, reason };
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, "key", error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Unusable(error.to_string()))?;
    let builder = match &config.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for root in certificates(path, "authority")? {
                roots.add(root).map_err(|error| file(path, "authority", error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            let verifier = match config.client_certificates {
                ClientCertificates::Optional => verifier.allow_unauthenticated(),
                ClientCertificates::Required => verifier,
            };
            let verifier = verifier.build();
            let odd = |error: rustls::server::VerifierBuilderError| {
                file(path, "authority", error.to_string())
            };
            builder.with_client_cert_verifier(verifier.map_err(odd)?)
        }
    };
    let mut server = builder
        .with_single_cert(chain, private)
        .map_err(|error| TlsError::Unusable(error.to_string()))?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    if config.client_ca.is_some() {
        // A resumed session would go on with a certificate that is no longer looked at.
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
    }
    Ok(Loaded { server: Arc::new(server), ends_s, names })
}

fn certificates(path: &Path, what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let odd = |reason: String| TlsError::File { path: path.to_owned(), what, reason };
    let read = CertificateDer::pem_file_iter(path).map_err(|error| odd(error.to_string()))?;
    let all: Result<Vec<_>, _> = read.collect();
    let all = all.map_err(|error| odd(error.to_string()))?;
    if all.is_empty() { Err(odd("it holds no certificate".to_owned())) } else { Ok(all) }
}

/// When the first certificate of a chain that ends, ends; and whom its own names.
fn facts(path: &Path, chain: &[CertificateDer<'_>]) -> Result<(i64, Vec<String>), TlsError> {
    let mut ends_s = i64::MAX;
    for one in chain {
        let parsed = X509Certificate::from_der(one).map_err(|error| TlsError::File {
            path: path.to_owned(),
            what: "certificate",
            reason: error.to_string(),
        })?;
        ends_s = ends_s.min(parsed.1.validity().not_after.timestamp());
    }
    Ok((ends_s, chain.first().map(|own| names(own)).unwrap_or_default()))
}

/// The names in a certificate: DNS names, URIs, addresses of mail.
#[must_use]
pub fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return Vec::new() };
    let Ok(Some(extension)) = parsed.subject_alternative_name() else { return Vec::new() };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(text) | GeneralName::URI(text) | GeneralName::RFC822Name(text) => {
            Some((*text).to_owned())
        }
        _ => None,
    };
    extension.value.general_names.iter().filter_map(text).collect()
}
