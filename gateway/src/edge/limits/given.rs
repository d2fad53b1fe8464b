//! Limits of which only a part is given: what is left out is as usual for that limit.

use serde::{Deserialize, Deserializer};

use super::algorithm::Algorithm;
use super::config::{Config, Rate};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    algorithm: Option<Algorithm>,
    quota: Option<u32>,
    window_s: Option<u32>,
}

fn over<'de, D: Deserializer<'de>>(given: D, usual: Rate) -> Result<Rate, D::Error> {
    let Given { algorithm, quota, window_s } = Given::deserialize(given)?;
    Ok(Rate {
        algorithm: algorithm.unwrap_or(usual.algorithm),
        quota: quota.unwrap_or(usual.quota),
        window_s: window_s.unwrap_or(usual.window_s),
    })
}

pub(super) fn address<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().address)
}

pub(super) fn principal<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().principal)
}

pub(super) fn tenant<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().tenant)
}

pub(super) fn streams<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().streams)
}

pub(super) fn frames<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().frames)
}

pub(super) fn records<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().records)
}

pub(super) fn failures<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().failures)
}

pub(super) fn login_address<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().login_address)
}

pub(super) fn login_account<'de, D: Deserializer<'de>>(given: D) -> Result<Rate, D::Error> {
    over(given, Config::default().login_account)
}
