use reauth::{api_client, Result};

#[api_client(dyn)]
pub trait TodoApi: Clone {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
