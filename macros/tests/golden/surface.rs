#[api_client(auth = "my::Cached<Source>", retry = "constant(100ms,3)", local)]
#[headers("Accept: application/vnd.github+json", "X-Api-Version: 2")]
pub trait Repos {
    /// The file at a path of several segments.
    #[get("/repos/{owner}/contents/{*path}?ref=main")]
    #[headers("accept: application/octet-stream")]
    async fn contents(&self, owner: &str, path: &str, #[query(flatten)] filter: &Filter) -> Result<Raw>;

    #[get(timeout = 2s)]
    async fn next(&self, #[url] link: &str, #[header("X-Api-Version")] version: u8) -> Result<Vec<Repo>>;

    #[request("PURGE", auth = none)]
    async fn purge(&self, #[url] r#type: String) -> Result<()>;

    async fn both(&self, link: &str) -> Result<()> {
        self.next(link, 3).await?;
        self.purge(link.to_owned()).await
    }
}
