use reauth::{api_client, Result};

#[api_client(dyn)]
pub trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo<I: std::fmt::Display>(&self, id: I) -> Result<()>;
}

fn main() {}
