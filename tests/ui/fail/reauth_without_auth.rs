use reauth::{api_client, Result};

#[api_client(reauth = "once")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
