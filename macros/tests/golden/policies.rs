#[api_client(auth = "auth0")]
pub trait Policies {
    #[get("/plain")]
    async fn plain(&self) -> Result<()>;

    #[get("/anonymous", auth = "none", timeout = "1500ms")]
    async fn anonymous(&self) -> Result<()>;

    #[get("/final", reauth = "none")]
    async fn r#final(&self) -> Result<()>;

    #[get("/constant", retry = "constant(100ms,3)")]
    async fn constant(&self) -> Result<()>;

    #[get("/once", retry = "constant(0s,1)", reauth = "constant(1s,2)")]
    async fn once(&self) -> Result<()>;

    #[get("/long", retry = "constant(2m,2)", timeout = "1h")]
    async fn long(&self) -> Result<()>;

    #[head("/linear", retry = "linear(40s,3)", timeout = "10m", reauth = "none")]
    async fn linear(&self) -> Result<()>;

    #[put("/fibonacci", retry = "fibonacci(100ms,6)", auth = "none")]
    async fn fibonacci(&self) -> Result<()>;

    #[delete("/exponential", retry = "exponential(100ms,4)")]
    async fn exponential(&self) -> Result<()>;

    #[options("/factor", retry = "exponential(100ms,4,factor=3,jitter=equal)")]
    async fn factor(&self) -> Result<()>;

    #[request("TRACE", "/capped", retry = "exponential(1s,30,max=5s,jitter=none)")]
    async fn capped(&self) -> Result<()>;

    #[get("/decorrelated", retry = "decorrelated(1s,3)")]
    async fn decorrelated(&self) -> Result<()>;

    #[post("/post", retry = "constant(100ms,3,jitter=full)")]
    async fn post(&self) -> Result<()>;

    #[patch("/patch", retry = "constant(100ms,3)")]
    async fn patch(&self) -> Result<()>;

    #[request("PURGE", "/purge", retry = "constant(100ms,3)")]
    async fn purge(&self) -> Result<()>;

    #[post("/idempotent", idempotent, retry = "constant(100ms,3)")]
    async fn idempotent(&self) -> Result<()>;

    #[post("/key", idempotency_key, retry = "constant(100ms,3)")]
    async fn key(&self) -> Result<()>;
}
