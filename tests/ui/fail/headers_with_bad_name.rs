use reauth::{api_client, Result};

#[api_client]
#[headers("Accept Language: de")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
