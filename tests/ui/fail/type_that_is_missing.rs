use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query] filter: Filter) -> Result<Vec<Todo>>;
}

fn main() {}
