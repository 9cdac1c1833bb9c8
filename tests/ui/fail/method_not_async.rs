use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    fn todos(&self) -> Result<()>;
}

fn main() {}
