use reauth::{api_client, Result};

#[api_client(base_url =)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

pub async fn elsewhere() -> Result<()> {
    TodoApiClient::new()?.todos().await
}

fn main() {}
