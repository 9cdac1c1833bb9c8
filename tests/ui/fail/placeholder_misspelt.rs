use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{todo_id}")]
    async fn todo(&self, todo_di: &str) -> Result<()>;
}

fn main() {}
