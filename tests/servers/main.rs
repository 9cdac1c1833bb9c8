//! Against servers that nobody here wrote: an `OpenID` provider, gateways, a service that tells what came, and a store.
//!
//! `bash tests/servers/setup.sh` installs them, `cargo test -p reauth-tests --features redis --test servers` runs this. It installs
//! nothing, goes nowhere but to loopback, and fails where a server is missing. What the promises say is tested with the
//! kit and in virtual time (`promises/`); here is whether others understand the standards as we do.
//!
//! Each test has a [`server`] of its own, and says what that server saw. Time is real: tests wait for something to
//! happen, up to a limit, and not for a time to pass.

// Each test says what it expects.
#![allow(clippy::unwrap_used)]

mod fleet;
mod gateways;
mod httpbin;
mod installed;
mod oidc;
mod server;
