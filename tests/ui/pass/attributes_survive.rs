//! `#[cfg]`, `#[deprecated]`, docs, lints and foreign attributes.
#![deny(warnings, missing_docs)]
#![allow(unexpected_cfgs)]

use reauth::{Result, api_client};

/// Documented.
#[api_client(auth = "auth0")]
#[deprecated = "use another"]
pub trait Old {
    /// Documented.
    #[deprecated]
    #[get("/old")]
    async fn old(&self) -> Result<()>;

    /// One of two.
    #[cfg(unix)]
    #[get("/unix")]
    async fn here(&self) -> Result<()>;

    /// One of two.
    #[cfg(not(unix))]
    #[get("/elsewhere")]
    async fn here(&self) -> Result<Missing>;

    /// Many.
    #[allow(clippy::too_many_arguments)]
    #[get("/many", timeout = 5s)]
    async fn many(
        &self,
        #[query] a: u8,
        #[cfg(any())]
        #[query]
        b: Missing,
        #[allow(unused)]
        #[query("c[]")]
        c: &[u8],
        #[query] d: u8,
    ) -> Result<()>;

    /// A constant.
    #[cfg(any())]
    const MISSING: Missing = 1;
}

/// Not there.
#[api_client]
#[cfg(any())]
pub trait Absent {
    /// Not there.
    #[get("/")]
    async fn absent(&self) -> Result<Missing>;
}

/// In one place.
pub const COUNT: usize = OldClient::ENDPOINTS.len();
const _: () = assert!(COUNT == 3);

fn main() {}
