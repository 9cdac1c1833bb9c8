use reauth::{api_client, Result};

#[api_client(timeout = Duration::from_secs(2))]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
