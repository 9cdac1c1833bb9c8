use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo", attempt_timeout = 1m)]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
