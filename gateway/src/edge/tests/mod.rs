//! Every row of the table, driven through the layers.

mod commands;
mod dead;
mod effects;
mod failures;
mod heads;
mod limits;
mod meta;
mod models;
mod overload;
mod pages;
mod raw;
mod reads;
mod rows;
mod secrets;
mod streams;
mod unread;
mod work;

use super::limits::{Algorithm, Config, Rate};

/// So many requests of a principal in a minute.
fn principal(quota: u32) -> Config {
    let rate = Rate { algorithm: Algorithm::TokenBucket, quota, window_s: 60 };
    Config { principal: rate, ..Config::default() }
}

/// So many wrong credentials from an address in a minute; 0 = as many as it likes.
fn failures(quota: u32) -> Config {
    let rate = Rate { algorithm: Algorithm::SlidingWindow, quota, window_s: 60 };
    Config { failures: rate, ..Config::default() }
}
