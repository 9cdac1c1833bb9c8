use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/<id>")]
    async fn todo(&self, id: &str) -> Result<()>;
}

fn main() {}
