use reauth::{api_client, Result};

#[api_client(auth = auth0, audience = AUDIENCE)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
