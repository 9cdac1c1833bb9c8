use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo", auth = None)]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
