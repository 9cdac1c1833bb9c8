use reauth::{api_client, Result};

#[api_client(dyn)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(
        &self,
        #[cfg(all())]
        #[query]
        page: u32,
    ) -> Result<()>;
}

fn main() {}
