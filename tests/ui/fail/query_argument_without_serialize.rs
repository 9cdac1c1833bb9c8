use reauth::{api_client, Result};

pub struct Filter;

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query] filter: Filter) -> Result<()>;
}

fn main() {}
