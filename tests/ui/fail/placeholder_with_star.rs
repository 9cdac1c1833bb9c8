use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/*rest")]
    async fn todos(&self, rest: &str) -> Result<()>;
}

fn main() {}
