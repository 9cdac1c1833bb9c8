use reauth::api_client;

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> impl Iterator<Item = u8>;
}

fn main() {}
