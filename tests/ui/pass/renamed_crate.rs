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

#[api_client(crate = crate::vendored::http, auth = auth0, dyn)]
#[headers("Accept: text/plain")]
pub trait Unquoted {
    #[get]
    async fn next(&self, #[url] link: &str) -> Result<()>;

    #[post("/todo")]
    async fn add(&self, #[body] todo: &str) -> Result<()>;
}

#[api_client(crate = "crate::vendored::http", auth = "vendored::http::Auth0", dyn, local)]
pub trait Local {
    #[get("/{*rest}")]
    async fn any(&self, rest: &str, #[query(flatten)] filter: &[(&str, u8)]) -> Result<()>;
}

fn main() {
    let _: fn(&dyn DynUnquoted) = |_| ();
    let _: fn(&dyn DynLocal) = |_| ();
}
