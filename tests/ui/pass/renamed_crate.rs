//! `reauth` is reached by another path.
mod vendored {
    pub mod http {
        pub use ::reauth::*;
    }
}

use vendored::http::{Result, api_client};

#[api_client(crate = "crate::vendored::http")]
pub trait Quoted {
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str) -> Result<()>;
}

#[api_client(crate = crate::vendored::http, auth = auth0)]
pub trait Unquoted {
    #[post("/todo")]
    async fn add(&self, #[body] todo: &str) -> Result<()>;
}

fn main() {}
