//! What a network may do, on real sockets: a [`proxy`] of ours stands in front of the token server and of the Todo API of
//! the examples, and gives each connection its [`fate`]. It resets and ends connections behind any byte of a request or a
//! response, half-closes, delays, swallows and floods them, refuses them, or answers in the server's place.
//!
//! A schedule is what becomes of the connections under the todo scenario: add with a key and without, list, get, replace,
//! remove, health; and at some step the key of the tokens changes. A [`world`] is a client, its two servers and forty
//! schedules, one after another. In each of them every call ends in time, with a right answer or a clear error (R23),
//! nothing is done twice (R25), an attempt after a 401 carries another token (R15, R26), and each origin is told its own
//! secrets and nobody else's (S2, S3, S13). When the faults end the same client works again (R19).
//!
//! Time is real here. So limits are short, and *in time* means: not much later than the limit, on a machine with other
//! things to do. A seed says what is done to each connection of a world, but not in which order threads come to it:
//! `REAUTH_SEED=42 cargo test -p reauth-tests --test promises sockets` runs one again, as nearly as that can be done.
//!
//! No chance is in what stands beside the schedules. [`truncated`] cuts each kind of response behind every byte;
//! [`silent`] lets each connection fall silent where nothing but the deadline ends the call; [`unasked`] says more on a
//! connection than anybody asked for.

mod api;
mod fate;
mod observed;
mod port;
mod proxy;
mod relay;
mod schedules;
mod silent;
mod truncated;
mod unasked;
mod world;
