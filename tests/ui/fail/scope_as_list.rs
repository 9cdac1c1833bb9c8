use reauth::{api_client, Result};

#[api_client(auth = auth0, scope = ["todo:read", "todo:write"])]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
