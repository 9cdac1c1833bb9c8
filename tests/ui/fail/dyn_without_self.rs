use reauth::api_client;

#[api_client(dyn)]
pub trait TodoApi {
    fn version() -> u32 {
        1
    }
}

fn main() {}
