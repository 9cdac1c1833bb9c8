use reauth::{api_client, Result};

#[api_client(client = "TodoApi")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
