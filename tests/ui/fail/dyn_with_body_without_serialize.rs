use reauth::{api_client, Result};

pub struct NewTodo;

#[api_client(dyn)]
pub trait TodoApi {
    #[post("/todo")]
    async fn add(&self, #[body] todo: NewTodo) -> Result<()>;
}

fn main() {}
