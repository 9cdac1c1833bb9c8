#[api_client(
    auth = "auth0",
    retry = "constant(100ms,3)",
    circuit_breaker = "10%, 100/30s, 5s",
    concurrency = 100,
    rate = "50/s"
)]
#[allow(dead_code)]
trait Documented {
    /// A sentence of the user's.
    #[get("/constant")]
    async fn constant(&self) -> Result<()>;

    #[get("/none", auth = "none", retry = "none", timeout = "2s")]
    async fn none(&self) -> Result<()>;

    #[post("/final", reauth = "none", retry = "none")]
    async fn unauthorized_is_final(&self) -> Result<()>;

    #[post("/unsafe", retry = "constant(0s,1)")]
    async fn not_idempotent(&self) -> Result<()>;

    #[post("/keyed", retry = "linear(300ms,5)", idempotency_key)]
    async fn keyed(&self) -> Result<()>;

    #[get("/linear", retry = "linear(40s,3)", timeout = "5m")]
    async fn linear(&self) -> Result<()>;

    #[get("/exponential", retry = "exponential(100ms,4)", reauth = "constant(1s,2)")]
    async fn exponential(&self) -> Result<()>;

    #[put("/capped", retry = "exponential(50ms, 6, max = 1s, factor = 3, jitter = equal)")]
    async fn capped(&self) -> Result<()>;

    #[delete("/whole", retry = "exponential(100ms, 3, jitter = none)")]
    async fn whole(&self) -> Result<()>;

    #[get("/fibonacci", retry = "fibonacci(100ms,7)")]
    async fn fibonacci(&self) -> Result<()>;

    #[get("/decorrelated", retry = "decorrelated(1s,5)")]
    async fn decorrelated(&self) -> Result<()>;

    #[get("/minutes", retry = "decorrelated(10s, 5, max = 2m)", timeout = "1h", reauth = "fibonacci(100ms,4)")]
    async fn minutes(&self) -> Result<()>;

    #[get("/hour", retry = "constant(2m,2)", timeout = "1h")]
    async fn longer_than_the_default_cap(&self) -> Result<()>;

    #[head("/head")]
    async fn head(&self) -> Result<()>;

    #[options("/options")]
    async fn options(&self) -> Result<()>;

    #[request("TRACE", "/trace")]
    async fn trace(&self) -> Result<()>;

    #[patch("/patch")]
    async fn patch(&self) -> Result<()>;

    #[patch("/patch/twice", idempotent)]
    async fn patch_twice(&self) -> Result<()>;

    #[request("PURGE", "/purge")]
    async fn purge(&self) -> Result<()>;

    #[get("/hedged", hedge = "2s")]
    async fn hedged(&self) -> Result<()>;

    #[post("/hedged/once", hedge = "50ms", retry = "none", auth = "none", idempotency_key)]
    async fn hedged_once(&self) -> Result<()>;
}
