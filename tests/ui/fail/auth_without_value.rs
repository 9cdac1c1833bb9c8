use reauth::{api_client, Auth0, Result};

#[api_client(auth)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

pub async fn elsewhere(credential: Auth0) -> Result<()> {
    let api = TodoApiClient::new("https://todo.example.com", credential)?;
    api.todos().await
}

fn main() {}
