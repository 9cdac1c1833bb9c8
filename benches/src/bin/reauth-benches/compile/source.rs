//! The crates that are compiled: a Todo API with one method and with many, as users of either library write it.

/// With what.
#[derive(Clone, Copy, Debug)]
pub(super) enum Library {
    Raw,
    Reauth,
}

/// How many methods the larger one has.
pub(super) const MANY: u32 = 50;

const TODO: &str = r"
#[derive(Debug, serde::Deserialize)]
pub struct Todo {
    pub id: String,
    pub description: String,
    pub completed: bool,
}
";

impl Library {
    /// For a folder.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Reauth => "reauth",
        }
    }

    /// What stands in `Cargo.toml` beside serde and tokio, with reauth's crate in this folder.
    pub(super) fn dependency(self, runtime: &str) -> String {
        match self {
            Self::Raw => {
                r#"reqwest = { version = "0.13", default-features = false, features = ["http2", "json", "rustls"] }"#
                    .to_owned()
            }
            Self::Reauth => format!("reauth = {{ path = {runtime:?} }}"),
        }
    }

    /// A program that calls each of so many methods. Another edit is another path.
    pub(super) fn program(self, methods: u32, edit: &str) -> String {
        let all = |one: &dyn Fn(u32) -> String| (0..methods).map(one).collect::<String>();
        let path = |n| {
            if n == 0 {
                format!("todo0{edit}")
            } else {
                format!("todo{n}")
            }
        };
        let calls = all(&|n| format!("    println!(\"{{:?}}\", api.todo{n}(\"42\").await?);\n"));
        match self {
            Self::Raw => {
                let methods = all(&|n| {
                    let path = path(n);
                    format!(
                        r#"
    /// A todo.
    pub async fn todo{n}(&self, id: &str) -> reqwest::Result<Todo> {{
        self.http
            .get(format!("{{}}/{path}/{{id}}", self.url))
            .header("authorization", &self.authorization)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }}
"#
                    )
                });
                format!(
                    r#"{TODO}
pub struct TodoApi {{
    http: reqwest::Client,
    url: String,
    authorization: String,
}}

impl TodoApi {{{methods}}}

#[tokio::main]
async fn main() -> reqwest::Result<()> {{
    let api = TodoApi {{
        http: reqwest::Client::new(),
        url: "https://todo.example.com".to_owned(),
        authorization: "Bearer token".to_owned(),
    }};
{calls}    Ok(())
}}
"#
                )
            }
            Self::Reauth => {
                let methods = all(&|n| {
                    let path = path(n);
                    format!(
                        r#"
    /// A todo.
    #[get("/{path}/{{id}}")]
    async fn todo{n}(&self, id: &str) -> Result<Todo>;
"#
                    )
                });
                format!(
                    r#"use reauth::{{Auth0, Result, api_client}};
{TODO}
#[api_client(auth = "auth0", retry = "constant(100ms,3)")]
pub trait TodoApi {{{methods}}}

#[tokio::main]
async fn main() -> Result<()> {{
    let auth0 = Auth0::new("https://example.eu.auth0.com", "id", "secret");
    let api = TodoApiClient::new("https://todo.example.com", auth0)?;
{calls}    Ok(())
}}
"#
                )
            }
        }
    }
}
