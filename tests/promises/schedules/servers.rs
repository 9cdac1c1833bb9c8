//! The API and the token server: what a schedule makes of each request.

use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http_body::{Body, Frame};
use parking_lot::Mutex;
use reauth::BoxError;
use tokio::time::{Duration, Instant, Sleep, sleep};
use tower_service::Service;

use super::world::{Arrival, Issued, World};
use crate::fake::{refused, respond};

type Answer = Pin<Box<dyn Future<Output = Result<reqwest::Response, BoxError>> + Send>>;

const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

#[derive(Clone)]
pub(super) struct Api(pub(super) Arc<Mutex<World>>);

/// What happens to one request. Whether it takes effect is another question.
enum Fate {
    Refused,
    RefusedStream,
    Reset,
    Hangs,
    Answered {
        after: Duration,
        status: u16,
        headers: Vec<(&'static str, &'static str)>,
        content: Content,
    },
}

/// What comes of a response's body.
enum Content {
    Whole,
    /// Breaks off behind so many bytes.
    Breaks(usize),
    /// Comes byte by byte, so far apart.
    Drips(Duration),
    Hangs,
    Malformed,
}

/// Whether the API does what the request asks for.
enum Effect {
    Never,
    Perhaps,
    Always,
}

impl Api {
    /// What happens to a request with this token.
    fn fate(&self, token: usize) -> (Fate, Effect) {
        let world = &mut *self.0.lock();
        let rejects = token > 0 && (world.rejects_all || token <= world.revoked);
        let rng = &mut world.rng;
        let slow = Duration::from_millis([0, 1, 150, 700, 1_500, 12_000][rng.usize(..6)]);
        let answered = |status, headers: &[_], content| Fate::Answered {
            after: slow,
            status,
            headers: headers.to_vec(),
            content,
        };
        if rejects {
            return (answered(401, &[], Content::Whole), Effect::Never);
        }
        if rng.u8(..10) < world.healthy {
            let fate = Fate::Answered {
                after: Duration::ZERO,
                status: 200,
                headers: Vec::new(),
                content: Content::Whole,
            };
            return (fate, Effect::Always);
        }
        match rng.u8(..20) {
            0 => (Fate::Refused, Effect::Never),
            1 => (Fate::RefusedStream, Effect::Never),
            2 | 3 => (Fate::Reset, Effect::Perhaps),
            4 => (Fate::Hangs, Effect::Perhaps),
            5 | 6 => {
                // Good until now.
                world.revoked = world.revoked.max(token);
                (answered(401, &[], Content::Whole), Effect::Never)
            }
            7 => {
                let challenge = "Bearer error=\"insufficient_scope\"";
                (
                    answered(401, &[("www-authenticate", challenge)], Content::Whole),
                    Effect::Never,
                )
            }
            8 => (
                answered([400, 403, 404, 422][rng.usize(..4)], &[], Content::Whole),
                Effect::Never,
            ),
            9 => (answered(408, &[], Content::Whole), Effect::Perhaps),
            10 => {
                let headers = [
                    ("x-ratelimit-reset", "7"),
                    ("retry-after-ms", "350"),
                    ("retry-after", "1"),
                ];
                (
                    answered(429, &headers[..rng.usize(..=3)], Content::Whole),
                    Effect::Never,
                )
            }
            11 | 12 => {
                let content = [Content::Whole, Content::Hangs, Content::Breaks(3)];
                let content = content.into_iter().nth(rng.usize(..3)).unwrap_or(Content::Whole);
                (answered(500 + rng.u16(..5), &[], content), Effect::Perhaps)
            }
            13 => {
                let times = [
                    "0",
                    "1",
                    "59",
                    "61",
                    "18446744073709551615",
                    "99999999999999999999",
                    "Sun, 06 Nov 1994 08:49:47 GMT",
                ];
                let asked = [("retry-after", times[rng.usize(..times.len())]), DATE];
                (answered(503, &asked, Content::Whole), Effect::Never)
            }
            14 => {
                // Nobody can tell what it asks for: it says nothing of what was done.
                let garbage = ["", "soon", "-1", "1.5e3", "Sun, 99 Nov 1994 08:49:47 GMT"];
                let asked = [("retry-after", garbage[rng.usize(..garbage.len())])];
                (answered(503, &asked, Content::Whole), Effect::Perhaps)
            }
            15 => (answered(200, &[], Content::Breaks(rng.usize(..10))), Effect::Always),
            16 => (answered(200, &[], Content::Drips(slow)), Effect::Always),
            17 => (answered(200, &[], Content::Hangs), Effect::Always),
            18 => (answered(200, &[], Content::Malformed), Effect::Always),
            _ => (answered(200, &[], Content::Whole), Effect::Always),
        }
    }
}

impl Service<reqwest::Request> for Api {
    type Response = reqwest::Response;
    type Error = BoxError;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: reqwest::Request) -> Answer {
        let text = |headers: &HeaderMap, name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let call: u32 = request.url().path()[1..].parse().unwrap();
        let body = request.body_mut().take();
        let token = self.0.lock().arrives(&Arrival {
            call,
            authorization: text(request.headers(), AUTHORIZATION.as_str()).as_deref(),
            key: text(request.headers(), "idempotency-key").as_deref(),
            body: match &body {
                None => Some(b""),
                Some(body) => body.as_bytes(),
            },
        });
        let in_flight = InFlight {
            world: self.0.clone(),
            call,
        };
        let (fate, effect) = self.fate(token);
        let api = self.clone();
        Box::pin(async move {
            let (effect, reads) = {
                let rng = &mut api.0.lock().rng;
                let effect = match effect {
                    Effect::Never => false,
                    Effect::Perhaps => rng.bool(),
                    Effect::Always => true,
                };
                // Whatever is done is done for the whole of a stream; what is not may have been looked at.
                (effect, if effect { usize::MAX } else { rng.usize(..4) })
            };
            if let Some(body) = body.filter(|body| body.as_bytes().is_none())
                && !matches!(fate, Fate::Refused | Fate::RefusedStream)
            {
                api.read(call, body, reads).await;
            }
            // The API does it also where nobody hears of it: the caller may be gone, or the connection.
            if effect {
                api.0.lock().takes_effect(call);
            }
            match fate {
                Fate::Refused => Err(refused()),
                Fate::RefusedStream => Err(h2::Error::from(h2::Reason::REFUSED_STREAM).into()),
                Fate::Reset => Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
                Fate::Hangs => pending().await,
                Fate::Answered {
                    after,
                    status,
                    headers,
                    content,
                } => {
                    if !after.is_zero() {
                        sleep(after).await;
                    }
                    if status == 401 {
                        let called = &mut api.0.lock().calls[call as usize];
                        called.rejected = called.rejected.max(token);
                    }
                    Ok(response(status, &headers, content, in_flight))
                }
            }
        })
    }
}

impl Api {
    /// Reads so many pieces of a stream.
    async fn read(&self, call: u32, mut body: reqwest::Body, pieces: usize) {
        let mut read = Vec::new();
        for _ in 0..pieces {
            match poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
                Some(Ok(frame)) => {
                    if read.is_empty() {
                        self.0.lock().streams(call);
                    }
                    read.extend_from_slice(&frame.into_data().unwrap_or_default());
                }
                Some(Err(error)) => panic!("the stream failed: {error}"),
                None => {
                    assert_eq!(read, self.0.lock().call(call).body, "R26: the stream as it was given");
                    return;
                }
            }
        }
    }
}

/// A request that somebody waits for, or a response that somebody holds.
struct InFlight {
    world: Arc<Mutex<World>>,
    call: u32,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.world.lock().call(self.call).in_flight -= 1;
    }
}

fn response(status: u16, headers: &[(&str, &str)], content: Content, in_flight: InFlight) -> reqwest::Response {
    let mut text = format!("{{\"id\":{}}}", in_flight.call);
    let (apart, ends) = match content {
        Content::Whole => (None, Ends::Well),
        Content::Breaks(at) => {
            text.truncate(at);
            (None, Ends::Broken)
        }
        Content::Drips(apart) => (Some(apart), Ends::Well),
        Content::Hangs => (None, Ends::Never),
        Content::Malformed => {
            text.pop();
            (None, Ends::Well)
        }
    };
    let body = Scripted {
        text: text.into(),
        drips: apart.map(|apart| (apart, Box::pin(sleep(apart)))),
        ends,
        _in_flight: in_flight,
    };
    let mut response = http::Response::builder().status(status);
    for &(name, value) in headers {
        response = response.header(name, value);
    }
    response.body(reqwest::Body::wrap(body)).unwrap().into()
}

/// A body that comes and ends as it is told.
struct Scripted {
    text: Bytes,
    drips: Option<(Duration, Pin<Box<Sleep>>)>,
    ends: Ends,
    _in_flight: InFlight,
}

enum Ends {
    Well,
    Broken,
    Never,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if this.text.is_empty() {
            return match this.ends {
                Ends::Well => Poll::Ready(None),
                Ends::Broken => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
                Ends::Never => Poll::Pending,
            };
        }
        let length = match &mut this.drips {
            None => this.text.len(),
            Some((apart, timer)) => {
                ready!(timer.as_mut().poll(context));
                timer.as_mut().reset(Instant::now() + *apart);
                1
            }
        };
        Poll::Ready(Some(Ok(Frame::data(this.text.split_to(length)))))
    }
}

#[derive(Clone)]
pub(super) struct Tokens(pub(super) Arc<Mutex<World>>);

impl Tokens {
    fn issue(&self) -> reqwest::Response {
        let mut world = self.0.lock();
        let life = [3600, 3600, 3600, 120, 20][world.rng.usize(..5)];
        world.tokens.push(Issued {
            at: Instant::now(),
            life: Duration::from_secs(life),
        });
        let number = world.tokens.len();
        let body = format!(r#"{{"access_token":"canary~t{number}","token_type":"Bearer","expires_in":{life}}}"#);
        respond(200, &[], &body)
    }
}

impl Service<reqwest::Request> for Tokens {
    type Response = reqwest::Response;
    type Error = BoxError;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: reqwest::Request) -> Answer {
        let tokens = self.clone();
        Box::pin(async move {
            let (fault, slow) = {
                let world = &mut *tokens.0.lock();
                let fault = (world.rng.u8(..10) >= world.healthy.max(7)).then(|| world.rng.u8(..8));
                (fault, Duration::from_millis(world.rng.u64(..15_000)))
            };
            match fault {
                None => Ok(tokens.issue()),
                Some(0) => Err(refused()),
                Some(1) => Err("broken pipe".into()),
                Some(2) => pending().await,
                Some(3) => Ok(respond(503, &[], "")),
                Some(4) => Ok(respond(429, &[("retry-after", "20")], "")),
                Some(5) => Ok(respond(200, &[], r#"{"access_token":"#)),
                Some(6) => Ok(respond(400, &[], r#"{"error":"invalid_client"}"#)),
                Some(_) => {
                    sleep(slow).await;
                    Ok(tokens.issue())
                }
            }
        })
    }
}
