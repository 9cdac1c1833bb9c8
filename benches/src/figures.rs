//! What is measured, as the programs hand it to each other: one JSON document on standard output.

use serde::{Deserialize, Serialize};

/// What one call allocates, or one look into a cache.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Allocations {
    /// How often memory is asked for.
    pub count: f64,
    /// How much of it.
    pub bytes: f64,
}

/// What is held.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Memory {
    /// Bytes of a client that has sent one call and keeps its connection.
    pub client: f64,
    /// Bytes of a call that waits for its answer, with its connection.
    pub in_flight: f64,
}

/// One contender's calls, with so many at once: of each round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Speed {
    /// The contender.
    pub name: String,
    /// The rounds: all contenders take turns in each, so that those of one round can be compared.
    pub rounds: Vec<Round>,
}

/// One contender's calls in one round.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Round {
    /// Calls in a second.
    pub rate: f64,
    /// CPU time of a call, in microseconds.
    pub cpu: f64,
    /// Half of the calls took no longer, in microseconds.
    pub p50: f64,
    /// 99 of 100 calls took no longer, in microseconds.
    pub p99: f64,
}

/// Many calls at once that all need a token.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Herd {
    /// How many tokens were fetched.
    pub token_requests: u64,
    /// Calls that failed.
    pub failed: u64,
    /// How often the request was sent that was sent most often.
    pub most_sends: u64,
    /// How long all took.
    pub seconds: f64,
}

/// A herd without a token, and then one whose token was revoked.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Herds {
    /// No token yet.
    pub cold: Herd,
    /// All are answered 401.
    pub revoked: Herd,
}

/// What the server saw since it was last asked.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    /// Tokens issued.
    pub token_requests: u64,
    /// How often the same todo was asked for, at most.
    pub most_sends: u64,
    /// Calls that wait for an answer now.
    pub held: u64,
}
