use reauth::{api_client, Result};

#[api_client(dyn)]
pub trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self, id: impl std::fmt::Display) -> Result<()>;
}

fn main() {}
