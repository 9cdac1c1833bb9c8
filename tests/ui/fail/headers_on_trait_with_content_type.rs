use reauth::{api_client, Multipart, Result};

#[api_client]
#[headers("Content-Type: application/json")]
pub trait TodoApi {
    #[post("/todo")]
    async fn attach(&self, #[body] file: Multipart) -> Result<()>;
}

fn main() {}
