use reauth::{api_client, Result};

#[api_client(connect_timeout = "5s", retry_budget = "20%")]
pub trait TodoApi {
    #[get("/todo", read_timeout = "60s")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
