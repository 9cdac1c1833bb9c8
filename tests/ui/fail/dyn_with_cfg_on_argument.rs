use reauth::{api_client, Result};

#[api_client(dyn)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query] page: u32) -> Result<()>;

    async fn first(&self, #[cfg(all())] page: u32) -> Result<()> {
        self.todos(page).await
    }
}

fn main() {}
