use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[reauth::get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
