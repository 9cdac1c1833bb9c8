#[api_client(auth = "auth1")]
trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self) -> Result<Todo>;

    #[delete("/todo/{id}")]
    async fn remove(&self, id: &str) -> Result<()>;
}
