use reauth::{api_client, Result};

#[derive(serde::Serialize)]
pub struct NewTodo<'a> {
    pub description: &'a str,
}

#[api_client(dyn)]
pub trait TodoApi {
    #[post("/todo")]
    async fn add(&self, #[body] todo: NewTodo) -> Result<()>;
}

fn main() {}
