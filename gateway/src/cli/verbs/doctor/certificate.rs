//! The certificate of the listener: can it be used, how long does it last, who may read its key.

use std::os::unix::fs::PermissionsExt as _;

use super::Check;
use crate::edge::tls;
use crate::settings::Settings;

/// What is looked at where the listener speaks TLS.
#[must_use]
pub fn check(settings: &Settings) -> Option<Check> {
    let config = &settings.edge.tls;
    let key = config.key.as_ref().filter(|_| config.is_on())?;
    let loaded = match tls::load(config) {
        Ok(loaded) => loaded,
        Err(error) => {
            let remedy = "correct edge.tls; for development, `cambium admin certs` makes them";
            return Some(Check::bad("certificate", error.to_string(), remedy));
        }
    };
    let (days, names) = (tls::days_left(loaded.ends_s), loaded.names.join(", "));
    let renew = "put a new one in its place; a running server reads it by itself";
    let show = "openssl x509 -noout -enddate -in CERTIFICATE";
    if days < 0 {
        return Some(Check::bad("certificate", format!("has ended ({names})"), renew).next(show));
    }
    if days < i64::from(config.expiry_warning_days) {
        let found = format!("ends in {days} days ({names})");
        return Some(Check::doubtful("certificate", found, renew).next(show));
    }
    let mode = std::fs::metadata(key).map(|it| it.permissions().mode()).unwrap_or_default();
    if mode & 0o077 != 0 {
        let found = format!("{} can be read by others than its owner", key.display());
        let next = format!("chmod 600 {}", key.display());
        let remedy = "make it its owner's alone";
        return Some(Check::doubtful("certificate", found, remedy).next(next));
    }
    Some(Check::good("certificate", format!("lasts for {days} days ({names})")))
}
