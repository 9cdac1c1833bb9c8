//! Errors in an envelope, as a type.

use http::StatusCode;
use reauth::{Form, Stopped};

use super::{AutomaticTax, ErrorType, LineItem, Mode, NewSession, Stripe as _, StripeError, stripe};

const CREATE: &str = "
POST /v1/checkout/sessions HTTP/1.1
accept: */*
authorization: Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc
content-length: 113
content-type: application/x-www-form-urlencoded
host: {host}
idempotency-key: {key 1}
stripe-version: 2025-09-30.clover
user-agent: reauth/{version}

mode=payment&line_items%5B0%5D%5Bprice%5D=nope&line_items%5B0%5D%5Bquantity%5D=0&automatic_tax%5Benabled%5D=false
";

const INVALID: &str = r#"
HTTP/1.1 400 Bad Request
content-type: application/json
request-id: req_q1B6Sm4lIUiO1o

{"error":{"type":"invalid_request_error","code":"resource_missing","param":"line_items[0][price]","message":"No such price: 'nope'"}}
"#;

#[tokio::test]
async fn an_error_names_the_parameter_and_is_not_retried() {
    let (api, stripe) = stripe([INVALID]).await;
    let session = NewSession {
        mode: Mode::Payment,
        line_items: &[LineItem {
            price: "nope",
            quantity: 0,
            adjustable_quantity: None,
        }],
        customer: None,
        automatic_tax: AutomaticTax { enabled: false },
        metadata: [].into(),
        expand: &[],
    };
    let error = stripe.create_session(Form(&session)).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST));
    assert_eq!(error.headers().unwrap()["request-id"], "req_q1B6Sm4lIUiO1o");
    assert_eq!(error.stopped(), Some(&Stopped::NotRetryable));
    let expected = StripeError {
        r#type: ErrorType::InvalidRequestError,
        code: Some("resource_missing".to_owned()),
        param: Some("line_items[0][price]".to_owned()),
        message: Some("No such price: 'nope'".to_owned()),
    };
    assert_eq!(error.into_problem().unwrap().error, expected);
    api.saw([CREATE]);
}
