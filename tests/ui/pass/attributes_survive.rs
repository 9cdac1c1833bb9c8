//! `#[cfg]`, `#[deprecated]`, docs, lints and foreign attributes.
#![deny(warnings, missing_docs)]
#![allow(unexpected_cfgs)]

use reauth::{Result, api_client};

/// Documented.
#[api_client(auth = "auth0", dyn)]
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

    /// Foreign ones.
    #[must_use = "or not"]
    #[doc(alias = "search")]
    #[cfg_attr(all(), doc(hidden))]
    #[get("/foreign")]
    async fn foreign(&self) -> Result<()>;

    /// Many.
    #[allow(clippy::too_many_arguments)]
    #[get("/many", timeout = 5s)]
    async fn many(
        &self,
        #[query] a: u8,
        #[allow(unused)]
        #[query("c[]")]
        c: &[u8],
        #[query] d: u8,
    ) -> Result<()>;

    /// Not for all.
    #[cfg(any())]
    async fn provided(&self) -> Missing {}

    /// A constant.
    #[cfg(any())]
    const MISSING: Missing = 1;
}

/// Arguments that may not be there.
#[api_client(local)]
pub trait Arguments {
    /// Documented.
    #[get("/{id}")]
    async fn some(
        &self,
        id: u8,
        #[cfg(any())]
        #[query]
        b: Missing,
        #[cfg(all())]
        #[query]
        b: u8,
    ) -> Result<()>;
}

/// Not there.
#[api_client(dyn, local)]
#[cfg(any())]
#[headers("Accept: text/plain")]
pub trait Absent {
    /// Not there.
    #[get("/")]
    async fn absent(&self) -> Result<Missing>;
}

/// In one place.
pub const COUNT: usize = OldClient::ENDPOINTS.len();
const _: () = assert!(COUNT == 4);

fn main() {}
