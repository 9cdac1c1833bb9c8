use reauth::{api_client};

#[api_client(auth = "auth0")]
pub struct TodoApi;

fn main() {}
