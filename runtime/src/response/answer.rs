//! What the call loop ends with where the server answered.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::{Instant, timeout_at};

use super::RawResponse;
use crate::endpoint::Endpoint;
use crate::error::{Error, History, Kind, Received};

/// The last response, its body unread, and how the call went.
#[derive(Debug)]
pub struct Answer {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) response: RawResponse,
    pub(crate) history: History,
    pub(crate) deadline: Instant,
    pub(crate) timeout: Duration,
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
        let timeout = self.timeout;
        self.fail(Kind::Deadline(timeout))
    }

    /// An error with all of this in it.
    #[cold]
    pub(super) fn fail(mut self, kind: Kind) -> Error {
        let received = Received {
            status: self.response.status(),
            headers: self.response.headers().clone(),
            body: without_credential(self.response.so_far(), self.authorization.as_ref()),
        };
        Error::call(self.endpoint, kind, self.history, Some(received))
    }
}

/// `body` with each copy of the credential (what follows the scheme in `Authorization`) blotted out.
fn without_credential(body: Bytes, authorization: Option<&HeaderValue>) -> Bytes {
    const BLOT: &[u8] = b"[credential]";
    let Some(header) = authorization.map(HeaderValue::as_bytes) else {
        return body;
    };
    let credential = header.splitn(2, |&byte| byte == b' ').last().unwrap_or(header);
    if credential.is_empty() || !body.windows(credential.len()).any(|window| window == credential) {
        return body;
    }
    let mut clean = Vec::with_capacity(body.len());
    let mut rest = &*body;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(credential) {
            clean.extend_from_slice(BLOT);
            rest = after;
        } else {
            clean.push(rest[0]);
            rest = &rest[1..];
        }
    }
    clean.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s09_a_body_that_repeats_the_credential_is_kept_without_it() {
        let header = HeaderValue::from_static("Bearer abc.def");
        let clean = |body: &'static str| without_credential(body.into(), Some(&header));
        assert_eq!(
            clean("you sent abc.def, abc.def!"),
            "you sent [credential], [credential]!"
        );
        assert_eq!(clean("you sent something"), "you sent something");
        assert_eq!(without_credential("abc.def".into(), None), "abc.def");
    }
}
