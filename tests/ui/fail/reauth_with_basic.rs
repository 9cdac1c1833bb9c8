use reauth::{api_client, Result};

#[api_client(auth = "basic", reauth = "once")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
