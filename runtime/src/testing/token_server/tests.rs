use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Method, Response, StatusCode};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use tokio::time::advance;

use super::*;
use crate::testing::{Body, Claims, ClientAuthentication, token_id};

const AUDIENCE: &str = "https://todo.example.com";
const SCOPE: &str = "todo:read-write";

async fn post(server: &TokenServer, form: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
    let body = serde_html_form::to_string(form).expect("a form");
    reqwest::Client::new()
        .post(format!("{}/oauth/token", server.url()))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
}

/// A complete request with some parameters replaced, or left out by an empty value.
async fn ask(server: &TokenServer, changed: &[(&str, &str)]) -> reqwest::Response {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", server.client_id()),
        ("client_secret", server.client_secret()),
        ("audience", AUDIENCE),
        ("scope", SCOPE),
    ];
    form.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
    form.extend(changed);
    post(server, &form).await.expect("an answer")
}

async fn body(response: reqwest::Response) -> Value {
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
}

async fn error(response: reqwest::Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let body = body(response).await;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (status, text("error"), text("error_description"))
}

async fn token(server: &TokenServer) -> String {
    let answer = body(ask(server, &[]).await).await;
    answer["access_token"].as_str().expect("a token").to_owned()
}

fn bearer(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse().expect("a header"))])
}

#[tokio::test]
async fn a_token_that_it_issues_is_valid_until_the_key_rotates() {
    let server = TokenServer::start().await.expect("a server");
    let verifier = server.verifier(AUDIENCE).scope(SCOPE);

    let response = ask(&server, &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let answer = body(response).await;
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 86400);
    assert_eq!(answer["scope"], SCOPE);

    let headers = bearer(answer["access_token"].as_str().expect("a token"));
    let claims = verifier.verify(&headers).expect("a valid token");
    assert_eq!(claims.iss, format!("{}/", server.url()));
    assert_eq!(claims.sub, "test-client@clients");
    assert_eq!((claims.aud.as_str(), claims.azp.as_str()), (AUDIENCE, "test-client"));
    assert_eq!(
        (claims.gty.as_str(), claims.scope.as_str()),
        ("client-credentials", SCOPE)
    );
    assert_eq!(
        claims.exp - claims.iat,
        86401,
        "a part of a second has passed, which counts as a whole one"
    );
    assert_eq!(token_id(&headers), Some(claims.jti.clone()));

    server.rotate_key().await.expect("a key");
    let rejection = verifier.verify(&headers).expect_err("its key is gone");
    assert_eq!(rejection.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        rejection.www_authenticate(),
        r#"Bearer realm="api", error="invalid_token", error_description="The token is signed with an unknown key""#
    );

    let next = verifier.verify(&bearer(&token(&server).await)).expect("a valid token");
    assert_ne!(next.jti, claims.jti);
    assert_eq!(server.token_requests(), 2);
}

#[tokio::test]
async fn another_library_accepts_its_tokens_by_its_published_keys() {
    let server = TokenServer::start().await.expect("a server");
    let discovery = reqwest::get(format!("{}/.well-known/openid-configuration", server.url()));
    let discovery = body(discovery.await.expect("an answer")).await;
    assert_eq!(discovery["token_endpoint"], format!("{}/oauth/token", server.url()));

    for _ in 0..2 {
        let token = token(&server).await;
        let keys = reqwest::get(discovery["jwks_uri"].as_str().expect("a URL"))
            .await
            .expect("an answer");
        let keys: JwkSet = serde_json::from_value(body(keys).await).expect("a key set");
        let kid = decode_header(&token).expect("a header").kid.expect("a key id");
        let key = DecodingKey::from_jwk(keys.find(&kid).expect("the key")).expect("a public key");
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[discovery["issuer"].as_str().expect("an issuer")]);
        decode::<Claims>(&token, &key, &validation).expect("a valid token");

        server.rotate_key().await.expect("a key");
    }
}

#[tokio::test]
async fn the_verifier_turns_away_what_an_api_would() {
    let server = TokenServer::start().await.expect("a server");
    let other = TokenServer::start().await.expect("a server");
    let verifier = server.verifier(AUDIENCE).realm("to\"do").scope(SCOPE);
    let reject = |headers| verifier.verify(&headers).expect_err("it is to be rejected");

    let missing = reject(HeaderMap::new());
    assert_eq!(missing.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(missing.www_authenticate(), r#"Bearer realm="todo""#);
    let basic = HeaderMap::from_iter([(AUTHORIZATION, "Basic eA==".parse().expect("a header"))]);
    assert_eq!(reject(basic), missing);

    let rejection = reject(bearer(&token(&other).await));
    assert_eq!(rejection.to_string(), "The token was issued by someone else");
    assert_eq!(reject(bearer("x.y.z")).to_string(), "The token is malformed");

    let elsewhere = body(ask(&server, &[("audience", "https://other.example.com")]).await).await;
    let rejection = reject(bearer(elsewhere["access_token"].as_str().expect("a token")));
    assert_eq!(rejection.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(rejection.to_string(), "The token is meant for another API");

    let narrow = body(ask(&server, &[("scope", "todo:read")]).await).await;
    let rejection = reject(bearer(narrow["access_token"].as_str().expect("a token")));
    assert_eq!(rejection.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        rejection.www_authenticate(),
        concat!(
            r#"Bearer realm="todo", error="insufficient_scope", "#,
            r#"error_description="The token lacks the scope for this", scope="todo:read-write""#
        )
    );

    let token = token(&server).await;
    let mut twice = bearer(&token);
    twice.append(AUTHORIZATION, twice[AUTHORIZATION].clone());
    assert_eq!(reject(twice).status(), StatusCode::BAD_REQUEST);
    let mut mixed = bearer(&token);
    mixed.append(AUTHORIZATION, "Basic eA==".parse().expect("a header"));
    assert_eq!(reject(mixed).status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn tokens_expire_by_tokios_clock() {
    let server = TokenServer::builder()
        .token_lifetime(Duration::from_secs(10))
        .start()
        .await
        .expect("a server");
    let verifier = server.verifier(AUDIENCE);
    let headers = bearer(&token(&server).await);

    advance(Duration::from_millis(9_999)).await;
    verifier.verify(&headers).expect("the last moment");
    advance(Duration::from_millis(1)).await;
    let rejection = verifier.verify(&headers).expect_err("it expired");
    assert_eq!(rejection.to_string(), "The token expired");

    server.set_token_lifetime(Duration::from_secs(20));
    assert_eq!(body(ask(&server, &[]).await).await["expires_in"], 20);
}

#[tokio::test]
async fn it_refuses_in_auth0s_words() {
    let server = TokenServer::builder()
        .client("me", "my secret")
        .audience(AUDIENCE)
        .grant("todo:read-write")
        .grant("todo:read")
        .start()
        .await
        .expect("a server");

    for (changed, status, code, description) in [
        (("client_secret", "wrong"), 401, "access_denied", "Unauthorized"),
        (("client_secret", ""), 401, "access_denied", "Unauthorized"),
        (("client_id", "you"), 401, "access_denied", "Unauthorized"),
        (
            ("audience", "https://x"),
            403,
            "access_denied",
            "Service not found: https://x",
        ),
        (
            ("audience", ""),
            403,
            "access_denied",
            "Non-global clients are not allowed access to APIv1",
        ),
        (
            ("scope", "todo:read admin"),
            403,
            "access_denied",
            "Client has not been granted scopes: admin",
        ),
        (
            ("grant_type", "password"),
            400,
            "unsupported_grant_type",
            "Unsupported grant type: password",
        ),
        (
            ("grant_type", ""),
            400,
            "invalid_request",
            "Missing required parameter: grant_type",
        ),
    ] {
        let answer = error(ask(&server, &[changed]).await).await;
        assert_eq!(answer, (status, code.to_owned(), description.to_owned()), "{changed:?}");
    }

    assert_eq!(
        body(ask(&server, &[("scope", "")]).await).await["scope"],
        "todo:read-write todo:read"
    );
    assert_eq!(server.token_requests(), 9);
    assert_eq!(server.requests()[0].authentication, ClientAuthentication::Post);
    assert!(!format!("{server:?} {:?} {:?}", server.requests(), server.verifier(AUDIENCE)).contains("secret"));
    let builder = TokenServer::builder().client("me", "my secret");
    assert!(!format!("{builder:?}").contains("secret"));
}

#[tokio::test]
async fn it_can_narrow_the_scope_in_place_of_refusing() {
    let server = TokenServer::builder()
        .grant("todo:read")
        .narrow_scope()
        .start()
        .await
        .expect("a server");
    let answer = body(ask(&server, &[("scope", "todo:read todo:write")]).await).await;
    assert_eq!(answer["scope"], "todo:read");
    let answer = body(ask(&server, &[("scope", "todo:write")]).await).await;
    assert_eq!(answer.get("scope"), None);
}

#[tokio::test]
async fn a_client_may_use_http_basic() {
    let server = TokenServer::builder()
        .client("me", "my secret")
        .start()
        .await
        .expect("a server");
    let ask = |password: &'static str| {
        reqwest::Client::new()
            .post(format!("{}/oauth/token", server.url()))
            .basic_auth("me", Some(password))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials&audience=x")
            .send()
    };
    assert_eq!(ask("my+secret").await.expect("an answer").status(), StatusCode::OK);
    let refused = ask("wrong").await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()[WWW_AUTHENTICATE], r#"Basic realm="token""#);
    assert_eq!(server.requests()[0].client_id.as_deref(), Some("me"));
    assert_eq!(server.requests()[0].authentication, ClientAuthentication::Basic);
}

#[tokio::test]
async fn it_fails_on_demand_and_counts_all_the_same() {
    let server = TokenServer::start().await.expect("a server");

    server.set_down(true);
    assert_eq!(ask(&server, &[]).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let keys = reqwest::get(format!("{}/.well-known/jwks.json", server.url())).await;
    assert_eq!(keys.expect("an answer").status(), StatusCode::SERVICE_UNAVAILABLE);
    server.set_down(false);

    let busy = Failure::status(StatusCode::TOO_MANY_REQUESTS).retry_after(Duration::from_secs(7));
    server.fail_next(2, &busy);
    server.fail_next(1, &Failure::oauth(StatusCode::UNAUTHORIZED, "invalid_client", "No"));
    server.fail_next(1, &Failure::respond(Response::new(Body::from("<html>"))));
    server.fail_next(1, &Failure::disconnect());
    for _ in 0..2 {
        let response = ask(&server, &[]).await;
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "7");
    }
    assert_eq!(
        error(ask(&server, &[]).await).await,
        (401, "invalid_client".into(), "No".into())
    );
    assert_eq!(ask(&server, &[]).await.text().await.expect("a body"), "<html>");
    post(&server, &[]).await.expect_err("the connection is closed");
    assert_eq!(ask(&server, &[]).await.status(), StatusCode::OK);
    assert_eq!(server.token_requests(), 7);
}

#[tokio::test]
async fn a_request_that_hangs_ends_with_the_server() {
    let server = TokenServer::start().await.expect("a server");
    server.fail_next(1, &Failure::hang());
    let url = format!("{}/oauth/token", server.url());
    let hanging = tokio::spawn(reqwest::Client::new().post(url).send());
    while server.token_requests() == 0 {
        tokio::task::yield_now().await;
    }
    drop(server);
    hanging.await.expect("no panic").expect_err("the server is gone");
}

#[tokio::test]
async fn requests_can_be_held() {
    let server = TokenServer::start().await.expect("a server");
    let hold = server.hold();
    let url = format!("{}/oauth/token", server.url());
    let calls: Vec<_> = (0..10)
        .map(|_| tokio::spawn(reqwest::Client::new().post(&url).send()))
        .collect();
    hold.waiting(10).await;
    assert_eq!(server.token_requests(), 10);
    hold.release();
    for call in calls {
        assert_eq!(
            call.await.expect("no panic").expect("an answer").status(),
            StatusCode::BAD_REQUEST
        );
    }
}

#[tokio::test]
async fn it_can_issue_the_same_token_again() {
    let server = TokenServer::start().await.expect("a server");
    let first = token(&server).await;
    server.reissue(true);
    assert_eq!(token(&server).await, first);
    server.rotate_key().await.expect("a key");
    assert_eq!(token(&server).await, first);
    server
        .verifier(AUDIENCE)
        .verify(&bearer(&first))
        .expect_err("its key is gone");
    let other = body(ask(&server, &[("scope", "other")]).await).await;
    assert_ne!(other["access_token"], json!(first));
    server.reissue(false);
    assert_ne!(token(&server).await, first);
}

#[tokio::test]
async fn other_paths_and_methods() {
    let server = TokenServer::start().await.expect("a server");
    let send = |method, path| {
        reqwest::Client::new()
            .request(method, format!("{}{path}", server.url()))
            .send()
    };
    let status = |response: reqwest::Result<reqwest::Response>| response.expect("an answer").status();
    assert_eq!(
        status(send(Method::GET, "/oauth/token").await),
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(
        status(send(Method::POST, "/.well-known/jwks.json").await),
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(status(send(Method::GET, "/authorize").await), StatusCode::NOT_FOUND);
    assert_eq!(server.token_requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn tokens_can_be_revoked_and_come_late() {
    let server = TokenServer::start().await.expect("a server");
    let verifier = server.verifier(AUDIENCE);
    let first = bearer(&token(&server).await);
    verifier.verify(&first).expect("a valid token");
    server.revoke_all();
    let rejection = verifier.verify(&first).expect_err("it was revoked");
    assert_eq!(rejection.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(rejection.to_string(), "The token was revoked");
    verifier.verify(&bearer(&token(&server).await)).expect("a newer one");

    server.set_delay(Duration::from_secs(3));
    let start = tokio::time::Instant::now();
    without_socket(&server).await.expect("a token");
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

/// A token by its transport.
async fn without_socket(server: &TokenServer) -> crate::Result<String> {
    use crate::TokenCredential as _;
    let credential = crate::Auth0::new(server.url(), server.client_id(), server.client_secret())
        .audience(AUDIENCE)
        .transport(server.transport());
    let token = credential.token().await?;
    Ok(token.header().to_str().expect("text").to_owned())
}

#[tokio::test(start_paused = true)]
async fn r18_its_slow_body_is_given_up_after_ten_seconds() {
    let server = TokenServer::start().await.expect("a server");
    server.fail_next(1, &Failure::slow_body(Duration::from_secs(1)));
    let start = tokio::time::Instant::now();
    let error = without_socket(&server).await.expect_err("too slow");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(10));

    server.fail_next(1, &Failure::garbage());
    let error = without_socket(&server).await.expect_err("no JSON");
    assert!(error.to_string().contains("it is not JSON"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn r20_its_quota_is_told_and_kept() {
    let auth0s = "b=per_hour;q=2;r=1;t=3600";
    for (builder, expected) in [
        (TokenServer::builder(), Some(auth0s)),
        (TokenServer::builder().rfc6749(), None),
    ] {
        let server = builder.start().await.expect("a server");
        server.set_quota(2, Duration::from_secs(3600));
        let first = ask(&server, &[]).await;
        assert_eq!(first.headers()["x-ratelimit-limit"], "2");
        assert_eq!(first.headers()["x-ratelimit-remaining"], "1");
        let quota = first.headers().get("auth0-client-quota-limit");
        assert_eq!(quota.map(|quota| quota.to_str().expect("text")), expected);
        // Who is refused for another reason has used nothing.
        ask(&server, &[("client_secret", "wrong")]).await;

        without_socket(&server).await.expect("the second");
        let refused = ask(&server, &[]).await;
        assert_eq!(refused.headers().contains_key(RETRY_AFTER), expected.is_none());
        let asked_to_wait = crate::call::retry_after::reset(refused.headers(), std::time::SystemTime::now());
        assert!(
            asked_to_wait.is_some_and(|wait| (3590..=3601).contains(&wait.as_secs())),
            "{asked_to_wait:?}"
        );
        assert_eq!(error(refused).await.0, 429);
        let refused = without_socket(&server).await.expect_err("none is left");
        assert!(refused.retry_at().is_some(), "{refused}");

        advance(Duration::from_secs(3601)).await;
        assert_eq!(ask(&server, &[]).await.headers()["x-ratelimit-remaining"], "1");

        server.set_quota(0, Duration::from_secs(3600));
        assert_eq!(ask(&server, &[]).await.status(), StatusCode::TOO_MANY_REQUESTS);
        server.clear_quota();
        let free = ask(&server, &[]).await;
        assert_eq!(free.status(), StatusCode::OK);
        assert!(!free.headers().contains_key("x-ratelimit-remaining"));
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_socket_a_disconnect_stands_for_a_server_that_is_gone() {
    let server = TokenServer::start().await.expect("a server");
    server.fail_next(10, &Failure::disconnect());
    without_socket(&server).await.expect_err("the connection is closed");
}

#[test]
fn what_fails_prints_nothing_of_what_it_answers() {
    let answer = Response::builder()
        .status(418)
        .header("x-key", "canary")
        .body(Body::from("canary"));
    let failure = Failure::respond(answer.expect("a response")).delay(Duration::from_secs(3));
    let printed = format!(
        "{failure:?} {:?} {:?}",
        Body::from("canary"),
        Body::drip("canary", Duration::ZERO)
    );
    assert!(!printed.contains("canary"), "{printed}");
    assert!(
        printed.contains("418") && printed.contains("bytes: 6") && printed.contains("3s"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_part_of_a_second_to_wait_counts_as_a_whole_one() {
    for (wait, expected) in [(0, "0"), (900, "1"), (1000, "1"), (1001, "2")] {
        let busy = Failure::status(StatusCode::SERVICE_UNAVAILABLE).retry_after(Duration::from_millis(wait));
        let answer = busy.reply().await.expect("an answer");
        assert_eq!(answer.headers()[RETRY_AFTER], expected, "{wait} ms");
    }
}
