//! The promises of the crate, each a test that is named after it: `r13_…`, `s01_…`.
//!
//! Time is virtual wherever a promise is about time: then the API and the token server are a [`fake`] transport, since
//! a paused clock runs on while a socket waits. Everything else goes over real sockets.

// Each test says what it expects.
#![allow(clippy::unwrap_used)]

mod all_output;
mod api;
mod bodies;
mod calls;
mod clear;
mod composition;
mod crates;
mod documentation;
mod dpop;
mod engine;
mod errors;
mod evidence;
mod fake;
mod faults;
mod fixed;
mod guards;
mod kit;
mod large_bodies;
mod layers;
mod limits;
mod links;
mod oauth2;
mod operating;
mod over_http2;
mod pages;
mod problems;
mod rate_limits;
mod redirects;
mod refresh;
mod regressions;
mod responses;
mod retried;
mod schedules;
mod secrets;
mod seed;
mod shapes;
mod signed;
mod sockets;
mod sources;
mod streams;
mod telemetry;
mod tenants;
mod tokens;
mod whole_way;
mod wrappers;
