//! From the type that a method returns to the calls that it takes: one for most types.

use std::pin::pin;

use super::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::request::RequestParts;
use crate::response::{FromResponse, MethodError, decode};

/// What a method's return type must be: a `Result`, by whatever name.
#[diagnostic::on_unimplemented(
    message = "a method cannot return `{Self}`",
    label = "write `Result<{Self}>`",
    note = "every call can fail: return `reauth::Result<T>`, or `Result<T, E>` where `E: From<reauth::Error>`"
)]
pub trait ReturnType: Sized {
    /// Makes the calls.
    #[doc(hidden)]
    fn from_exchange(exchange: Exchange<'_>) -> impl Future<Output = Self> + Send;
}

impl<T: Returned, E: MethodError> ReturnType for Result<T, E> {
    async fn from_exchange(exchange: Exchange<'_>) -> Self {
        T::from_exchange(exchange).await.map_err(E::from)
    }
}

/// What can be the `T` of `Result<T>`: what one response decodes to, or what makes further calls.
#[diagnostic::on_unimplemented(
    message = "a method cannot return `{Self}`",
    label = "cannot be read from a response",
    note = "a response is read as JSON: derive `serde::Deserialize` for `{Self}`, or for the type inside it",
    note = "another format is a type of its own, as `reauth::Text`, which implements `reauth::FromResponse`; inside an \
            `Option` there is only JSON",
    note = "`reauth::Pages<P, R>` takes an `R` that is `reauth::Paging<P>`: `LinkHeader` fits every page, `PageNumber` a `Vec`"
)]
pub trait Returned: Sized {
    /// Makes the calls.
    #[doc(hidden)]
    fn from_exchange(exchange: Exchange<'_>) -> impl Future<Output = Result<Self, Error>> + Send;
}

#[diagnostic::do_not_recommend]
impl<T: FromResponse> Returned for T {
    async fn from_exchange(exchange: Exchange<'_>) -> Result<Self, Error> {
        let request = exchange.request?;
        let span = exchange.client.span(exchange.endpoint, &request);
        let call = async {
            let mut response = exchange.client.call(exchange.endpoint, &request)?.run().await?;
            decode(&mut response).await
        };
        span.watch(pin!(call)).await
    }
}

/// One request on its way, or the argument that keeps it from being sent.
#[derive(Debug)]
pub struct Exchange<'a> {
    pub(crate) client: &'a Client,
    pub(crate) endpoint: &'static Endpoint,
    /// In a box, as a call's future is moved some times before it starts.
    pub(crate) request: Result<Box<RequestParts>, Error>,
}
