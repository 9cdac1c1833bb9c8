use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(#[query] &self) -> Result<()>;
}

fn main() {}
