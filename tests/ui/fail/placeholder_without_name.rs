use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{}")]
    async fn todo(&self) -> Result<()>;
}

fn main() {}
