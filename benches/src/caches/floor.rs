//! The least that a cache can do: a lock, a look at the clock, and a clone of a header that is ready.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use parking_lot::RwLock;

use super::Cache;
use crate::contenders::{BoxError, TOKEN};

/// A header and its end behind a lock. It can't fetch, renew or replace anything.
#[derive(Clone, Debug)]
pub struct Floor(Arc<RwLock<(HeaderValue, Instant)>>);

impl Cache for Floor {
    const NAME: &'static str = "a header behind a lock, with its end";

    async fn warm(_: &str) -> Result<Self, BoxError> {
        let header = HeaderValue::try_from(format!("Bearer {TOKEN}"))?;
        let ends = Instant::now() + Duration::from_secs(24 * 60 * 60);
        Ok(Self(Arc::new(RwLock::new((header, ends)))))
    }

    async fn header(&self) -> Result<HeaderValue, BoxError> {
        let (header, ends) = &*self.0.read();
        if Instant::now() < *ends {
            Ok(header.clone())
        } else {
            Err("the token has expired".into())
        }
    }
}
