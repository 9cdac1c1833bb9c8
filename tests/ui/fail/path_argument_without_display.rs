use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self, id: Vec<u8>) -> Result<()>;
}

fn main() {}
