//! The attribute of [`reauth`](https://docs.rs/reauth): annotate a trait, get a typed HTTP client.
//!
//! Use it through `reauth`, which re-exports it and holds what it expands to.
//!
//! One trait passes through the modules in this order: `input` reads the item, `attr` and `keys` the attributes, `ast`
//! the members; `grammar` holds the small languages inside the values. `check` and `placement` compare all of it and
//! make the `model`, which `expand` prints. Each leaves its complaints in `diagnostics`.

mod ast;
mod attr;
mod check;
mod diagnostics;
mod expand;
#[cfg(test)]
mod golden;
mod grammar;
mod input;
mod keys;
mod model;
mod placement;

use diagnostics::Diagnostics;
use proc_macro2::TokenStream;
use quote::quote;

/// Makes a typed HTTP client of a trait.
///
/// ```ignore
/// #[api_client(auth = "auth0", audience = "https://todo.example.com", retry = "constant(100ms,3)")]
/// pub trait TodoApi {
///     /// One todo; `None` where there is none with this id.
///     #[get("/todo/{id}")]
///     async fn todo(&self, id: &str) -> Result<Option<Todo>>;
///
///     #[post("/todo", idempotency_key)]
///     async fn add(&self, #[body] todo: &NewTodo<'_>) -> Result<Todo>;
/// }
/// ```
///
/// The trait stays a trait, which a test implements by hand; beside it stands `TodoApiClient`, which
/// implements it over HTTP.
///
/// # Keys
///
/// On the trait, or on a method's verb, which wins:
///
/// | key | values | default |
/// | --- | --- | --- |
/// | `auth` | `"none"`, `"auth0"`; on a method only `"none"` | `"none"` |
/// | `retry` | `"none"`, `"constant(100ms,3)"`, `"linear(…)"`, `"exponential(…)"`, `"fibonacci(…)"`, `"decorrelated(…)"`; then `max = 10s`, `factor = 2`, `jitter = full`, `equal` or `none` | `"none"` |
/// | `retry_on` | `transient`, `connect`, `timeout`, `5xx`, status codes, as `"transient, 404"` | `"transient"` |
/// | `reauth` | `"once"`, `"none"`, or a schedule as in `retry` | `"once"` |
/// | `timeout` | the whole call, as `"30s"` | 30 s |
/// | `attempt_timeout` | one attempt until its response head, as `"10s"` | 10 s |
///
/// Only on the trait: `audience`, `scope`, `base_url`, `client = "Name"` (the client's name) and
/// `crate = "…"` (the path of `reauth`). Only on a method: `idempotent` and `idempotency_key`, which may
/// name its header. The quotes may be left out of schedules, lists, durations, names and paths.
///
/// # Verbs
///
/// `#[get]`, `#[head]`, `#[post]`, `#[put]`, `#[patch]`, `#[delete]`, `#[options]`, each with a path, and
/// `#[request("PURGE", "/path")]`.
///
/// # Arguments
///
/// One that the path names as `{id}`, or that is marked `#[path("id")]`, is sent as a percent-encoded
/// segment or a part of one; `#[query]` and `#[query("name")]`, `#[header("X-Name")]`, and `#[body]` say
/// otherwise.
#[proc_macro_attribute]
pub fn api_client(keys: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    client(keys.into(), &item.into()).into()
}

/// The whole way from the attribute to the expansion, with all complaints beside it.
fn client(keys: TokenStream, item: &TokenStream) -> TokenStream {
    let mut mistakes = Diagnostics::default();
    let keys = keys::read(attr::arguments(keys), keys::Level::Trait, &mut mistakes);
    let Some(mut annotated) = input::read(item.clone(), &mut mistakes) else {
        return quote!(#mistakes #item);
    };
    let members = ast::members(&mut annotated, &mut mistakes);
    let api = check::api(&annotated, keys, members, &mut mistakes);
    let expansion = expand::api(&mut annotated, &api);
    let mistakes = mistakes.in_source_order();
    quote!(#mistakes #expansion)
}
