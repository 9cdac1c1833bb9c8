use reauth::{api_client, Result};

#[api_client(auth = api_key(X.Api:Key))]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
