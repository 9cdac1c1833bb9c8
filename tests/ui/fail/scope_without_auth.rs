use reauth::{api_client, Result};

#[api_client(auth = "none", scope = "todo:read")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
