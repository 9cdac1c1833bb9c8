use reauth::{api_client, Result};

#[api_client(auth = "auth1", retry = "constant(100,3)", colour = "red")]
pub trait TodoApi {
    #[get("/todo/{id}", timeout = "2")]
    async fn todo(&self) -> Result<()>;

    #[post("/todo")]
    fn add(&self, #[body] first: &str, #[body] second: &str) -> Result<()>;

    #[put("todo")]
    async fn replace(&mut self, id: &str) -> Result<()>;

    #[get("/todo")]
    async fn todos(&self, completed: bool, #[header("Host")] host: &str) -> Result<()>;

    #[get("/fine/{id}")]
    async fn fine(&self, id: u64) -> Result<()>;
    }

    pub async fn elsewhere(mut client: TodoApiClient) -> Result<()> {
        client.todo().await?;
        client.add("a", "b").await?;
        client.replace("a").await?;
        client.todos(true, "x").await?;
        client.fine(5).await
}

fn main() {}
