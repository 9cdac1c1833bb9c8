use reauth::{api_client, Result};

#[api_client(auth = "auth0" retry = "constant(100ms,3)")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
