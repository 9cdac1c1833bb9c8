//! One attempt at a token request: the form, and the proof of who asks, made afresh each time.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use reqwest::{Request, Url};
use secrecy::ExposeSecret;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Exchange, Grant, Place};
use crate::call::{Authorized, Authorizer, Authorizing, Rejection};
use crate::credential::dpop::DPOP;
use crate::credential::form;
use crate::error::{Carried, TokenError, after_scheme};

/// What one token request is made of.
pub(super) struct Attempt<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) place: &'a Place,
    pub(super) grant: &'a Grant<'a>,
    /// The secrets in the newest one, in every form in which they were sent: no error repeats them.
    pub(super) carried: Mutex<Vec<Secret>>,
}

pub(super) type Secret = Zeroizing<String>;

impl Attempt<'_> {
    fn finish(&self, request: &mut Request) -> Result<(), TokenError> {
        let Self {
            exchange, place, grant, ..
        } = self;
        let mut carried = Vec::new();
        let mut fields = match grant {
            Grant::ClientCredentials => vec![("grant_type", "client_credentials")],
            Grant::RefreshToken(token) => {
                vec![
                    ("grant_type", "refresh_token"),
                    ("refresh_token", token.expose_secret()),
                ]
            }
        };
        let proof = exchange.client.prove(place)?;
        let refresh_token = match grant {
            Grant::ClientCredentials => "",
            Grant::RefreshToken(token) => token.expose_secret(),
        };
        for secret in [exchange.client.secret(), proof.assertion(), refresh_token] {
            carried.extend([Zeroizing::new(secret.to_owned()), form::encoded(secret)]);
        }
        fields.extend(proof.fields());
        fields.extend(exchange.fields.iter().map(|(name, value)| (&**name, value.as_str())));
        *request.body_mut() = Some(form::encode(&fields).into());
        let headers = request.headers_mut();
        // That of the form before it was filled in.
        headers.remove(CONTENT_LENGTH);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(header) = proof.header() {
            carried.extend(credential(header));
            headers.insert(AUTHORIZATION, header.clone());
        }
        if let Some(dpop) = &exchange.dpop {
            let proof = dpop.proof(&Method::POST, &place.token_url, None)?;
            carried.extend(credential(&proof));
            headers.insert(DPOP, proof);
        }
        *self.carried.lock() = carried;
        Ok(())
    }
}

/// What a header proves with, without the scheme.
fn credential(header: &HeaderValue) -> Option<Secret> {
    let credential = std::str::from_utf8(after_scheme(header.as_bytes())).ok()?;
    Some(Zeroizing::new(credential.to_owned()))
}

impl Authorizer for Attempt<'_> {
    fn authorize_at_once(&self, _: &mut Request) -> Option<Authorized> {
        None
    }

    fn authorize<'a>(&'a self, request: &'a mut Request, _: Instant) -> Authorizing<'a> {
        Box::pin(async move {
            self.finish(request)?;
            // What a token server says is not kept as it is, so there is nothing to blot out of it.
            Ok(Authorized::Other(Carried::secrets::<&[u8]>([])))
        })
    }

    fn heard(&self, url: &Url, headers: &HeaderMap) {
        if let Some(dpop) = &self.exchange.dpop {
            dpop.heard(url, headers);
        }
    }

    fn rejected(&self, _: &Authorized, _: &HeaderMap) -> Rejection {
        Rejection::Fixed
    }

    fn server(&self) -> &'static str {
        "a proof, which waits for nobody"
    }
}
