use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;

    #[get("/todo/{id}")]
    async fn todo(&self, id:) -> Result<()>;
    }

    pub async fn elsewhere(client: TodoApiClient) -> Result<()> {
        client.todos().await
}

fn main() {}
