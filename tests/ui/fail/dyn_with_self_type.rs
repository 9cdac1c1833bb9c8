use reauth::api_client;

#[api_client(dyn)]
pub trait TodoApi {
    fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

fn main() {}
