use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self, #[path("{id}")] todo: u64) -> Result<()>;
}

fn main() {}
