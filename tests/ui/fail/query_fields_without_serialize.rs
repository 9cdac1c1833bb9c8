use reauth::{api_client, Result};

pub struct Filter {
    pub done: bool,
}

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query(flatten)] filter: &Filter) -> Result<()>;
}

fn main() {}
