use reauth::{api_client, Result};

#[api_client(dyn, client = "DynTodoApi")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
