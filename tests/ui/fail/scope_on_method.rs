use reauth::{api_client, Result};

#[api_client(auth = "auth0")]
pub trait TodoApi {
    #[get("/todo", scope = "read")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
