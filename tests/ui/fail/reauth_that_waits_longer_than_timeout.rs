use reauth::{api_client, Result};

#[api_client(auth = "auth0", reauth = constant(1m, 2))]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
