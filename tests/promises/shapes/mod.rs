//! Four APIs that everybody knows, each as a trait, run against a server that shows what goes over the wire.
//!
//! Nothing here leaves the trait: no request is built by hand and no body is read by hand. What arrives is compared byte
//! for byte with HTTP as it stands in a text beside each test ([`wire`]).
//!
//! * [`github`]: pages by `Link`, media types of its own on a trait and on one method, a path of many segments, 304, 404 and
//!   422 with GitHub's own words as a type, two traits over one connection and one token, links that the server gave.
//! * [`stripe`]: forms with nested names, an idempotency key that is the same on each attempt, pages by a cursor in the
//!   body, a header that never changes, errors in an envelope.
//! * [`auth0_management`]: the `auth0` credential with its audience, queries that may be left out, ids with characters
//!   that mean something to a URL, rate limits as headers of a success and of a failure, pages that are counted, a token
//!   that is revoked between two of them.
//! * [`chat`]: an answer that comes event by event and ends, breaks, or goes on later; errors before it and inside it; a
//!   file from disk; an export of one record to a line; the same service behind `dyn`.

mod answer;
mod auth0_management;
mod chat;
mod github;
mod stripe;
mod wire;
