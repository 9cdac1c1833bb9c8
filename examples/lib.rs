//! The Todo API of the examples, from both ends: [`api`] is the client's, [`TodoServer`] a real HTTP server on loopback
//! that really checks its tokens.
//!
//! The program `todo` goes through the scenario of the README, and the integration tests break it on purpose: both
//! start a [`TodoServer`] beside a [`TokenServer`](reauth::testing::TokenServer), and both read its
//! [log](TodoServer::log).
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /todo`, `?completed=true` or `false` | 200 and a list |
//! | `GET /todo/{id}` | 200, or 404 |
//! | `POST /todo` with a [`NewTodo`] | 201, the todo and its `Location`; repeated where `Idempotency-Key` repeats |
//! | `PUT /todo/{id}` with a [`NewTodo`] | 200 and the todo, or 404 |
//! | `DELETE /todo/{id}` | 204, or 404 |
//! | `GET /health` | 200 and `ok`, without a token |
//!
//! Errors are problem details (RFC 9457); 401 and 403 say in `WWW-Authenticate` what was wrong with
//! the token.

pub mod api;
mod log;
mod model;
mod problem;
mod server;
mod spans;
mod store;

pub use log::Seen;
pub use model::{NewTodo, Todo};
pub use server::TodoServer;
pub use spans::{Node, Spans};

/// The audience that a token for the Todo API must name.
pub const AUDIENCE: &str = "https://todo.example.com";

/// The scope that the Todo API asks for.
pub const SCOPE: &str = "todo:read-write";
