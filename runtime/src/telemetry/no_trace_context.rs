//! What stands for trace context without the feature `trace-context`: nothing.

use http::HeaderMap;

use crate::endpoint::Endpoint;

pub(crate) fn propagate(_: &Endpoint, _: &mut HeaderMap) {}
