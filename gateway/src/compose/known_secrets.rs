//! The secrets that are known at the start: from then on they stand in no line of the log.

use std::path::Path;

use reqwest::Url;

use crate::logging::mask::know;
use crate::settings::Settings;
use crate::telemetry;

/// Those of the settings, and of the files that these name.
pub(super) fn mask(settings: &Settings) {
    let nats = &settings.nats;
    if let Some(url) = &settings.database_url {
        know(url.reveal().as_bytes());
        mask_password(url.reveal());
    }
    for url in nats.url.iter().flat_map(|urls| urls.reveal().split(',')) {
        mask_password(url);
    }
    if let Some(password) = &nats.password {
        know(password.reveal().as_bytes());
    }
    for value in telemetry::secrets(&settings.telemetry) {
        know(value.as_bytes());
    }
    for provider in settings.actors.models.providers.values() {
        if let Some(path) = &provider.key_file {
            mask_file(path);
        }
    }
}

/// The one that is all of a file.
pub(super) fn mask_file(path: &Path) {
    if let Ok(secret) = std::fs::read(path) {
        know(&secret);
    }
}

/// The password in an address, as it stands there and as it is meant.
fn mask_password(url: &str) {
    let url = Url::parse(url).ok();
    let Some(password) = url.as_ref().and_then(Url::password) else { return };
    know(password.as_bytes());
    know(&percent_encoding::percent_decode_str(password).collect::<Vec<u8>>());
}
