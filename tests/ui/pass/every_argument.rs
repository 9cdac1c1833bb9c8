//! Every place that an argument can have, and headers that never change.
#![deny(warnings)]

use std::collections::BTreeMap;

use reauth::{ByteStream, Form, Multipart, Raw, Response, Result, Text, api_client};
use serde::Serialize;

#[derive(Serialize)]
pub struct Filter<'a> {
    tag: &'a str,
    done: Option<bool>,
}

#[api_client(auth = "auth0", retry = "constant(100ms,3)", retry_on = "transient, 404")]
#[headers("Accept: application/vnd.github+json", "X-Api-Version: 2022-11-28")]
pub trait Everything {
    #[get("/repos/{owner}/v{major}/{*path}?ref=main")]
    async fn path(&self, owner: &str, major: u8, path: &str) -> Result<Response<Raw>>;

    #[get("/{*rest}")]
    async fn other_name(&self, #[path("rest")] path: std::fmt::Arguments<'_>) -> Result<()>;

    #[get("/search")]
    async fn query(
        &self,
        #[query] tag: &str,
        #[query("page[size]")] size: Option<u32>,
        #[query] label: &[&str],
        #[query] filter: &Filter<'_>,
        #[query(flatten)] own: Filter<'_>,
        #[query(flatten)] map: &BTreeMap<String, u8>,
    ) -> Result<Response<Text>>;

    #[post("/upload")]
    #[headers("accept: */*", "Content-Type: text/csv")]
    async fn upload(&self, #[header("X-Api-Version")] version: &str, #[body] stream: ByteStream) -> Result<ByteStream>;

    #[post("/form")]
    async fn form(&self, #[body] filter: Form<&Filter<'_>>) -> Result<()>;

    #[post("/parts")]
    async fn parts(&self, #[body] parts: Multipart) -> Result<()>;

    #[post("/raw")]
    async fn raw(&self, #[body] bytes: Raw) -> Result<()>;

    #[get]
    async fn link(&self, #[url] link: &str) -> Result<Text>;

    #[get()]
    #[headers("Range: bytes=0-")]
    async fn owned(&self, #[url] link: String, #[query] page: u8, #[header("X-A")] a: u8) -> Result<Text>;

    #[put(auth = none, timeout = 2s)]
    async fn anywhere(&self, #[url] link: &reauth::reqwest::Url, #[body] text: Text) -> Result<()>;

    #[request("PURGE")]
    async fn purge(&self, #[url] r#type: &str) -> Result<()>;

    #[request("PURGE", idempotent)]
    async fn purge_again(&self, #[url] link: &str) -> Result<()>;
}

fn main() {
    let endpoint = |name: &str| {
        let mut endpoints = EverythingClient::ENDPOINTS.iter();
        endpoints.find(|endpoint| endpoint.name().ends_with(name)).copied().unwrap()
    };
    assert_eq!(endpoint("::path").to_string(), "GET /repos/{owner}/v{major}/{*path}?ref=main");
    assert_eq!(endpoint("::link").to_string(), "GET {link}");
    assert_eq!(endpoint("::purge").to_string(), "PURGE {type}");
    assert!(!endpoint("::anywhere").is_authorized());
}
