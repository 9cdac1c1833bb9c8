use reauth::api_client;

#[api_client(dyn)]
pub trait TodoApi {
    fn copy(&self) -> u8
    where
        Self: Clone,
    {
        1
    }
}

fn main() {}
