use reauth::{api_client, Auth0, Result};

#[api_client(auth, base_url =)]
pub trait TodoApi {
    #[get("/todo", timeout "2s", retry = "")]
    async fn todos(&self) -> Result<()>;
}

pub async fn elsewhere(credential: Auth0) -> Result<()> {
    TodoApiClient::new(credential)?.todos().await
}

fn main() {}
