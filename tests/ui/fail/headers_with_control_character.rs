use reauth::{api_client, Result};

#[api_client]
#[headers("X-Client: a\nX-Admin: b")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
