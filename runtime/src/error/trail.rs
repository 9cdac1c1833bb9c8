//! What a call knew when its last response came.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{Carried, Credential, Error, History, Kind, Received};
use crate::endpoint::Endpoint;

/// Everything that an error about a response keeps, but for the body.
///
/// It outlives the response where the body is a stream, so that a stream which breaks off after an hour still says
/// whose it was.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    pub(crate) endpoint: &'static Endpoint,
    /// With the attempt that the response answers.
    pub(crate) history: History,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// What the request carried, to be blotted out where the server repeats it.
    pub(crate) carried: Option<Carried>,
}

impl Trail {
    /// The error with all of this in it, but for the credential.
    #[cold]
    pub(crate) fn fail(self, kind: Kind, body: Bytes) -> Error {
        let credential = Credential::of(self.carried.as_ref());
        let received = Received {
            status: self.status,
            headers: credential.blotted_from_headers(&self.headers),
            body: credential.blotted_from(body),
        };
        Error::call(
            self.endpoint,
            credential.blotted_from_kind(kind),
            self.history,
            Some(received),
        )
    }
}
