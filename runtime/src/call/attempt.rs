//! How one request of a call goes out, and comes to the head of its response: rendered, given what it carries, sent.
//!
//! Nothing is decided here but in which order: whether and when there is an attempt is the [loop](super)'s, and a
//! [hedge](super::hedge) sends its second request by the same steps. Nearly all attempts wait for nothing before they are
//! sent, so what few wait for is in boxes of its own, and the future of a call has no room for a request.

use std::pin::{Pin, pin};

use reqwest::Request;
use tokio::time::{Instant, timeout_at};

use super::failure::Failure;
use super::transport::Answering;
use super::{Authorized, Authorizer, Call};
use crate::error::{BodyError, Kind, SendError};
use crate::response::Incoming;
use crate::telemetry::{AttemptSpan, propagate};

/// A request that can go out.
pub(super) struct Prepared {
    pub(super) request: Request,
    pub(super) carried: Option<Authorized>,
    /// As of when.
    pub(super) now: Instant,
}

/// How a request goes out.
pub(super) enum Departure<'a> {
    /// It is on its way.
    Sent(Answering),
    /// It goes out when its body has been looked at.
    Checked(Pin<Box<dyn Future<Output = Result<Answering, BodyError>> + Send + 'a>>),
}

impl Call<'_> {
    /// Rendered afresh, so that each attempt carries the token that is current then.
    pub(super) async fn prepare(&self, now: Instant, deadline: Instant) -> Result<Prepared, Kind> {
        let (request, at_once) = self.authorized_at_once(now);
        match at_once {
            Ok(carried) => Ok(Prepared { request, carried, now }),
            // In a box of its own, with the request, as most calls wait for no token.
            Err(authorizer) => Box::pin(self.authorized(request, authorizer, deadline)).await,
        }
    }

    /// The request with what it carries, or whom it has to wait for. No `async`, so that the call's future has no room
    /// for the request.
    fn authorized_at_once(&self, now: Instant) -> (Request, Result<Option<Authorized>, &dyn Authorizer>) {
        let mut request = self.request.render(self.base);
        let carried = match self.authorizer {
            None => Ok(None),
            Some(authorizer) => authorizer
                .authorize_at_once(&mut request, now)
                .map_or(Err(authorizer), |carried| Ok(Some(carried))),
        };
        (request, carried)
    }

    async fn authorized(
        &self,
        mut request: Request,
        authorizer: &dyn Authorizer,
        deadline: Instant,
    ) -> Result<Prepared, Kind> {
        match timeout_at(deadline, authorizer.authorize(&mut request, deadline)).await {
            Ok(Ok(carried)) => Ok(Prepared {
                request,
                carried: Some(carried),
                now: Instant::now(),
            }),
            Ok(Err(error)) => Err(Kind::Token(error)),
            Err(_) => Err(self.deadline_passed(Some(authorizer.server().to_owned()))),
        }
    }

    /// One request, until its response head; `resends` went before it.
    pub(super) async fn send(&self, request: Request, resends: usize, limit: Instant) -> Result<Incoming, Failure> {
        let (span, departure) = self.depart(request, resends, limit);
        span.watch(pin!(self.head(departure)), Failure::outcome_of).await
    }

    /// Sends the request. No `async`, so that the future that waits for its answer has no room for it.
    pub(super) fn depart(&self, mut request: Request, resends: usize, limit: Instant) -> (AttemptSpan, Departure<'_>) {
        let span = AttemptSpan::new(self.endpoint, self.request.target(self.base), resends, limit);
        let departure = span.in_scope(|| {
            propagate(self.endpoint, request.headers_mut());
            if self.request.has_stream() {
                return Departure::Checked(Box::pin(async move {
                    self.request.check_body().await?;
                    Ok(self.transport.send(request))
                }));
            }
            Departure::Sent(self.transport.send(request))
        });
        (span, departure)
    }

    /// The head of the response.
    pub(super) async fn head(&self, departure: Departure<'_>) -> Result<Incoming, Failure> {
        let answering = match departure {
            Departure::Sent(answering) => answering,
            Departure::Checked(checked) => checked.await.map_err(Failure::Body)?,
        };
        let answer = answering.await;
        // Whatever came of it, the request was not what the caller meant.
        if let Some(error) = self.request.take_failure() {
            return Err(Failure::Body(error));
        }
        let mut response = Incoming::new(answer.map_err(Failure::Send)?, self.max_body);
        if let Some(authorizer) = self.authorizer {
            authorizer.heard(self.base, response.headers());
        }
        if self.with_body
            && let Err(BodyError::Broken { source, .. }) = response.buffer().await
        {
            return Err(Failure::Send(SendError::classify(source.into())));
        }
        Ok(response)
    }
}
