use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    fn todos<'life0, 'async_trait>(
        &'life0 self,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait;
}

fn main() {}
