use reauth::{api_client, Result};

pub struct Session;

#[api_client(auth = "Session")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
