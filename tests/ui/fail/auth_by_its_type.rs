use reauth::{api_client, Result};

#[api_client(auth = "OAuth2")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
