use reauth::api_client;

#[derive(Debug)]
pub struct MyError;

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<Vec<String>, MyError>;
}

fn main() {}
