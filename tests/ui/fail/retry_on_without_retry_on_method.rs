use reauth::{api_client, Result};

#[api_client(retry = "constant(100ms,3)")]
pub trait TodoApi {
    #[get("/todo", retry = "none", retry_on = "404")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
