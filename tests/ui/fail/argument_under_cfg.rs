use reauth::{api_client, Result};

#[api_client(dyn)]
#[headers("Accept: application/json")]
pub trait TodoApi {
    #[post("/todo")]
    async fn add(
        &self,
        #[cfg(unix)]
        #[body]
        todo: &str,
        #[cfg(not(unix))]
        #[body]
        todo: &[u8],
        #[cfg(any())]
        #[header("Accept")]
        accept: &str,
    ) -> Result<()>;
}

fn main() {}
