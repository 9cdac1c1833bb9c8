use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    #[header("Accept: text/plain")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
