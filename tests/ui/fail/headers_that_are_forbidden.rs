use reauth::{api_client, Result};

#[api_client]
#[headers("Authorization: Bearer 123")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
