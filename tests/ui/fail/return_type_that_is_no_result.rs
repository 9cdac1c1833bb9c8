use reauth::{api_client};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Vec<String>;
}

fn main() {}
