use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str, #[path("id")] other: &str) -> Result<()>;
}

fn main() {}
