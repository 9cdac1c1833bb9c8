use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get(TODOS)]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
