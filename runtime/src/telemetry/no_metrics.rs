//! What stands for metrics without the feature `metrics`: nothing.

use std::time;

use reqwest::Url;

use super::Circuit;
use crate::endpoint::Endpoint;
use crate::error::Outcome;

pub(super) struct Duration;

#[expect(clippy::unused_self, reason = "as it is with the feature")]
impl Duration {
    pub(super) fn start(_: &'static Endpoint, _: &Url) -> Self {
        Self
    }

    pub(super) fn record(&mut self, _: Option<u16>, _: Option<&str>) {}
}

pub(super) fn sent_again(_: &Endpoint, _: &Url, _: Outcome) {}

pub(super) fn token_fetched(_: &str, _: Option<String>, _: Option<time::Duration>, _: bool) {}

#[cfg_attr(not(feature = "store"), expect(dead_code, reason = "no store without the feature"))]
pub(super) fn store_failed(_: &'static str) {}

pub(super) fn hedged(_: &Endpoint) {}

pub(super) fn retry_refused(_: &Endpoint) {}

pub(super) fn circuit_changed(_: &'static str, _: Circuit) {}
