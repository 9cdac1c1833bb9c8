use reauth::{api_client};

#[api_client]
pub trait TodoApi {
    #[delete("/todo")]
    async fn clear(&self);
}

fn main() {}
