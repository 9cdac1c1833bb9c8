use reauth::{api_client, Result};

#[api_client(auth = kerberos)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
