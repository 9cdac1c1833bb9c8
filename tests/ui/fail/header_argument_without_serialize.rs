use reauth::{api_client, Result};

pub struct Trace;

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[header("X-Trace")] trace: &std::cell::Cell<Trace>) -> Result<()>;
}

fn main() {}
