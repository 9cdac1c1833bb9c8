use reauth::{api_client, Result};

pub struct Todo;

#[api_client]
pub trait TodoApi {
    #[post("/todo")]
    async fn add(&self, #[body] todo: &Todo) -> Result<()>;
}

fn main() {}
