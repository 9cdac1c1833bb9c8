use reauth::{api_client, Result};

#[api_client(auth = "auth1")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
    }

    pub async fn elsewhere(client: TodoApiClient) -> Result<()> {
        TodoApiClient::new("https://todo.example.com", 5)?;
        client.todos().await
}

fn main() {}
