//! What stands before an API: only who has a good token gets in.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::verifier::Verifier;

/// A `tower` layer that lets in only requests with a token that a [`Verifier`] accepts, for an API of your own in axum,
/// hyper or whatever takes `tower` services. Made by [`Verifier::layer`].
///
/// Any other request is answered 401, 403 or 400 as RFC 6750 has it, with `WWW-Authenticate` and an empty body. What the
/// token says is in the extensions of the request, as [`Claims`](super::Claims).
///
/// Without a framework it takes `tower` with its feature `util` among your `dev-dependencies`:
///
/// ```
/// use reauth::http::{Request, Response, StatusCode};
/// use reauth::testing::{Body, Claims, TokenServer};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let tokens = TokenServer::start().await?;
/// let guard = tokens.verifier("https://todo.example.com").scope("todo:read-write").layer();
///
/// // With axum: `Router::new().route("/todo", get(todos)).layer(guard)`
/// let api = guard.layer(service_fn(async |request: Request<()>| {
///     let client = &request.extensions().get::<Claims>().expect("it was let in").azp;
///     Ok::<_, std::io::Error>(Response::new(Body::from(client.clone())))
/// }));
/// let response = api.oneshot(Request::new(())).await?;
/// assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
/// assert_eq!(response.headers()["www-authenticate"], r#"Bearer realm="api""#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequireBearerLayer(Verifier);

impl RequireBearerLayer {
    /// Lets in only what this verifier accepts.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self(verifier)
    }
}

impl Verifier {
    /// A layer that lets in only what this verifier accepts.
    #[must_use]
    pub fn layer(self) -> RequireBearerLayer {
        RequireBearerLayer::new(self)
    }
}

impl<S> Layer<S> for RequireBearerLayer {
    type Service = RequireBearer<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireBearer {
            inner,
            verifier: self.0.clone(),
        }
    }
}

/// A service behind a [`RequireBearerLayer`].
#[derive(Clone, Debug)]
pub struct RequireBearer<S> {
    inner: S,
    verifier: Verifier,
}

impl<S, B, A> Service<Request<B>> for RequireBearer<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Error: Send + 'static,
    S::Future: Send + 'static,
    A: Default + Send + 'static,
{
    type Response = Response<A>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<A>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.verifier.verify_request(&request) {
            Ok(claims) => {
                request.extensions_mut().insert(claims);
                Box::pin(self.inner.call(request))
            }
            Err(rejection) => {
                let response = rejection.into_response().map(|_| A::default());
                Box::pin(async { Ok(response) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::StatusCode;
    use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
    use tower::{ServiceExt as _, service_fn};

    use super::*;
    use crate::Auth0;
    use crate::credential::TokenCredential as _;
    use crate::testing::{Claims, TokenServer};

    #[tokio::test]
    async fn only_a_good_token_gets_in() {
        let tokens = TokenServer::start().await.expect("a server");
        let came = Arc::new(AtomicUsize::new(0));
        let inner = service_fn({
            let came = Arc::clone(&came);
            move |request: Request<()>| {
                came.fetch_add(1, Ordering::SeqCst);
                let scope = request.extensions().get::<Claims>().map(|claims| claims.scope.clone());
                async move { Ok::<_, Infallible>(Response::new(scope.unwrap_or_default())) }
            }
        });
        let api = tokens
            .verifier("https://a.example.com")
            .scope("read")
            .layer()
            .layer(inner);
        let credential = |scope| {
            Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret())
                .transport(tokens.transport())
                .audience("https://a.example.com")
                .scope(scope)
        };
        let ask = async |scope: Option<&'static str>| {
            let mut request = Request::new(());
            if let Some(scope) = scope {
                let token = credential(scope).token().await.expect("a token");
                request.headers_mut().insert(AUTHORIZATION, token.header());
            }
            let response = api.clone().oneshot(request).await.expect("an answer");
            let challenge = response.headers().get(WWW_AUTHENTICATE);
            let challenge = challenge.map(|value| value.to_str().expect("text").to_owned());
            (response.status(), challenge.unwrap_or_default(), response.into_body())
        };

        let bare = ask(None).await;
        assert_eq!(
            bare,
            (
                StatusCode::UNAUTHORIZED,
                r#"Bearer realm="api""#.to_owned(),
                String::new()
            )
        );
        let (status, challenge, _) = ask(Some("write")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(
            challenge.contains("insufficient_scope") && challenge.ends_with(r#"scope="read""#),
            "{challenge}"
        );
        assert_eq!(came.load(Ordering::SeqCst), 0);
        assert_eq!(
            ask(Some("read")).await,
            (StatusCode::OK, String::new(), "read".to_owned())
        );
    }
}
