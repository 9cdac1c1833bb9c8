use reauth::{api_client, Result};

pub struct Todo;

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<Vec<Todo>>;
}

fn main() {}
