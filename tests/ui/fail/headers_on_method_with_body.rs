use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[headers("Accept: text/plain")]
    async fn twice(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {}
