use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self, todo_id: &str) -> Result<()>;
}

fn main() {}
