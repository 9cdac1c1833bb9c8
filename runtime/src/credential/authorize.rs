//! What a client can be built with: the credentials here, and any that a user writes.

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use reqwest::Request;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::cache::LOAD_TIMEOUT;
use super::{Problems, Tokens};
use crate::call::{Authorized, Authorizer, Authorizing, Rejection};
use crate::endpoint::Api;
use crate::error::{BoxError, Carried, TokenError, after_scheme};

/// What authorizes requests: [`Auth0`](crate::Auth0) and the other credentials here, or one of yours for a scheme that
/// none of them has.
///
/// Each attempt of a call is authorized anew, when the request is finished otherwise: method, URL, headers and body are
/// what is sent. So a signature covers all of them, and one with a date in it is never stale. (With the feature
/// `trace-context`, `traceparent` comes after it: leave that one out.) (Only an
/// [`AuthorizationLayer`](crate::middleware::AuthorizationLayer) cannot show the body.)
///
/// Where requests carry a *token* that is fetched and expires, implement [`TokenSource`](crate::TokenSource) instead:
/// then [`Cached`](crate::Cached) sees to it that it is fetched once for everybody, and renewed.
///
/// ```
/// use aws_lc_rs::hmac;
/// use base64::{Engine, prelude::BASE64_STANDARD};
/// use reauth::http::HeaderValue;
/// use reauth::{Authorize, BoxError, api_client, reqwest};
///
/// /// `Authorization: HMAC {key id}:{signature of method, path and date}`
/// pub struct Signed { key_id: String, key: hmac::Key }
///
/// impl Authorize for Signed {
///     async fn authorize(&self, request: &mut reqwest::Request) -> Result<(), BoxError> {
///         let date = httpdate::fmt_http_date(std::time::SystemTime::now());
///         let message = format!("{}\n{}\n{date}", request.method(), request.url().path());
///         let signature = BASE64_STANDARD.encode(hmac::sign(&self.key, message.as_bytes()));
///         let mut authorization = HeaderValue::try_from(format!("HMAC {}:{signature}", self.key_id))?;
///         authorization.set_sensitive(true);
///         request.headers_mut().insert("authorization", authorization);
///         request.headers_mut().insert("date", date.parse()?);
///         Ok(())
///     }
/// }
///
/// #[api_client(auth = "Signed")]
/// pub trait Orders {
///     #[get("/order/{id}")]
///     async fn order(&self, id: u64) -> reauth::Result<Option<String>>;
/// }
///
/// # fn main() -> reauth::Result<()> {
/// let key = hmac::Key::new(hmac::HMAC_SHA256, b"the key");
/// let signed = Signed { key_id: "a".to_owned(), key };
/// let orders = OrdersClient::new("https://orders.example.com", signed)?;
/// # Ok(()) }
/// ```
#[doc = include_str!("credentials.md")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a credential",
    label = "cannot authorize requests",
    note = "`auth` names a type that implements `reauth::Authorize`; for a source of tokens write \
            `reauth::Cached<{Self}>`, and implement `reauth::TokenSource` for `{Self}`"
)]
pub trait Authorize: Send + Sync + 'static {
    /// Puts on an otherwise finished request what it needs to be let in.
    ///
    /// Set a header, rather than add to it: a request with more than one `Authorization` is not sent. Mark the values
    /// that are secret as [sensitive](http::HeaderValue::set_sensitive): these, and `Authorization`, are blotted out
    /// of errors where the server repeats them.
    ///
    /// # Errors
    /// Any: the request is not sent, and the call ends with a [`TokenError::Authorize`].
    fn authorize(&self, request: &mut Request) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Whether a request that was answered 401, with these headers, is authorized and sent once more, as the `reauth`
    /// of the attribute allows: where the next one would carry something else. No, unless you say so.
    fn is_renewed_after(&self, headers: &HeaderMap) -> bool {
        let _ = headers;
        false
    }

    /// What errors call it; never a secret.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// What authorizes the calls to one API; what the API says wins over the credential's own settings.
    #[doc(hidden)]
    #[expect(
        private_interfaces,
        reason = "nobody else can name the argument, so nobody else calls it"
    )]
    fn authorizer(self: Arc<Self>, api: &Api, _: sealed::Builder) -> Result<Arc<dyn Authorizer>, Problems>
    where
        Self: Sized,
    {
        let _ = api;
        let name = self.name();
        Ok(Arc::new(EachRequest { credential: self, name }))
    }
}

pub(crate) mod sealed {
    use super::{Api, Problems, Tokens};

    /// Says that it is a builder of ours which asks.
    #[derive(Debug)]
    pub struct Builder;

    /// A credential that has tokens.
    pub trait TokenCredential {
        /// The tokens for an API; what the API says wins over the credential's own settings.
        fn tokens_of(&self, api: &Api) -> Result<Tokens, Problems>;
    }
}

/// A credential of ours: what differs between them. The rest of their [`Authorize`] is [`built_in`]'s.
pub(super) trait BuiltIn: Clone {
    /// What authorizes the calls to one API; what the API says wins over the credential's own settings.
    fn authorizer_for(&self, api: &Api) -> Result<Arc<dyn Authorizer>, Problems>;

    /// Authorizes one request outside of a client.
    async fn authorize_one(&self, request: &mut Request) -> Result<(), BoxError> {
        let authorizer = self.authorizer_for(&Api::new(""));
        let authorizer = authorizer.map_err(|problems| problems.join("; "))?;
        if authorizer.authorize_at_once(request, Instant::now()).is_none() {
            if Handle::try_current().is_err() {
                return Err(TokenError::NoRuntime.into());
            }
            let deadline = Instant::now() + LOAD_TIMEOUT;
            timeout_at(deadline, authorizer.authorize(request, deadline)).await??;
        }
        Ok(())
    }
}

impl<C: sealed::TokenCredential + Clone> BuiltIn for C {
    fn authorizer_for(&self, api: &Api) -> Result<Arc<dyn Authorizer>, Problems> {
        Ok(self.tokens_of(api)?.into_authorizer())
    }
}

/// [`Authorize`] for a [`BuiltIn`] credential. One `impl` for each of them, and not one for all: so the documentation and
/// the compiler name them.
macro_rules! built_in {
    ($credential:ty $(where $parameter:ident: $bound:path)?) => {
        impl$(<$parameter: $bound>)? $crate::credential::Authorize for $credential {
            async fn authorize(&self, request: &mut reqwest::Request) -> Result<(), $crate::error::BoxError> {
                $crate::credential::authorize::BuiltIn::authorize_one(self, request).await
            }

            #[expect(private_interfaces, reason = "nobody else can name the argument, so nobody else calls it")]
            fn authorizer(
                self: std::sync::Arc<Self>,
                api: &$crate::endpoint::Api,
                _: $crate::credential::authorize::sealed::Builder,
            ) -> Result<std::sync::Arc<dyn $crate::call::Authorizer>, $crate::credential::Problems> {
                $crate::credential::authorize::BuiltIn::authorizer_for(&*self, api)
            }
        }
    };
}
pub(super) use built_in;

/// An [`Authorize`] of any type, as a builder keeps it.
pub(crate) trait AnyCredential: Send + Sync {
    fn authorizer(&self, api: &Api) -> Result<Arc<dyn Authorizer>, Problems>;
}

impl<T: Authorize> AnyCredential for Arc<T> {
    fn authorizer(&self, api: &Api) -> Result<Arc<dyn Authorizer>, Problems> {
        T::authorizer(self.clone(), api, sealed::Builder)
    }
}

/// A credential of the user's, which is asked for each request.
struct EachRequest<A> {
    credential: Arc<A>,
    name: String,
}

impl<A: Authorize> Authorizer for EachRequest<A> {
    fn authorize_at_once(&self, _: &mut Request, _: Instant) -> Option<Authorized> {
        None
    }

    fn authorize<'a>(&'a self, request: &'a mut Request, _: Instant) -> Authorizing<'a> {
        Box::pin(async move {
            let failed = |error: BoxError| TokenError::Authorize {
                name: self.name.clone(),
                error,
            };
            self.credential.authorize(request).await.map_err(failed)?;
            // S7: of two, nobody knows which one the server reads.
            if request.headers().get_all(AUTHORIZATION).iter().count() > 1 {
                return Err(failed("it set more than one `Authorization`".into()).into());
            }
            Ok(Authorized::Other(carried(request.headers())))
        })
    }

    fn rejected(&self, _: &Authorized, headers: &HeaderMap) -> Rejection {
        if self.credential.is_renewed_after(headers) {
            Rejection::Newer
        } else {
            Rejection::Fixed
        }
    }

    fn server(&self) -> &str {
        &self.name
    }
}

/// What of these headers is secret.
fn carried(headers: &HeaderMap) -> Carried {
    let secrets = headers.iter().filter_map(|(name, value)| {
        let value_is_secret = value.is_sensitive() || name == AUTHORIZATION;
        let secret = if name == AUTHORIZATION {
            after_scheme(value.as_bytes())
        } else {
            value.as_bytes()
        };
        value_is_secret.then_some(secret)
    });
    Carried::secrets(secrets)
}
