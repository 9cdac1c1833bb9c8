#[api_client(
    auth = auth0,
    base_url = "https://api.example.com/v1",
    client = Github,
    crate = crate::http,
    retry = exponential(100ms, 5, max = 10s, factor = 3, jitter = equal),
    retry_on = [transient, connect, timeout, 5xx, 404],
    reauth = fibonacci(100ms, 2),
    timeout = 1m,
    attempt_timeout = 5s,
    idle_timeout = 1m,
)]
#[cfg(unix)]
#[must_use]
pub(crate) trait Issues<T: Serialize, const N: usize = 5>: Sync
where
    T: Send,
{
    const PAGE: usize = N;

    #[cfg(feature = "search")]
    #[deprecated]
    #[get("/search/v{major}/{r_match}.json?type=issue", attempt_timeout = 10s)]
    async fn search<'a>(
        &'a self,
        major: u8,
        #[path("r_match")] r#match: &str,
        #[query("label[]")] labels: &[&str],
        #[header("X-Trace")] trace: Option<std::rc::Rc<str>>,
    ) -> Result<Vec<T>>;

    #[put("/issues", idempotent, retry_on = "connect", reauth = "none")]
    async fn replace(&self, #[body] body: impl IntoIssue<T>) -> Result<T, Error>;

    #[request("PURGE", "/cache", auth = none, retry = decorrelated(1s, 3))]
    async fn r#type(&self) -> Result<()>;

    async fn both(&self) -> Result<()> {
        self.r#type().await?;
        self.r#type().await
    }

    fn name(&self) -> &str {
        "issues"
    }
}
