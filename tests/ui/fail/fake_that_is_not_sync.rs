use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

pub struct Fake(std::cell::Cell<u8>);

impl TodoApi for Fake {
    async fn todos(&self) -> Result<()> {
        self.0.set(1);
        Ok(())
    }
}

fn main() {}
