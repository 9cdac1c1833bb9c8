//! One attempt at a token request: the form, and the proof of who asks, made afresh each time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use http::{HeaderMap, Method};
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
}

impl Attempt<'_> {
    /// Fills in the request; says what in it is secret.
    fn finish(&self, request: &mut Request) -> Result<Carried, TokenError> {
        let Self {
            exchange, place, grant, ..
        } = self;
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
        fields.extend(proof.fields());
        fields.extend(exchange.fields.iter().map(|(name, value)| (&**name, value.as_str())));
        let mut secrets = secrets(exchange.client.secret(), &fields);
        *request.body_mut() = Some(form::encode(&fields).into());
        let headers = request.headers_mut();
        // That of the form before it was filled in.
        headers.remove(CONTENT_LENGTH);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(header) = proof.header() {
            secrets.push(after_scheme(header.as_bytes()).to_vec());
            headers.insert(AUTHORIZATION, header.clone());
        }
        if let Some(dpop) = &exchange.dpop {
            let proof = dpop.proof(&Method::POST, &place.token_url, None)?;
            secrets.push(proof.as_bytes().to_vec());
            headers.insert(DPOP, proof);
        }
        Ok(Carried::secrets(secrets))
    }
}

/// What is blotted out of what the server says: each secret as it is, and as it is written in a form and in base64.
fn secrets(client_secret: &str, fields: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let secret_fields = ["client_assertion", "refresh_token"];
    let fields = fields.iter().filter(|(name, _)| secret_fields.contains(name));
    let texts = fields.map(|(_, value)| *value).chain([client_secret]);
    let forms = texts.flat_map(|text| {
        [
            text.as_bytes().to_vec(),
            form::encoded(text).as_bytes().to_vec(),
            // Without what depends on its length.
            Zeroizing::new(BASE64.encode(text))
                .trim_end_matches('=')
                .as_bytes()
                .to_vec(),
        ]
    });
    forms.collect()
}

impl Authorizer for Attempt<'_> {
    fn authorize_at_once(&self, _: &mut Request, _: Instant) -> Option<Authorized> {
        None
    }

    fn authorize<'a>(&'a self, request: &'a mut Request, _: Instant) -> Authorizing<'a> {
        Box::pin(async move { self.finish(request).map(Authorized::Other).map_err(Into::into) })
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
