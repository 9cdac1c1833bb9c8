//! A token server behind a gateway.

use reauth::testing::{Failure, TokenServer};
use reauth::{OAuth2, Result, Text, TokenError, api_client};

use super::Gateway;
use super::upstream::Upstream;
use crate::server::until;

#[api_client(auth = "oauth2")]
trait Orders {
    #[post("/order")]
    async fn add(&self, #[body] order: Text) -> Result<Text>;
}

#[tokio::test]
async fn r19_a_gateways_page_is_no_oauth_error_and_calls_succeed_when_it_is_gone() {
    let upstream = Upstream::start().await;
    let tokens = TokenServer::builder().rfc6749().start().await.unwrap();
    let address = tokens.url().strip_prefix("http://").unwrap();
    for gateway in Gateway::both(address).await {
        let before = tokens.token_requests();
        let token_url = format!("{}/oauth/token", gateway.server.url());
        let oauth2 = OAuth2::new(token_url, tokens.client_id(), tokens.client_secret());
        let orders = OrdersClient::new(format!("http://{}", upstream.address()), oauth2.audience("api")).unwrap();
        let order = || Text("an order".to_owned());

        // The first request and its three retries.
        tokens.fail_next(4, &Failure::disconnect());
        let error = orders.add(order()).await.unwrap_err();
        match error.token_error() {
            Some(TokenError::Status { status, .. }) => assert_eq!(status.as_u16(), 502),
            // haproxy gives an answer on a new connection only.
            Some(TokenError::Unreachable { .. }) => assert_eq!(gateway.name, "haproxy"),
            _ => panic!("{error:?}"),
        }
        assert!(error.is_transient() && error.is_auth());
        assert!(!format!("{error:?}").contains("<html>"), "s09: {error:?}");
        assert_eq!(tokens.token_requests() - before, 4);
        assert_eq!(upstream.saw().len(), 0, "s13");

        tokens.fail_next(2, &Failure::disconnect());
        until("calls succeed again", async || orders.add(order()).await.ok()).await;
        assert_eq!(tokens.token_requests() - before, 7, "{}", gateway.name);
        assert_eq!(upstream.saw().len(), 1);
    }
}
