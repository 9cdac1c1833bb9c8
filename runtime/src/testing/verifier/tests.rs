use bytes::Bytes;
use reqwest::Url;

use super::*;
use crate::OAuth2;
use crate::credential::Authorize as _;
use crate::testing::{ReceivedRequest, TokenServer};

const API: &str = "https://api.example.com";

/// A request to this URL, with a token that is bound to a key and its proof, as a transport without sockets receives it.
async fn bound(tokens: &TokenServer, url: &str) -> Request<Bytes> {
    let oauth2 = OAuth2::from_issuer(tokens.issuer(), tokens.client_id(), tokens.client_secret())
        .transport(tokens.transport())
        .resource(API)
        .dpop()
        .expect("a key");
    let url: Url = url.parse().expect("a URL");
    let mut request = reqwest::Request::new(http::Method::GET, url);
    oauth2.authorize(&mut request).await.expect("a token");
    let received = ReceivedRequest::read(request, tokio::time::Instant::now()).await;
    received.expect("no body to fail").into()
}

/// The same as a server over HTTP/1.1 sees it: where it was sent to is in `Host` only.
fn over_http1(request: &Request<Bytes>) -> Request<()> {
    let mut seen = Request::new(());
    *seen.headers_mut() = request.headers().clone();
    *seen.uri_mut() = request.uri().path().parse().expect("a path");
    seen
}

async fn server() -> TokenServer {
    TokenServer::builder().rfc6749().start().await.expect("a server")
}

#[tokio::test]
async fn a_proof_is_for_the_url_that_the_request_has() {
    let tokens = server().await;
    let verifier = tokens.verifier(API);
    for url in [
        "https://api.example.com/order/1?full=true",
        "https://api.example.com:8443/",
        "http://127.0.0.1:8080/order",
        "http://[::1]/order",
    ] {
        let request = bound(&tokens, url).await;
        let uri = request.uri().to_string();
        assert_eq!(uri, url);
        verifier
            .verify_request(&request)
            .unwrap_or_else(|no| panic!("{url}: {no}"));
    }

    let mut elsewhere = bound(&tokens, "https://api.example.com/order/1").await;
    *elsewhere.uri_mut() = http::Uri::from_static("https://other.example.com/order/1");
    let rejection = verifier
        .verify_request(&elsewhere)
        .expect_err("it was for another host");
    assert_eq!(rejection.to_string(), "The proof is for another request");

    // The port that goes without saying is none of a client's URL.
    let mut with_port = bound(&tokens, "https://api.example.com/order/1").await;
    *with_port.uri_mut() = http::Uri::from_static("https://API.example.com:443/order/1");
    verifier.verify_request(&with_port).expect("the same URL");
}

#[tokio::test]
async fn behind_what_ends_tls_the_origin_is_what_was_said() {
    let tokens = server().await;
    let verifier = tokens.verifier(API);

    let plain = bound(&tokens, "http://127.0.0.1:8080/order").await;
    verifier.verify_request(&over_http1(&plain)).expect("plain http");

    let behind = bound(&tokens, "https://api.example.com/order").await;
    let rejection = verifier
        .verify_request(&over_http1(&behind))
        .expect_err("it looks like http");
    assert_eq!(rejection.to_string(), "The proof is for another request");
    let mut inside = over_http1(&behind);
    inside
        .headers_mut()
        .insert(HOST, HeaderValue::from_static("10.0.0.1:8080"));
    let verifier = verifier.origin("https://api.example.com/");
    verifier.verify_request(&inside).expect("the origin was said");
}

#[test]
#[should_panic(expected = "the URL of an API")]
fn an_origin_is_a_url() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let tokens = runtime.expect("a runtime").block_on(server());
    let _ = tokens.verifier(API).origin("api.example.com");
}

/// RFC 9449, section 7.1.
#[tokio::test]
async fn what_comes_with_a_proof_is_rejected_in_its_scheme() {
    let tokens = server().await;
    let verifier = tokens.verifier(API);
    let challenge = |verifier: &Verifier, request: &Request<Bytes>| {
        let rejection = verifier.verify_request(request).expect_err("it is to be rejected");
        let challenge = rejection.www_authenticate().to_str().expect("text").to_owned();
        (rejection.status().as_u16(), challenge)
    };
    let request = bound(&tokens, "https://api.example.com/order").await;

    let mut bare = request.clone();
    bare.headers_mut().remove("dpop");
    let expected = concat!(
        r#"DPoP realm="api", error="invalid_dpop_proof", "#,
        r#"error_description="The token comes without a proof""#
    );
    assert_eq!(challenge(&verifier, &bare), (401, expected.to_owned()));

    let mut other_key = bound(&tokens, "https://api.example.com/order").await;
    other_key
        .headers_mut()
        .insert(AUTHORIZATION, request.headers()[AUTHORIZATION].clone());
    let (status, told) = challenge(&verifier, &other_key);
    assert!(
        status == 401 && told.starts_with(r#"DPoP realm="api", error="invalid_dpop_proof""#),
        "{told}"
    );

    let (status, told) = challenge(&verifier.clone().scope("order:write"), &request);
    assert_eq!(status, 403);
    assert!(
        told.starts_with(r#"DPoP realm="api", error="insufficient_scope""#) && told.ends_with(r#"scope="order:write""#),
        "{told}"
    );

    verifier.require_dpop_nonce("first");
    let rejection = verifier.verify_request(&request).expect_err("it has no nonce");
    let told = rejection.www_authenticate().to_str().expect("text");
    assert!(
        told.starts_with(r#"DPoP realm="api", error="use_dpop_nonce""#),
        "{told}"
    );
    assert_eq!(rejection.into_response().headers()["dpop-nonce"], "first");

    tokens.revoke_all();
    let (_, told) = challenge(&verifier, &request);
    assert!(told.starts_with(r#"DPoP realm="api", error="invalid_token""#), "{told}");
}
