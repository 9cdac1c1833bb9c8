use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("https://todo.example.com/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
