use reauth::api_client;

#[api_client(dyn)]
pub trait TodoApi {
    fn all(&self) -> impl Iterator<Item = u8> {
        std::iter::empty()
    }
}

fn main() {}
