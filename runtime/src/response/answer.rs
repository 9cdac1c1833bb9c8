//! What the call loop ends with where the server answered.

use http::HeaderValue;
use tokio::time::{Instant, timeout_at};

use super::RawResponse;
use crate::endpoint::Endpoint;
use crate::error::{Attempt, Credential, Error, History, Kind, Received};

/// The last response, its body unread, and how the call went.
#[derive(Debug)]
pub struct Answer {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) response: RawResponse,
    /// How the call went before this response.
    pub(crate) history: History,
    /// The attempt that it answers.
    pub(crate) last: Attempt,
    pub(crate) deadline: Instant,
    /// What the request carried, to be blotted out where the server repeats it.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Answer {
    /// Runs `read` on the response; `None` where the call's deadline passes first.
    pub(super) async fn in_time<'a, T, F: Future<Output = T>>(
        &'a mut self,
        read: impl FnOnce(&'a mut RawResponse) -> F,
    ) -> Option<T> {
        timeout_at(self.deadline, read(&mut self.response)).await.ok()
    }

    pub(super) fn deadline_passed(self) -> Error {
        let limit = self.endpoint.timeout();
        self.fail(Kind::Deadline {
            limit,
            waiting_for: None,
        })
    }

    /// An error with all of this in it, but for the credential.
    #[cold]
    pub(super) fn fail(mut self, kind: Kind) -> Error {
        let credential = Credential::of(self.authorization.as_ref());
        let received = Received {
            status: self.response.status(),
            headers: credential.blotted_from_headers(self.response.headers()),
            body: credential.blotted_from(self.response.so_far()),
        };
        self.history.attempts.push(self.last);
        Error::call(
            self.endpoint,
            credential.blotted_from_kind(kind),
            self.history,
            Some(received),
        )
    }
}
