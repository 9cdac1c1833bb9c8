use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[put("/todo", idempotent = true)]
    async fn replace(&self) -> Result<()>;
}

fn main() {}
