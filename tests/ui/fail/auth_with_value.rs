use reauth::{api_client, Result};

#[api_client(auth = Auth0::from_env())]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
