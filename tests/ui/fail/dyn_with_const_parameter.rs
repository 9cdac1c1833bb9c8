use reauth::{api_client, Result};

#[api_client(dyn)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos<const N: usize>(&self) -> Result<()>;
}

fn main() {}
