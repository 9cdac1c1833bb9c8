use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    async fn twice(&self, #[query] page: u32) -> Result<()> {
        let _ = page;
        Ok(())
    }
}

fn main() {}
