use reauth::{api_client, Result};

#[api_client(dyn auth = "Auth0", local = true, max = 2s)]
#[headers("Accept: text/plain", "accept: text/html", "Host: example.com")]
pub trait TodoApi: Clone {
    #[get("/todo/:id")]
    async fn todo(&self, id: Option<u64>) -> Result<()>;

    #[post("/todo" idempotency_key)]
    #[header("Accept: text/csv")]
    async fn add<T: Send>(&self, #[json] todo: T, #[header("Idempotency-Key")] key: &str) -> Result<()>;

    #[get("/next", timeout = "30 s")]
    async fn next(&self, #[url] link: Option<&str>, #[query(flaten)] filter: &str) -> Result<&str>;

    async fn both(&self, #[query] other: impl Send) -> Result<()> {
        self.fine(5).await?;
        drop(other);
        Ok(())
    }

    #[get("/fine/{*id}")]
    async fn fine(&self, id: u64) -> Result<()>;
}

pub async fn elsewhere(client: TodoApiClient) -> Result<()> {
    client.todo(Some(1)).await?;
    client.add("a", "b").await?;
    client.both(5).await?;
    client.fine(5).await
}

fn main() {}
