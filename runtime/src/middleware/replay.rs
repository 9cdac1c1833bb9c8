//! How a body is had once more: what a service's own type of body allows.

use http_body::Body;

/// Gives a request's body once more, before the first is sent, or says that there is none: then a request that was
/// answered 401 is not sent again, and the next one has the newer token.
///
/// [`Cloned`] and [`IfEmpty`] are there, and a function is one too:
/// [`replay_with`](super::AuthorizationLayer::replay_with).
pub trait Replay<B> {
    /// A body that is sent as `body` is.
    fn replay(&self, body: &B) -> Option<B>;
}

/// No request is sent twice, whatever its body: nothing is kept of it. For bodies that are streams, as tonic's are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Once;

/// Every request can be sent twice: a body is cloned, which costs next to nothing for one of `Bytes`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cloned;

/// A request without a body can be sent twice, as a GET; any other is sent once.
#[derive(Clone, Copy, Debug, Default)]
pub struct IfEmpty;

impl<B> Replay<B> for Once {
    fn replay(&self, _: &B) -> Option<B> {
        None
    }
}

impl<B: Clone> Replay<B> for Cloned {
    fn replay(&self, body: &B) -> Option<B> {
        Some(body.clone())
    }
}

impl<B: Body + Default> Replay<B> for IfEmpty {
    fn replay(&self, body: &B) -> Option<B> {
        let empty = B::default();
        (body.is_end_stream() && empty.is_end_stream()).then_some(empty)
    }
}

impl<B, F: Fn(&B) -> Option<B>> Replay<B> for F {
    fn replay(&self, body: &B) -> Option<B> {
        self(body)
    }
}
