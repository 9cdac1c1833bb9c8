use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;

    async fn twice(&self) -> Result<()> {
        let count = std::rc::Rc::new(1);
        self.todos().await?;
        drop(count);
        self.todos().await
    }
}

fn main() {}
