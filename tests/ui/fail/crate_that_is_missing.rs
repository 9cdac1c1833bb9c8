use reauth::{api_client, Result};

#[api_client(crate = "::reauth2")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
