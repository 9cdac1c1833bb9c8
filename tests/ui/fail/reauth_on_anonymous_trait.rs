use reauth::{api_client, Result};

#[api_client(auth = none, reauth = constant(100ms, 2))]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
